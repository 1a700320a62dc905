/** What the queues need to know of an event's payload. */
export interface RunSubject {
  /** Whose event it is: an App installation, else the owner of the repository. Runs take turns among these. */
  readonly account: string;
  readonly pullRequest: PullRequestSubject | undefined;
}

export interface PullRequestSubject {
  /** The same for all events of one pull request. */
  readonly key: string;
  /** Epoch milliseconds of `pull_request.updated_at`, as it was when the event happened; GitHub tells whole seconds. */
  readonly updatedAt: number | undefined;
}

/** Reads a payload that may be any event's: what it lacks is left open. */
export function subjectOf(payload: unknown): RunSubject {
  const repository = entry(payload, 'repository');
  const repositoryId = text(entry(repository, 'id')) ?? text(entry(repository, 'full_name'));
  const account =
    text(entry(entry(payload, 'installation'), 'id')) ?? text(entry(entry(repository, 'owner'), 'login')) ?? 'nobody';
  const pullRequest = entry(payload, 'pull_request');
  const number = text(entry(pullRequest, 'number'));
  if (repositoryId === undefined || number === undefined) return { account, pullRequest: undefined };
  const updatedAt = Date.parse(text(entry(pullRequest, 'updated_at')) ?? '');
  return {
    account,
    pullRequest: {
      key: `${repositoryId}.${number}`,
      updatedAt: Number.isNaN(updatedAt) ? undefined : updatedAt,
    },
  };
}

/** @returns the JSON, or undefined when it is none. */
export function parsePayload(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

function entry(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function text(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
}
