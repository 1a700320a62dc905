import { setTimeout as pause } from 'node:timers/promises';
import { appToken, type People } from '@octo-bots/testing';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const pauseMs = 250;

/** An event as GitHub has it on record: a pull request that was opened, and the statuses of the attempts to deliver that. */
export interface OpenedEvent {
  readonly delivery: string;
  readonly number: number;
  /** 0 when there was no answer. */
  readonly statuses: readonly number[];
}

export const wasAnswered = ({ statuses }: OpenedEvent) => statuses.some((status) => status >= 200 && status < 300);

let opened = 0;

/** Opens a pull request that the demo's bots label, close and comment on. @returns its number. */
export async function openMisnamed(people: People): Promise<number> {
  opened += 1;
  return (await people.openPullRequest({ ...place, head: `trickle-${process.pid}-${opened}` })).number;
}

export interface Trickle {
  /** The pull requests that were opened so far. */
  readonly numbers: readonly number[];
  stop(): Promise<void>;
}

/** Opens one pull request after another until it is stopped. */
export function startTrickle(people: People): Trickle {
  const numbers: number[] = [];
  const ending = new AbortController();
  const flow = async () => {
    while (!ending.signal.aborted) {
      numbers.push(await openMisnamed(people));
      await pause(pauseMs);
    }
  };
  const flowing = flow();
  // It is looked at in stop().
  flowing.catch(() => {});
  return {
    numbers,
    stop() {
      ending.abort();
      return flowing;
    },
  };
}

/** What the App itself sees of its webhooks. */
export class AppDeliveries {
  readonly #url: string;
  readonly #app: { readonly id: number; readonly privateKey: string };
  /** Of events that were asked about before: that does not change, and GitHub counts requests. */
  readonly #numbers = new Map<string, number>();

  constructor(url: string, app: { id: number; privateKey: string }) {
    this.#url = url;
    this.#app = app;
  }

  /** Every pull request that was opened, with the answers to its event. */
  async opened(): Promise<OpenedEvent[]> {
    const events = new Map<string, { number: number; statuses: number[] }>();
    for (const { id, guid, event, action, status_code } of await this.#list()) {
      if (event !== 'pull_request' || action !== 'opened') continue;
      const known = events.get(guid) ?? { number: await this.#numberOf(guid, id), statuses: [] };
      known.statuses.push(status_code);
      events.set(guid, known);
    }
    return [...events].map(([delivery, known]) => ({ delivery, ...known }));
  }

  /** Asks for each of these once more, as a person does with GitHub's *Redeliver* button. */
  async redeliver(events: readonly OpenedEvent[]): Promise<void> {
    const attempts = await this.#list();
    for (const { delivery } of events) {
      const attempt = attempts.find(({ guid }) => guid === delivery);
      if (attempt) await this.#ask('POST', `/app/hook/deliveries/${attempt.id}/attempts`);
    }
  }

  async #list(): Promise<Summary[]> {
    const all: Summary[] = [];
    let path: string | undefined = '/app/hook/deliveries?per_page=100';
    while (path !== undefined) {
      const response: Response = await this.#ask('GET', path);
      all.push(...JSON.parse(await response.text()));
      const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      path = next === undefined ? undefined : `${new URL(next).pathname}${new URL(next).search}`;
    }
    return all;
  }

  async #numberOf(guid: string, attempt: number): Promise<number> {
    const known = this.#numbers.get(guid);
    if (known !== undefined) return known;
    const response = await this.#ask('GET', `/app/hook/deliveries/${attempt}`);
    const { number } = JSON.parse(await response.text()).request.payload;
    this.#numbers.set(guid, number);
    return number;
  }

  async #ask(method: string, path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${appToken(this.#app)}` };
    const response = await fetch(`${this.#url}${path}`, { method, headers });
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}`);
    return response;
  }
}

interface Summary {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly status_code: number;
}

/** How often the bots commented on a pull request, and whether all they do is done. */
export async function effectsOn(people: People, number: number): Promise<{ comments: number; done: boolean }> {
  const { state, labels } = await people.issue(place.owner, place.repo, number);
  const comments = (await people.commentsOf(place.owner, place.repo, number)).length;
  return { comments, done: state === 'closed' && labels.includes('prod') && comments > 0 };
}
