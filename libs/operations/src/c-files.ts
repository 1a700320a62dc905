import type { GitHubClient } from '@octo-bots/github';

/** C and C++: sources that are compiled … */
const sourceEndings = ['c', 'C', 'cpp', 'cc', 'c++', 'cxx'];
/** … and headers … */
const headerEndings = ['h', 'H', 'hpp', 'hh', 'h++', 'hxx'];
/** … and what else sources include. */
const includedEndings = ['inc', 'inl', 'ipp', 'tcc', 'tpp', 'txx', 'def'];

/** GitHub lists no more files of a pull request. */
const mostListedFiles = 3000;

export function isCFile(path: string): boolean {
  return sourceEndings.includes(endingOf(path)) || headerEndings.includes(endingOf(path));
}

/** Whether a C or C++ file may include it. */
export function isIncludable(path: string): boolean {
  return isCFile(path) || includedEndings.includes(endingOf(path));
}

/** Case counts: `.C` is C++, `.c` is C, and `.HPP` is neither here. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

/**
 * Paths of the files that a pull request adds or changes, by their names at its head; those that it removes are none.
 * @returns undefined when it changes more than GitHub lists.
 */
export async function changedFiles(
  github: GitHubClient,
  { owner, repo, number }: { owner: string; repo: string; number: number },
): Promise<ReadonlySet<string> | undefined> {
  const files = await github.paginate(github.rest.pulls.listFiles, { owner, repo, pull_number: number, per_page: 100 });
  if (files.length >= mostListedFiles) return undefined;
  return new Set(files.filter(({ status }) => status !== 'removed').map(({ filename }) => filename));
}
