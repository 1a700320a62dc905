import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { OctoError, type Tick, type WebhookEvent } from '@octo-bots/core';

/** What a run of a bot carries in Redis. */
export interface BotRunData {
  readonly v: 1;
  readonly event: {
    readonly delivery: string;
    readonly name: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly receivedAt: string;
  };
  /** The raw JSON of the event: zstd, level 1, in base64. */
  readonly body: string;
}

/** What a run of a background job carries in Redis. */
export interface JobRunData {
  readonly v: 1;
  readonly slug: string;
  readonly tick: Tick;
}

/** GitHub caps payloads at 25 MB; what unpacks to more is not one. */
const largestBodyBytes = 64 * 1024 * 1024;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export async function packBody(body: Uint8Array): Promise<string> {
  const packed = await compress(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return packed.toString('base64');
}

/** @throws OctoError RUN_UNREADABLE */
export async function readBotRun(data: unknown): Promise<WebhookEvent<unknown>> {
  const { event, body } = botRunData(data);
  const payload = await unpack(body);
  return { ...event, action: actionOf(payload), payload };
}

/** @throws OctoError RUN_UNREADABLE */
export function readJobRun(data: unknown): JobRunData {
  if (isRecord(data) && data.v === 1 && typeof data.slug === 'string' && isRecord(data.tick)) {
    const { job, dueAt } = data.tick;
    if (typeof job === 'string' && typeof dueAt === 'string') return { v: 1, slug: data.slug, tick: { job, dueAt } };
  }
  throw unreadable('it is not a run of a background job in format 1');
}

/** @returns undefined for data that is none of a bot's run. */
export function readDelivery(data: unknown): string | undefined {
  if (!isRecord(data) || !isRecord(data.event)) return undefined;
  return typeof data.event.delivery === 'string' ? data.event.delivery : undefined;
}

function botRunData(data: unknown): BotRunData {
  if (isRecord(data) && data.v === 1 && typeof data.body === 'string' && isRecord(data.event)) {
    const { delivery, name, headers, receivedAt } = data.event;
    const texts = typeof delivery === 'string' && typeof name === 'string' && typeof receivedAt === 'string';
    if (texts && isTextRecord(headers))
      return { v: 1, event: { delivery, name, headers, receivedAt }, body: data.body };
  }
  throw unreadable('it is not a run of a bot in format 1');
}

async function unpack(body: string): Promise<unknown> {
  try {
    const bytes = await decompress(Buffer.from(body, 'base64'), { maxOutputLength: largestBodyBytes });
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw unreadable('its body is not zstd-compressed JSON', error);
  }
}

function unreadable(what: string, cause?: unknown): OctoError {
  return new OctoError(
    'RUN_UNREADABLE',
    `the data of this run cannot be read: ${what}; was it written by another version of Octo Bots?`,
    { cause },
  );
}

function actionOf(payload: unknown): string | undefined {
  return isRecord(payload) && typeof payload.action === 'string' ? payload.action : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}
