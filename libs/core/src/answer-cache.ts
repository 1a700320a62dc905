/**
 * Bytes that all processes of a deployment share, and that may be forgotten at any time. It never rejects and answers soon:
 * while it is out of reach, nothing is known.
 */
export interface AnswerCache {
  /** @returns the very bytes that were set. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** What is too large is not kept. @param lifetimeMs after which it is forgotten for sure. */
  set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void>;
}

/**
 * What an operation may remember from one run to another, on whatever worker: something that is costly to find out and that can be
 * found out again. All operations of one type share it, so a key says what it is about, such as `github.com/owner/repo#12`.
 *
 * It is no place for what must not be lost (that is the `state` of `later`), and it never rejects.
 */
export interface Memo {
  /** @returns the JSON value that was kept; undefined when there is none, or no more. */
  recall(key: string): Promise<unknown>;
  /** @param value JSON; what is larger than some 100 kB may not be kept. */
  keep(key: string, value: unknown, lifetimeMs: number): Promise<void>;
}

/** @param owner the type of the operation that remembers: none sees what another one keeps. */
export function memoOf(cache: AnswerCache | undefined, owner: string): Memo {
  if (cache === undefined) return forgetful;
  const keyOf = (key: string) => `memo ${owner} ${key}`;
  return {
    async recall(key) {
      const bytes = await cache.get(keyOf(key));
      return bytes === undefined ? undefined : parse(bytes);
    },
    async keep(key, value, lifetimeMs) {
      await cache.set(keyOf(key), Buffer.from(JSON.stringify(value) ?? 'null'), lifetimeMs);
    },
  };
}

/** Where there is no cache. */
const forgetful: Memo = {
  recall: async () => undefined,
  keep: async () => undefined,
};

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined; // written by another version, or by nobody of ours
  }
}
