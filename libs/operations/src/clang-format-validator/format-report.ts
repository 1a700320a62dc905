import type { Annotation, Conclusion } from '../check-run.ts';
import { fenceFor, inCode } from '../in-code.ts';
import { inNumber } from '../source-check.ts';
import type { Change, FormatResult } from './format-files.ts';

/** Ten requests to GitHub; more nobody reads. */
const mostAnnotations = 500;
/** GitHub takes 65 535 characters; so many are left for what stands around the diffs. */
const longestText = 60_000;
const shownLines = 30;
const longestMessage = 4000;

export interface Report {
  readonly conclusion: Conclusion;
  readonly summary: string;
  /** Files whose diff does not fit into the check run. */
  readonly notShown: readonly { path: string; diff: string }[];
}

/** @param version as clang-format tells it. */
export function reportOf(
  results: readonly FormatResult[],
  { checked, version }: { checked: number; version: string },
): Report {
  const unformatted = results.filter((result) => result.kind === 'unformatted');
  const unknown = results.filter((result) => result.kind === 'unknown');
  const by = `Checked with ${inCode(version)} and the style of \`.clang-format\`.`;
  if (unformatted.length === 0 && unknown.length === 0) {
    const summary = `${inNumber(checked, 'file')} formatted as .clang-format says`;
    return { conclusion: { conclusion: 'success', title: titleOf(summary), summary: by }, summary, notShown: [] };
  }
  const all = unformatted.flatMap(({ path, changes }) => changes.map((change) => annotationOf(path, change)));
  const problems = unknown.map(
    ({ path, why }): Annotation => lineAnnotation(path, `clang-format could not check this file: ${why}`),
  );
  const annotations = [...problems, ...all];
  const { text, notShown } = textOf(unformatted);
  const summary = [
    ...(unformatted.length > 0
      ? [`${inNumber(unformatted.length, 'file')} of ${checked} not formatted as .clang-format says`]
      : []),
    ...(unknown.length > 0 ? [`${inNumber(unknown.length, 'file')} that clang-format could not check`] : []),
  ].join('; ');
  const notes = [
    ...(unformatted.length > 0 ? ['Run `clang-format -i` over the files below, commit and push.'] : []),
    ...(unknown.length > 0
      ? ['clang-format could not check some files:', ...unknown.slice(0, 20).map(unknownLine)]
      : []),
    ...(annotations.length > mostAnnotations
      ? [`${annotations.length - mostAnnotations} more places have no annotation.`]
      : []),
    by,
  ];
  return {
    conclusion: {
      conclusion: 'failure',
      title: titleOf(summary),
      summary: notes.join('\n\n'),
      ...(text === '' ? {} : { text }),
      annotations: annotations.slice(0, mostAnnotations),
    },
    summary,
    notShown,
  };
}

type Unformatted = Extract<FormatResult, { kind: 'unformatted' }>;

function textOf(files: readonly Unformatted[]): { text: string; notShown: readonly Unformatted[] } {
  const parts: string[] = [];
  const notShown: Unformatted[] = [];
  let left = longestText;
  for (const file of files) {
    const fence = fenceFor(file.diff, 3);
    const part = `**${inCode(file.path)}**\n\n${fence}diff\n${file.diff.trimEnd()}\n${fence}\n`;
    if (file.diff !== '' && part.length <= left) {
      parts.push(part);
      left -= part.length;
    } else notShown.push(file);
  }
  if (notShown.length > 0) {
    const names = notShown.slice(0, 30).map(({ path }) => inCode(path.slice(0, 100)));
    const more = notShown.length > names.length ? ' and others' : '';
    parts.push(`The diffs of ${names.join(', ')}${more} are too long to be shown here.`);
  }
  return { text: parts.join('\n'), notShown };
}

function annotationOf(path: string, { startLine, endLine, replacement }: Change): Annotation {
  const lines = replacement.slice(0, shownLines);
  const more = replacement.length > lines.length ? [`… and ${replacement.length - lines.length} more lines`] : [];
  const message =
    replacement.length === 0
      ? 'clang-format would remove this.'
      : ['clang-format would write:', ...lines, ...more].join('\n').slice(0, longestMessage);
  return { path, start_line: startLine, end_line: endLine, annotation_level: 'failure', message };
}

function lineAnnotation(path: string, message: string): Annotation {
  return { path, start_line: 1, end_line: 1, annotation_level: 'failure', message: message.slice(0, longestMessage) };
}

function unknownLine({ path, why }: { path: string; why: string }): string {
  return `- ${inCode(path)}: ${inCode(why.slice(0, 500))}`;
}

function titleOf(summary: string): string {
  return summary.charAt(0).toUpperCase() + summary.slice(1);
}
