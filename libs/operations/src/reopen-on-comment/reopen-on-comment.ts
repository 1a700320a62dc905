import { answeredStatus, defineOperation, done, Options, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { isMarked } from '../marked-comment.ts';
import { closingMark } from '../stale-marks.ts';

/** Between our comment and the closing that goes with it lie a few requests; and more when a worker was lost, or GitHub’s limits were reached. */
const longestClosingMs = 24 * 60 * 60_000;
/** Where GitHub does not say who closed it. */
const usualClosingMs = 60_000;
const skewMs = 5_000;

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** GitHub does not let an author reopen what somebody else closed. This does it for them, for what `close-stale` closed. */
export const reopenOnComment = defineOperation({
  type: 'reopen-on-comment',
  summary: 'Reopens an issue or a pull request that close-stale closed when its author comments on it.',
  example: `
reopen-on-comment:
  who: author
  remove-labels: [stale]
`,
  events: ['issue_comment'],
  clients: ['github'],
  config: Options({
    who: Type.Union([Type.Literal('author'), Type.Literal('anyone')], {
      default: 'author',
      description: 'Whose comment reopens it: of who opened it, or of any person. A bot’s never does.',
    }),
    'remove-labels': Type.Array(Type.String({ minLength: 1 }), {
      default: ['stale'],
      description: 'Labels that it loses: close-stale’s `stale-label` and `close-label`.',
    }),
  }),
  async execute({ config, event, clients: { github } }) {
    const { action, comment, issue, repository } = event.payload;
    const { number } = issue;
    const by = comment.user?.login;
    if (action !== 'created') return skipped(`the comment on #${number} was ${action}, not made`);
    if (comment.user?.type === 'Bot') return skipped(`${by} is a bot`);
    if (config.who === 'author' && by !== issue.user?.login) {
      return skipped(`${by} did not open #${number}; ${issue.user?.login} did, and "who" is author`);
    }
    const place = { owner: repository.owner.login, repo: repository.name, number };
    // GitHub's own word, not the payload's: an earlier attempt may have reopened it since.
    const { data: now } = await github.rest.issues.get({ owner: place.owner, repo: place.repo, issue_number: number });
    if (now.state === 'open') return skipped(`#${number} is open`);
    const byPerson = now.closed_by?.type === 'User';
    if (byPerson || !(await isClosedByUs(github, place, { at: now.closed_at, by: now.closed_by?.login })))
      return skipped(`it was not close-stale that closed #${number}`);

    const unwanted = new Set(config['remove-labels'].map((label) => label.toLowerCase()));
    for (const label of now.labels) {
      const name = typeof label === 'string' ? label : (label.name ?? '');
      if (unwanted.has(name.toLowerCase())) await removeLabel(github, place, name);
    }
    const isPull = now.pull_request !== undefined && now.pull_request !== null;
    if (!(await reopen(github, place, isPull))) {
      return skipped(`#${number} cannot be reopened: GitHub refuses it, as when its branch is gone`);
    }
    return done(`reopened #${number}, which close-stale had closed, as ${by} commented on it`);
  },
});

interface Closing {
  /** ISO 8601. */
  readonly at: string | null;
  /** Login; undefined when GitHub does not say. */
  readonly by: string | undefined;
}

/** Whether our closing comment came before it was closed, by the same account: who closed it later, by hand, had a reason. */
async function isClosedByUs(github: GitHubClient, place: Place, { at, by }: Closing): Promise<boolean> {
  if (at === null) return false;
  const closed = Date.parse(at);
  const longestMs = by === undefined ? usualClosingMs : longestClosingMs;
  const since = new Date(closed - longestMs).toISOString();
  const { owner, repo, number } = place;
  const query = { owner, repo, issue_number: number, since, per_page: 100 };
  for await (const { data } of github.paginate.iterator(github.rest.issues.listComments, query)) {
    for (const comment of data) {
      const commented = Date.parse(comment.created_at);
      if (commented > closed + skewMs) return false;
      const bySame = by === undefined || comment.user?.login === by;
      if (commented >= closed - longestMs && bySame && isMarked(comment, closingMark)) return true;
    }
  }
  return false;
}

async function removeLabel(github: GitHubClient, { owner, repo, number }: Place, name: string): Promise<void> {
  try {
    await github.rest.issues.removeLabel({ owner, repo, issue_number: number, name });
  } catch (error) {
    // It is gone already.
    if (answeredStatus(error) !== 404) throw error;
  }
}

/** @returns whether GitHub let it be. */
async function reopen(github: GitHubClient, { owner, repo, number }: Place, isPull: boolean): Promise<boolean> {
  try {
    if (isPull) await github.rest.pulls.update({ owner, repo, pull_number: number, state: 'open' });
    else
      await github.rest.issues.update({ owner, repo, issue_number: number, state: 'open', state_reason: 'reopened' });
    return true;
  } catch (error) {
    if (answeredStatus(error) === 422) return false;
    throw error;
  }
}
