import type { GitHubClient } from '@octo-bots/github';

/** GitHub names no more files of a pull request than these. */
const mostFiles = 3000;

interface PullPlace {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

export interface ChangedFiles {
  /** Of a renamed file the old path too. */
  readonly paths: readonly string[];
  /** False when there may be more than GitHub names. */
  readonly complete: boolean;
}

export async function changedFiles(github: GitHubClient, pull: PullPlace): Promise<ChangedFiles> {
  const files = await listed(github, pull);
  const paths = files.flatMap(({ filename, previous_filename: previous }) =>
    previous === undefined ? [filename] : [filename, previous],
  );
  return { paths, complete: files.length < mostFiles };
}

/**
 * Paths of the files that a pull request adds or changes, by their names at its head; those that it removes are none.
 * @returns undefined when it changes more than GitHub names.
 */
export async function filesAtHead(github: GitHubClient, pull: PullPlace): Promise<ReadonlySet<string> | undefined> {
  const files = await listed(github, pull);
  if (files.length >= mostFiles) return undefined;
  return new Set(files.filter(({ status }) => status !== 'removed').map(({ filename }) => filename));
}

function listed(github: GitHubClient, { owner, repo, number }: PullPlace) {
  return github.paginate(github.rest.pulls.listFiles, { owner, repo, pull_number: number, per_page: 100 });
}
