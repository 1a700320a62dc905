import {
  defineAskingFilter,
  type FilterVerdict,
  filterOut,
  Glob,
  letThrough,
  matchingGlob,
  Options,
} from '@octo-bots/core';
import { type StaticDecode, Type } from 'typebox';
import { type ChangedFiles, changedFilesOf } from './changed-files.ts';

const config = Options({
  'any-of': Type.Array(Glob(), {
    default: [],
    description: 'At least one changed file must match one of these; an empty list asks for none.',
  }),
  'none-of': Type.Array(Glob(), {
    default: [],
    description: 'No changed file may match one of these.',
  }),
  'all-within': Type.Array(Glob(), {
    default: [],
    description: 'Every changed file must match one of these; an empty list lets all through.',
  }),
});

/**
 * Paths are from the root of the repository, and case counts. A file that was renamed counts with both its names. For a push, the
 * files are those that its commits changed, as its payload lists them, so that nobody has to be asked.
 */
export const filesChangedFilter = defineAskingFilter({
  type: 'files-changed-filter',
  summary: 'Lets through pull requests and pushes by the files that they change.',
  example: `files-changed-filter:
  any-of: [src/*, package.json]
  none-of: ["*.generated.ts"]
`,
  clients: ['github'],
  config,
  async filter({ config, event, clients: { github }, signal }) {
    const changed = changedFilesOf(event, github);
    if (changed === undefined) return letThrough(`the event "${event.name}" changes no files that GitHub would list`);
    return decide(changed, config, signal);
  },
});

/** Reads no further than it takes to decide. */
async function decide(
  { subject, files, isCut }: ChangedFiles,
  { 'any-of': anyOf, 'none-of': noneOf, 'all-within': allWithin }: StaticDecode<typeof config>,
  signal: AbortSignal,
): Promise<FilterVerdict> {
  let wanted: string | undefined;
  let count = 0;
  for await (const file of files) {
    signal.throwIfAborted();
    count++;
    const unwanted = matchingGlob(file, noneOf);
    if (unwanted !== undefined) return filterOut(`${subject} changes ${file}, which matches ${unwanted}`);
    if (allWithin.length > 0 && matchingGlob(file, allWithin) === undefined) {
      return filterOut(`${subject} changes ${file}, which matches none of ${allWithin.join(', ')}`);
    }
    const glob = matchingGlob(file, anyOf);
    if (glob !== undefined) wanted ??= `${file}, which matches ${glob}`;
    if (wanted !== undefined && noneOf.length === 0 && allWithin.length === 0) break;
  }
  if (wanted !== undefined) return letThrough(`${subject} changes ${wanted}`);
  const looked = count === 1 ? 'looked at 1 file' : `looked at ${count} files`;
  // What cannot be known is no reason to pass a bot over.
  if (isCut())
    return letThrough(`${subject} changes more files than GitHub lists, and those decide nothing; ${looked}`);
  if (anyOf.length > 0)
    return filterOut(`${subject} changes no file that matches any of ${anyOf.join(', ')}; ${looked}`);
  return letThrough(`${subject} changes no file that it may not; ${looked}`);
}
