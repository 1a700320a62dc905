import { RE2JS } from 're2js';
import { Type } from 'typebox';

const expectation =
  'a text, in which * stands for any characters and ? for one, or a regular expression between slashes, such as "/^feat: /i"';

/** Letters after the last slash are flags, of which there is one; a text that only begins with a slash is none of these. */
const expressionForm = /^\/(?<source>.+)\/(?<flags>[dgimsuvy]*)$/s;
const compiled = new Map<string, RE2JS>();

/**
 * A pattern for what people write: labels, logins, titles. Unlike in a `Glob`, brackets mean themselves, since they are common in
 * such texts ("[WIP] …", "dependabot[bot]"), and case does not count. A regular expression is one of RE2, which takes linear
 * time for whatever text comes from outside; its case counts unless it has the flag `i`.
 */
export function TextPattern(options: { description?: string } = {}) {
  return Type.Refine(
    Type.String({ ...options, minLength: 1, 'x-expects': expectation }),
    (pattern) => faultOf(pattern) === undefined,
    (pattern) => `${expectation} (${faultOf(pattern)})`,
  );
}

/** @param pattern of `TextPattern`. */
export function matchesPattern(text: string, pattern: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compile(pattern);
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

/** @returns the first of the patterns that the text matches. */
export function matchingPattern(text: string, patterns: readonly string[]): string | undefined {
  return patterns.find((pattern) => matchesPattern(text, pattern));
}

/** @throws RE2JSException when it is none. */
function compile(pattern: string): RE2JS {
  const { source, flags } = expressionForm.exec(pattern)?.groups ?? {};
  if (source !== undefined) return RE2JS.compile(source, flags === 'i' ? RE2JS.CASE_INSENSITIVE : 0);
  const anyCase = RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL;
  const wildcards = RE2JS.quote(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.');
  return RE2JS.compile(`^(?:${wildcards})$`, anyCase);
}

function faultOf(pattern: string): string | undefined {
  const flags = expressionForm.exec(pattern)?.groups?.flags ?? '';
  if (flags !== '' && flags !== 'i') return `it has the flags "${flags}", and there is only "i"`;
  try {
    compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
