import { Type } from 'typebox';
import { longestCommentText } from '../marked-comment.ts';

/** What a message may name between double braces; each with what is put there. */
export const placeholders = {
  author: 'the login of who opened it, without @: write `@{{author}}` to mention them',
  days: 'for how many days nothing has happened',
  'close-days': 'in how many days it is closed when nothing happens',
  kind: '“issue” or “pull request”',
  label: 'its stale label',
  number: 'its number',
  repository: 'owner/name',
  title: 'its title; whom it mentions is not notified',
} as const;

export type MessageValues = Readonly<Record<keyof typeof placeholders, string>>;

const placeholderPattern = /\{\{\s*([^{}]*?)\s*\}\}/g;
const allowed = Object.keys(placeholders)
  .map((name) => `{{${name}}}`)
  .join(', ');

/** A comment in YAML, in Markdown, with placeholders. An unknown placeholder is a mistake. */
export function Message(options: { description: string }) {
  const { description } = options;
  const text = Type.String({
    minLength: 1,
    maxLength: longestCommentText,
    description: `${description} It may hold ${allowed}.`,
  });
  return Type.Refine(
    text,
    (value) => unknownPlaceholders(value).length === 0,
    (value) => `a text whose placeholders are among ${allowed}; unknown: ${unknownPlaceholders(value).join(', ')}`,
  );
}

export function unknownPlaceholders(text: string): readonly string[] {
  return [...text.matchAll(placeholderPattern)].flatMap(([whole, name]) => (isKnown(name ?? '') ? [] : [whole]));
}

/**
 * @returns the text with each placeholder replaced. What others wrote (a title) comes out as they wrote it, and does nothing. All else is
 *   a number, a name whose characters GitHub bounds, or of the YAML: as it is, it makes a working address or code.
 */
export function renderMessage(text: string, values: MessageValues): string {
  const rendered = text.replaceAll(placeholderPattern, (whole, name: string) =>
    isKnown(name) ? (name === 'title' ? harmless(values.title) : values[name]) : whole,
  );
  return rendered.slice(0, longestCommentText);
}

function isKnown(name: string): name is keyof typeof placeholders {
  return Object.hasOwn(placeholders, name);
}

/** No mention, no reference to another issue, no HTML (such as a hidden marker), no Markdown. */
function harmless(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]()!|~]/g, (character) => `\\${character}`)
    .replaceAll(/[@#]|\bGH(?=-\d)|\bwww(?=\.)/gi, (found) => `${found}\u200b`)
    .replaceAll(/:\/\//g, ':\u200b//');
}
