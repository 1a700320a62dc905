import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';

export interface PullPlace {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

/** Somebody who can be asked to review. */
export type Reviewer =
  | { readonly kind: 'person'; readonly login: string }
  /** Of the organisation that has the repository. */
  | { readonly kind: 'team'; readonly slug: string };

/** GitHub lets no more people and teams together be asked. */
const mostReviewers = 15;

/** Who is asked or has reviewed already, as `nameOf` names them in lower case. */
export interface Involved {
  readonly asked: ReadonlySet<string>;
  readonly reviewed: ReadonlySet<string>;
}

/** As people write it: `login`, `@team`. */
export function nameOf(reviewer: Reviewer): string {
  return reviewer.kind === 'person' ? reviewer.login : `@${reviewer.slug}`;
}

export function isInvolved({ asked, reviewed }: Involved, reviewer: Reviewer): boolean {
  const name = nameOf(reviewer).toLowerCase();
  return asked.has(name) || reviewed.has(name);
}

export function isBot({ login, type }: { readonly login: string; readonly type?: string }): boolean {
  return type === 'Bot' || login.endsWith('[bot]');
}

/** @param pull as GitHub has it now. */
export async function involvedIn(
  github: GitHubClient,
  { owner, repo, number }: PullPlace,
  pull: {
    readonly requested_reviewers?: readonly { readonly login: string }[] | null;
    readonly requested_teams?: readonly { readonly slug: string }[] | null;
  },
): Promise<Involved> {
  const reviews = await github.paginate(github.rest.pulls.listReviews, {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  const people = (pull.requested_reviewers ?? []).map(({ login }) => login.toLowerCase());
  const teams = (pull.requested_teams ?? []).map(({ slug }) => `@${slug.toLowerCase()}`);
  return {
    asked: new Set([...people, ...teams]),
    reviewed: new Set(reviews.flatMap(({ user }) => (user === null ? [] : [user.login.toLowerCase()]))),
  };
}

/** Everybody may read what is public, so reading is no sign of belonging there; and approvals count of those who may write. */
export async function mayWrite(
  github: GitHubClient,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  login: string,
): Promise<boolean> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login });
    return data.permission === 'admin' || data.permission === 'write';
  } catch (error) {
    if (answeredStatus(error) === 404) return false;
    throw error;
  }
}

export interface Asked {
  readonly asked: readonly Reviewer[];
  /** Whom GitHub does not let be asked. */
  readonly refused: readonly Reviewer[];
  /** For whom there is no room. */
  readonly tooMany: readonly Reviewer[];
}

/** Asks them all at once. GitHub asks nobody when it refuses one of them: then each is asked alone. */
export async function askForReview(
  github: GitHubClient,
  place: PullPlace,
  { reviewers, involved }: { reviewers: readonly Reviewer[]; involved: Involved },
): Promise<Asked> {
  const room = Math.max(0, mostReviewers - involved.asked.size);
  const [fitting, tooMany] = [reviewers.slice(0, room), reviewers.slice(room)];
  if (fitting.length === 0 || (await isTaken(github, place, fitting))) return { asked: fitting, refused: [], tooMany };
  const asked: Reviewer[] = [];
  const refused: Reviewer[] = [];
  for (const reviewer of fitting) {
    const taken = fitting.length > 1 && (await isTaken(github, place, [reviewer]));
    (taken ? asked : refused).push(reviewer);
  }
  return { asked, refused, tooMany };
}

/** @returns false when GitHub does not let one of them be asked. */
async function isTaken(
  github: GitHubClient,
  { owner, repo, number }: PullPlace,
  reviewers: readonly Reviewer[],
): Promise<boolean> {
  const people = reviewers.flatMap((reviewer) => (reviewer.kind === 'person' ? [reviewer.login] : []));
  const teams = reviewers.flatMap((reviewer) => (reviewer.kind === 'team' ? [reviewer.slug] : []));
  try {
    await github.rest.pulls.requestReviewers({
      owner,
      repo,
      pull_number: number,
      ...(people.length > 0 ? { reviewers: people } : {}),
      ...(teams.length > 0 ? { team_reviewers: teams } : {}),
    });
    return true;
  } catch (error) {
    if (answeredStatus(error) === 422) return false;
    throw error;
  }
}
