import { createHash } from 'node:crypto';

/** What a scan that we started tells of itself. */
export interface ScanLabel {
  readonly headSha: string;
  /** Of `owner/name`: repositories of one name share their projects. */
  readonly repository: string;
  /** Of the operation's `key`, which is too long to stand in a label. */
  readonly caller: string;
}

const pattern = /^octo-bots\.([0-9a-f]{40,64})\.([0-9a-f]{16})\.([0-9a-f]{16})$/;

/** What a label is made from. */
export interface Labelled {
  readonly owner: string;
  readonly repo: string;
  readonly headSha: string;
  readonly key: string;
}

/** By it, a scan that was started before a crash is found again: the same for all attempts of one run. */
export function scanLabel({ owner, repo, headSha, key }: Labelled): string {
  return `octo-bots.${headSha}.${digest(`${owner}/${repo}`.toLowerCase())}.${digest(key)}`;
}

/** @returns undefined for a scan that somebody else started. */
export function parseScanLabel(label: string | undefined): ScanLabel | undefined {
  const [, headSha, repository, caller] = pattern.exec(label ?? '') ?? [];
  if (headSha === undefined || repository === undefined || caller === undefined) return undefined;
  return { headSha, repository, caller };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
