import { createHmac, randomUUID } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { sign } from '@octokit/webhooks-methods';
import { type JsonObject, numberAt, parseJson, textAt } from './json.ts';

/** GitHub waits this long for an answer. */
const answerWithinMs = 10_000;

export interface WebhookTarget {
  readonly url: string;
  /** Accept a certificate that nobody signed. */
  readonly insecureTls: boolean;
}

/** One attempt to deliver one event. */
export interface Delivery {
  /** The attempt's own number, as in GitHub's deliveries API. */
  readonly id: number;
  /** `X-GitHub-Delivery`: a redelivery keeps it. */
  readonly delivery: string;
  readonly event: string;
  readonly action: string | undefined;
  /** Full name. */
  readonly repository: string | undefined;
  readonly installation: number | undefined;
  readonly redelivery: boolean;
  /** HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** Body of the answer. */
  readonly answer: string;
  /** Why there was no answer. */
  readonly error: string | undefined;
  /** ISO 8601. */
  readonly deliveredAt: string;
  /** Seconds. */
  readonly duration: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, byte for byte as it was signed and sent. */
  readonly body: string;
}

export interface DeliveryInput {
  readonly event: string;
  /** A string is sent as it is, well-formed or not. */
  readonly payload: object | string;
  /** Default: a new one. */
  readonly delivery?: string;
  /** Added to, or instead of, what GitHub sends; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The sending half of GitHub's webhooks: signs, sends, keeps a record of each attempt. */
export class Deliveries {
  readonly #secret: string;
  readonly #appId: number;
  readonly #ids: 'guid' | 'digits';
  readonly #attempts: Delivery[] = [];
  #target: WebhookTarget | undefined;
  #lastDigits = 0;
  #lastAttempt = 100_000;

  constructor(options: { secret: string; appId: number; ids: 'guid' | 'digits' }) {
    this.#secret = options.secret;
    this.#appId = options.appId;
    this.#ids = options.ids;
  }

  setTarget(target: WebhookTarget | undefined): void {
    this.#target = target;
  }

  /** Oldest first. */
  list(): readonly Delivery[] {
    return [...this.#attempts];
  }

  async send(input: DeliveryInput): Promise<Delivery> {
    const body = typeof input.payload === 'string' ? input.payload : JSON.stringify(input.payload);
    const delivery = input.delivery ?? this.#newId();
    const headers: Record<string, string> = {
      accept: '*/*',
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/0000000',
      'x-github-delivery': delivery,
      'x-github-event': input.event,
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-id': String(this.#appId),
      'x-github-hook-installation-target-type': 'integration',
      'x-hub-signature': `sha1=${createHmac('sha1', this.#secret).update(body).digest('hex')}`,
      'x-hub-signature-256': body === '' ? '' : await sign(this.#secret, body),
    };
    for (const [name, value] of Object.entries(input.headers ?? {})) {
      if (value === undefined) delete headers[name.toLowerCase()];
      else headers[name.toLowerCase()] = value;
    }
    return this.#attempt({ delivery, event: input.event, headers, body, redelivery: false });
  }

  /** Sends the newest attempt of this delivery id (or the attempt of this number) once more, byte for byte. */
  async redeliver(which: string | number): Promise<Delivery> {
    const earlier = this.#attempts.findLast((attempt) => attempt.delivery === which || attempt.id === which);
    if (!earlier) throw new Error(`there is no delivery ${which}; see deliveries()`);
    return this.#attempt({ ...earlier, redelivery: true });
  }

  #newId(): string {
    if (this.#ids === 'guid') return randomUUID();
    this.#lastDigits = Math.max(this.#lastDigits + 1, Date.now());
    return String(this.#lastDigits);
  }

  async #attempt(message: Pick<Delivery, 'delivery' | 'event' | 'headers' | 'body' | 'redelivery'>): Promise<Delivery> {
    const payload = parseJson(message.body);
    const startedAt = performance.now();
    const result = await this.#post(message.headers, message.body);
    const attempt: Delivery = {
      id: ++this.#lastAttempt,
      delivery: message.delivery,
      event: message.event,
      action: textAt(payload, 'action'),
      repository: textAt(payload, 'repository', 'full_name'),
      installation: numberAt(payload, 'installation', 'id'),
      redelivery: message.redelivery,
      ...result,
      deliveredAt: new Date().toISOString(),
      duration: Math.round(performance.now() - startedAt) / 1000,
      headers: message.headers,
      body: message.body,
    };
    this.#attempts.push(attempt);
    return attempt;
  }

  #post(
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Pick<Delivery, 'status' | 'answer' | 'error'>> {
    const target = this.#target;
    if (!target) return Promise.resolve({ status: undefined, answer: '', error: 'no webhook URL is set' });
    const content = Buffer.from(body);
    return new Promise((resolve) => {
      const fail = (error: Error) => resolve({ status: undefined, answer: '', error: error.message });
      const options = {
        method: 'POST',
        headers: { ...headers, 'content-length': String(content.byteLength) },
        signal: AbortSignal.timeout(answerWithinMs),
        agent: false,
      } as const;
      const outgoing = target.url.startsWith('https:')
        ? requestTls(target.url, { ...options, rejectUnauthorized: !target.insecureTls })
        : requestPlain(target.url, options);
      outgoing.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () =>
          resolve({ status: response.statusCode, answer: Buffer.concat(chunks).toString('utf8'), error: undefined }),
        );
      });
      outgoing.once('error', fail);
      outgoing.end(content);
    });
  }
}

/** A delivery as GitHub's `GET /app/hook/deliveries` lists it. */
export function deliverySummary(attempt: Delivery): JsonObject {
  return {
    id: attempt.id,
    guid: attempt.delivery,
    delivered_at: attempt.deliveredAt,
    redelivery: attempt.redelivery,
    duration: attempt.duration,
    status: statusText(attempt),
    status_code: attempt.status ?? 0,
    event: attempt.event,
    action: attempt.action ?? null,
    installation_id: attempt.installation ?? null,
    repository_id: numberAt(parseJson(attempt.body), 'repository', 'id') ?? null,
    throttled_at: null,
  };
}

function statusText(attempt: Delivery): string {
  if (attempt.status === undefined) return 'failed to connect to host';
  return attempt.status < 400 ? 'OK' : `Invalid HTTP Response: ${attempt.status}`;
}
