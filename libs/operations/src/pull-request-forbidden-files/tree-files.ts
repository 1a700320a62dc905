import type { GitHubClient } from '@octo-bots/github';

export interface TreePlace {
  readonly owner: string;
  readonly repo: string;
}

/** A folder of the tree has more entries than GitHub lists. */
export class FolderTooLargeError extends Error {
  override readonly name = 'FolderTooLargeError';
}

/**
 * The paths of all files of a commit (links and what else is no folder as well), usually in one request. GitHub cuts the
 * list of a very large tree (100 000 entries, 7 MB); then its folders are asked for one by one.
 * @param sha of a commit or a tree.
 * @throws FolderTooLargeError when not even one folder by itself is listed in full.
 */
export async function filesOf(github: GitHubClient, place: TreePlace, sha: string): Promise<readonly string[]> {
  const whole = await github.rest.git.getTree({ ...place, tree_sha: sha, recursive: '1' });
  if (!whole.data.truncated) return pathsOf(whole.data.tree);

  const top = await github.rest.git.getTree({ ...place, tree_sha: sha });
  if (top.data.truncated) throw new FolderTooLargeError('GitHub does not list all entries of one of its folders');
  const paths = pathsOf(top.data.tree);
  for (const { type, path, sha: folder } of top.data.tree) {
    if (type !== 'tree') continue;
    for (const inside of await filesOf(github, place, folder)) paths.push(`${path}/${inside}`);
  }
  return paths;
}

function pathsOf(entries: readonly { type?: string; path?: string }[]): string[] {
  return entries.flatMap(({ type, path }) => (type === 'blob' && path !== undefined ? [path] : []));
}
