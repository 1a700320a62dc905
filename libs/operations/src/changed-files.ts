import type { GitHubClient } from '@octo-bots/github';

/** GitHub names no more files of a pull request than these. */
const mostFiles = 3000;

export interface ChangedFiles {
  /** Of a renamed file the old path too. */
  readonly paths: readonly string[];
  /** False when there may be more than GitHub names. */
  readonly complete: boolean;
}

export async function changedFiles(
  github: GitHubClient,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
): Promise<ChangedFiles> {
  const files = await github.paginate(github.rest.pulls.listFiles, { owner, repo, pull_number: number, per_page: 100 });
  const paths = files.flatMap(({ filename, previous_filename: previous }) =>
    previous === undefined ? [filename] : [filename, previous],
  );
  return { paths, complete: files.length < mostFiles };
}
