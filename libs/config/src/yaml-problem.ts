import type { SourceLocation } from '@octo-bots/core';
import type { Document, ErrorCode } from 'yaml';
import type { ConfigProblem } from './problem.ts';

type Words = readonly [arrived: string, allowed: string, advice: string];

/** Our own words for the parser's errors: its messages quote the file, which may hold secrets. */
const words: Partial<Record<ErrorCode, Words>> = {
  TAB_AS_INDENT: [
    'the line is indented with a tab',
    'allowed: spaces',
    'Replace the tab by spaces, two for each level.',
  ],
  BAD_INDENT: [
    'the indentation does not fit, or a bracket above is not closed',
    'allowed: the same indentation for all keys (or items) of one level',
    'Align the line with its neighbours and close every bracket.',
  ],
  MISSING_CHAR: [
    'a character is missing: the colon after a key, or a closing quote or bracket',
    'allowed: "key: value", with a space after the colon',
    'Add the colon and the space, or close what is open.',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'a text over several lines stands where a key is expected',
    'allowed: "key: value", with a space after the colon',
    'Add the space after the colon, or write "key: |" and indent the lines of the text below it.',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second ": " or "- " stands on the line',
    'allowed: one key and its value on a line',
    'Put the value in quotes, or the second key on a line of its own.',
  ],
  BAD_SCALAR_START: [
    'a value starts with a character that YAML reserves (@, ` or %)',
    'allowed: such a value in quotes',
    'Put the value in quotes.',
  ],
  BAD_DQ_ESCAPE: [
    'the text in double quotes has a backslash sequence that YAML does not know',
    'allowed: sequences such as \\n, \\" and \\\\',
    'Double the backslash, or use single quotes.',
  ],
  MULTIPLE_DOCS: [
    'a second document starts ("---")',
    'allowed: one document in a file',
    'Move the second document to a file of its own.',
  ],
  TAG_RESOLVE_FAILED: [
    'a value has a tag ("!…") that is not known here',
    'allowed: values without a tag',
    'Remove the tag, or put the value in quotes if it starts with "!".',
  ],
};

function doubledKey(from: string): Words {
  const [key = 'a key'] = /^[\w-]+/.exec(from)?.map((name) => `the key "${name}"`) ?? [];
  return [`${key} stands twice in the same map`, 'allowed: each key once', 'Remove one of them, or join their values.'];
}

/** A text without quotes ends at a brace where the map or list around it has brackets. */
const bareReference: Words = [
  'a reference to an environment variable stands without quotes between brackets',
  'allowed: such a text in quotes',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
  'Put it in quotes, as in "${NAME}".',
];

const otherWords: Words = [
  'the file is no valid YAML from here on',
  'allowed: YAML 1.2',
  'Check the indentation, the quotes and the colons here and on the line above.',
];

/**
 * @returns fatal: the document cannot be looked at. Once its structure is lost the parser stumbles on over what follows, so
 * of those errors the first alone is reported. Doubled keys and unknown tags are all reported, and doubled keys leave the
 * rest intact.
 */
export function yamlProblems(
  document: Document.Parsed,
  text: string,
  at: (offset: number) => SourceLocation,
): { fatal: boolean; problems: readonly ConfigProblem[] } {
  const found = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const lost = found.findIndex(({ code }) => code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED');
  const reported = lost < 0 ? found : found.slice(0, lost + 1);
  return {
    fatal: found.some(({ code }) => code !== 'DUPLICATE_KEY'),
    problems: reported.map(({ code, pos: [offset] }) => {
      const bare = text.startsWith('${', offset - 1);
      const [arrived, allowed, advice] = bare ? bareReference : wordsFor(code, text.slice(offset));
      return { place: at(bare ? offset - 1 : offset), arrived, allowed, advice };
    }),
  };
}

function wordsFor(code: ErrorCode, from: string): Words {
  return code === 'DUPLICATE_KEY' ? doubledKey(from) : (words[code] ?? otherWords);
}
