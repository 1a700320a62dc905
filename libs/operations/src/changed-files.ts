import type { GitHubClient } from '@octo-bots/github';

/** The paths that a pull request changes; of a renamed file the old one too. GitHub names 3,000 files at most. */
export async function changedFiles(
  github: GitHubClient,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
): Promise<readonly string[]> {
  const files = await github.paginate(github.rest.pulls.listFiles, { owner, repo, pull_number: number, per_page: 100 });
  return files.flatMap(({ filename, previous_filename: previous }) =>
    previous === undefined ? [filename] : [filename, previous],
  );
}
