import { Options } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { type Static, Type } from 'typebox';
import { changedFiles } from '../changed-files.ts';
import { ownersOf } from './codeowners.ts';
import { readCodeowners } from './codeowners-file.ts';
import { type Involved, isBot, isInvolved, mayWrite, type PullPlace, type Reviewer } from './reviewers.ts';

const most = 15;

export const Scheme = Type.Union(
  [
    Options({
      name: Type.Union([Type.Literal('top-contributors'), Type.Literal('top-contributers')], {
        description: 'Those who committed most to the repository.',
      }),
      top: Type.Integer({ minimum: 1, maximum: most, default: 4, description: 'How many of them.' }),
    }),
    Options({
      name: Type.Literal('codeowners', {
        description: 'The owners of the changed files, by the CODEOWNERS file of the base branch.',
      }),
    }),
    Options({
      name: Type.Literal('round-robin', {
        description: 'One after another: the number of the pull request says whose turn it is.',
      }),
      reviewers: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          description: 'The logins of those who take turns. Left out: all people who may write to the repository.',
        }),
      ),
      count: Type.Integer({
        minimum: 1,
        maximum: most,
        default: 1,
        description: 'How many are asked for one pull request.',
      }),
    }),
  ],
  { default: { name: 'top-contributors', top: 4 }, description: 'Who is asked.' },
);

export type SchemeConfig = Static<typeof Scheme>;

export interface ReviewedPull extends PullPlace {
  readonly author: string | undefined;
  readonly base: string;
}

/** Whom a scheme wants, those who are involved already among them: so the same call wants the same people again. */
export interface Choice {
  readonly wanted: readonly Reviewer[];
  /** Who is not asked although the scheme names them, and why. */
  readonly leftOut: readonly string[];
}

export function choose(
  github: GitHubClient,
  scheme: SchemeConfig,
  { pull, involved }: { pull: ReviewedPull; involved: Involved },
): Promise<Choice> {
  switch (scheme.name) {
    case 'codeowners':
      return codeowners(github, pull, involved);
    case 'round-robin':
      return roundRobin(github, scheme, { pull, involved });
    case 'top-contributors':
    case 'top-contributers':
      return topContributors(github, scheme.top, { pull, involved });
  }
}

interface Context {
  readonly pull: ReviewedPull;
  readonly involved: Involved;
}

/** Looks at the first hundred contributors: each costs a request. */
async function topContributors(github: GitHubClient, top: number, { pull, involved }: Context): Promise<Choice> {
  const { owner, repo } = pull;
  const { data } = await github.rest.repos.listContributors({ owner, repo, per_page: 100 });
  const people = data.flatMap(({ login, type }) => (login === undefined || isBot({ login, type }) ? [] : [login]));
  return firstAble(github, { pull, involved }, { logins: withoutAuthor(people, pull), count: top });
}

/**
 * A rotation without memory. Who is on the list and involved already takes one of the places, so that nobody else is asked when
 * the list has changed since.
 */
async function roundRobin(
  github: GitHubClient,
  scheme: Extract<SchemeConfig, { name: 'round-robin' }>,
  { pull, involved }: Context,
): Promise<Choice> {
  const all = scheme.reviewers ?? (await writersOf(github, pull));
  const list = sortedOnce(withoutAuthor(all, pull));
  const isThere = (login: string) => isInvolved(involved, { kind: 'person', login });
  const there = list.filter(isThere);
  const start = list.length === 0 ? 0 : pull.number % list.length;
  const rotated = [...list.slice(start), ...list.slice(0, start)].filter((login) => !isThere(login));
  return firstAble(github, { pull, involved }, { logins: [...there, ...rotated], count: scheme.count });
}

async function codeowners(github: GitHubClient, pull: ReviewedPull, involved: Involved): Promise<Choice> {
  const lines = await readCodeowners(github, pull, pull.base);
  if (lines === undefined) {
    return { wanted: [], leftOut: [`"${pull.base}" has no CODEOWNERS in .github, at the root or in docs`] };
  }
  const { paths } = await changedFiles(github, pull);
  const owners = ownersOf(paths, lines);
  if (owners.length === 0) return { wanted: [], leftOut: ['no changed file has a code owner'] };
  const wanted: Reviewer[] = [];
  const leftOut: string[] = [];
  for (const owner of owners) {
    const reviewer = reviewerOf(owner, pull);
    const hindrance = reviewer === undefined ? whyNone(owner) : await hindranceOf(github, { pull, involved }, reviewer);
    if (hindrance !== undefined) leftOut.push(hindrance);
    else if (reviewer !== undefined) wanted.push(reviewer);
  }
  return { wanted, leftOut };
}

/** Why somebody cannot be asked. Of a team only GitHub knows, when it is asked. */
async function hindranceOf(
  github: GitHubClient,
  { pull, involved }: Context,
  reviewer: Reviewer,
): Promise<string | undefined> {
  if (reviewer.kind === 'team') return undefined;
  if (isAuthor(reviewer.login, pull)) return `${reviewer.login} is the author`;
  // Who is involved already was able to.
  if (isInvolved(involved, reviewer) || (await mayWrite(github, pull, reviewer.login))) return undefined;
  return `${reviewer.login} may not write`;
}

/** The first of these who can be asked. */
async function firstAble(
  github: GitHubClient,
  { pull, involved }: Context,
  { logins, count }: { logins: readonly string[]; count: number },
): Promise<Choice> {
  const wanted: Reviewer[] = [];
  const leftOut: string[] = [];
  for (const login of logins) {
    if (wanted.length === count) break;
    const reviewer = { kind: 'person', login } as const;
    const hindrance = await hindranceOf(github, { pull, involved }, reviewer);
    if (hindrance === undefined) wanted.push(reviewer);
    else leftOut.push(hindrance);
  }
  return { wanted, leftOut };
}

async function writersOf(github: GitHubClient, { owner, repo }: PullPlace): Promise<readonly string[]> {
  const query = { owner, repo, permission: 'push', per_page: 100 } as const;
  const people = await github.paginate(github.rest.repos.listCollaborators, query);
  return people.filter((person) => !isBot(person)).map(({ login }) => login);
}

function reviewerOf(owner: string, pull: ReviewedPull): Reviewer | undefined {
  if (!owner.startsWith('@')) return undefined;
  const [account = '', slug] = owner.slice(1).split('/');
  if (slug === undefined) return { kind: 'person', login: account };
  return account.toLowerCase() === pull.owner.toLowerCase() ? { kind: 'team', slug } : undefined;
}

function whyNone(owner: string): string {
  return owner.startsWith('@') ? `${owner} is a team of elsewhere` : `${owner} is no login`;
}

function isAuthor(login: string, { author }: ReviewedPull): boolean {
  return login.toLowerCase() === author?.toLowerCase();
}

function withoutAuthor(logins: readonly string[], pull: ReviewedPull): readonly string[] {
  return logins.filter((login) => !isAuthor(login, pull));
}

function sortedOnce(logins: readonly string[]): readonly string[] {
  return [...new Map(logins.map((login) => [login.toLowerCase(), login]))]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, login]) => login);
}
