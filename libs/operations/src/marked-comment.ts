import type { GitHubClient } from '@octo-bots/github';

export interface Conversation {
  readonly owner: string;
  readonly repo: string;
  /** Of an issue or a pull request. */
  readonly number: number;
}

/** The longest comment text in YAML: below GitHub's 65 535 characters with room for the marker. */
export const longestCommentText = 65_000;

interface Comment {
  readonly body?: string | undefined;
  readonly user?: { readonly type?: string } | null;
}

/** What an operation puts, unseen by readers, at the end of its comments to know them again. */
function markerOf(operation: string): string {
  return `<!-- octo-bots:${operation} -->`;
}

/** Who writes as a person is not us, even with our marker copied. */
export function isMarked(comment: Comment, operation: string): boolean {
  return comment.user?.type !== 'User' && (comment.body?.includes(markerOf(operation)) ?? false);
}

export async function postMarkedComment(
  github: GitHubClient,
  { owner, repo, number }: Conversation,
  { operation, text }: { operation: string; text: string },
): Promise<void> {
  const body = `${text.trimEnd()}\n\n${markerOf(operation)}`;
  await github.rest.issues.createComment({ owner, repo, issue_number: number, body });
}

/** @returns whether the operation has commented there before, in whichever run. */
export async function hasMarkedComment(
  github: GitHubClient,
  { owner, repo, number }: Conversation,
  operation: string,
): Promise<boolean> {
  const pages = github.paginate.iterator(github.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  for await (const { data } of pages) {
    if (data.some((comment) => isMarked(comment, operation))) return true;
  }
  return false;
}
