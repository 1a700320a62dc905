import picomatch from 'picomatch';
import { RE2JS } from 're2js';

const compiled = new Map<string, RE2JS>();

/**
 * Shell globs as in Python's fnmatch: `*` also matches `/`, `[!a]` negates, braces and a leading `!` mean themselves.
 *
 * Names of branches and files come from strangers, so the engine is RE2, which takes linear time: with JavaScript's own, a branch of
 * 250 letters holds up a glob of four stars for seconds.
 */
export function matchesGlob(value: string, glob: string): boolean {
  let expression = compiled.get(glob);
  if (expression === undefined) {
    expression = compile(glob);
    compiled.set(glob, expression);
  }
  return value === glob || expression.test(value);
}

/** What picomatch looks ahead for: that no part of the path is "." or "..", and that there is one; neither Git nor RE2 has such. */
const lookaheads = ['(?!(?:^|\\/)\\.{1,2}(?:\\/|$))', '(?!\\.{1,2}(?:\\/|$))', '(?=.)'];

function compile(glob: string): RE2JS {
  const { source } = picomatch.makeRe(glob.replaceAll('[!', '[^'), {
    bash: true,
    dot: true,
    nobrace: true,
    noextglob: true,
    nonegate: true,
    strictSlashes: true,
  });
  const plain = lookaheads.reduce((text, lookahead) => text.replaceAll(lookahead, ''), source);
  // A letter with a backslash before it means itself; RE2 has its own meaning for some, and refuses others.
  return RE2JS.compile(plain.replaceAll(/\\([\\\p{L}\P{ASCII}])/gu, unescaped), RE2JS.DOTALL);
}

function unescaped(escaped: string, character: string): string {
  return character === '\\' ? escaped : character;
}

export function matchesAny(value: string, globs: readonly string[]): boolean {
  return matchingGlob(value, globs) !== undefined;
}

/** @returns the first of the globs that the value matches. */
export function matchingGlob(value: string, globs: readonly string[]): string | undefined {
  return globs.find((glob) => matchesGlob(value, glob));
}
