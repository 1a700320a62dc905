import { createHash } from 'node:crypto';

/** What a scan that we started tells of itself. */
export interface ScanLabel {
  readonly headSha: string;
  /** Of the operation's `key`, which is too long to stand in a label. */
  readonly caller: string;
}

const pattern = /^octo-bots\.([0-9a-f]{40,64})\.([0-9a-f]{16})$/;

/** By it, a scan that was started before a crash is found again: the same for all attempts of one run. */
export function scanLabel(key: string, headSha: string): string {
  const caller = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return `octo-bots.${headSha}.${caller}`;
}

/** @returns undefined for a scan that somebody else started. */
export function parseScanLabel(label: string | undefined): ScanLabel | undefined {
  const [, headSha, caller] = pattern.exec(label ?? '') ?? [];
  return headSha === undefined || caller === undefined ? undefined : { headSha, caller };
}
