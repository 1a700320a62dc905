import { isObject, type JsonObject, textAt } from './json.ts';

/** What the front knows better than the emulator about one issue or pull request. */
interface Facts {
  /** Shown instead of the emulator's `updated_at` for as long as that stays `raw`: any change there makes it fresh. */
  updatedAt?: { readonly raw: string; readonly shown: string };
  createdAt?: string;
  /** The emulator leaves a pull request at the commit it was opened with. */
  headSha?: string;
  /** The emulator does not count comments on a pull request. */
  comments?: number;
}

/** Corrects issues and pull requests wherever they appear in an answer or a payload. */
export class Overlay {
  readonly #facts = new Map<string, Facts>();

  learn(repository: string, number: number, facts: Facts): void {
    const key = keyOf(repository, number);
    this.#facts.set(key, { ...this.#facts.get(key), ...facts });
  }

  headSha(repository: string, number: number): string | undefined {
    return this.#facts.get(keyOf(repository, number))?.headSha;
  }

  /** @returns a corrected copy; the same value when there is nothing to correct. */
  show(value: unknown): unknown {
    if (this.#facts.size === 0 || Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.show(item));
    return isObject(value) ? this.showObject(value) : value;
  }

  showObject(value: JsonObject): JsonObject {
    const shown: JsonObject = {};
    for (const [key, item] of Object.entries(value)) shown[key] = this.show(item);
    const facts = this.#factsOf(value);
    if (!facts) return shown;
    if (facts.updatedAt && facts.updatedAt.raw === value.updated_at) shown.updated_at = facts.updatedAt.shown;
    if (facts.createdAt !== undefined && 'created_at' in value) shown.created_at = facts.createdAt;
    if (facts.comments !== undefined && 'comments' in value) shown.comments = facts.comments;
    if (facts.headSha !== undefined && isObject(shown.head)) shown.head = { ...shown.head, sha: facts.headSha };
    return shown;
  }

  #factsOf(value: JsonObject): Facts | undefined {
    const place = placeOf(textAt(value, 'url'));
    return place && this.#facts.get(keyOf(place.repository, place.number));
  }
}

const placePattern = /\/repos\/([^/]+\/[^/]+)\/(?:issues|pulls)\/(\d+)$/;

/** @param url of an issue or a pull request in the REST API. */
export function placeOf(url: string | undefined): { repository: string; number: number } | undefined {
  const match = placePattern.exec(url ?? '');
  return match?.[1] !== undefined ? { repository: match[1], number: Number(match[2]) } : undefined;
}

function keyOf(repository: string, number: number): string {
  return `${repository.toLowerCase()}#${number}`;
}
