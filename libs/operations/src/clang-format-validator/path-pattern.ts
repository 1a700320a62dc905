/**
 * Does a path match a pattern of `.clang-format-ignore`? As fnmatch with FNM_PATHNAME (POSIX 2.13): `*`, `?` and `[…]` match no
 * slash, a backslash takes away a meaning; and `**` as a whole part of the path matches any number of parts, as in bash.
 *
 * Not a regular expression: the pattern comes from whoever opened the pull request, and `*a*a*a*…` takes one ages.
 */
export function matchesPath(path: string, pattern: string): boolean {
  const parts = path.split('/');
  const patterns = pattern.split('/');
  // reached[i]: the patterns so far match the first i parts.
  let reached = parts.map(() => false);
  reached.unshift(true);
  for (const part of patterns) {
    const next = reached.map(() => false);
    for (const [index, isReached] of reached.entries()) {
      if (part === '**') next[index] = isReached || (index > 0 && next[index - 1] === true);
      else if (isReached && index < parts.length) next[index + 1] = matchesPart(parts[index] ?? '', part);
    }
    reached = next;
  }
  return reached.at(-1) === true;
}

/** Goes back to the last `*` only: the time is at worst the product of both lengths. */
function matchesPart(text: string, pattern: string): boolean {
  const tokens = tokensOf(pattern);
  const characters = [...text];
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === 'any') {
      star = token++;
      starAt = at;
    } else if (current?.(characters[at] ?? '')) {
      at++;
      token++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === 'any') token++;
  return token === tokens.length;
}

/** What one character must be, or any number of any. */
type Token = 'any' | ((character: string) => boolean);

function tokensOf(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    const bracket = character === '[' ? bracketAt(characters, at) : undefined;
    if (character === '*') tokens.push('any');
    else if (character === '?') tokens.push(() => true);
    else if (bracket) {
      tokens.push(bracket.test);
      at = bracket.end;
    } else {
      const literal = character === '\\' && at + 1 < characters.length ? (characters[++at] ?? '') : character;
      tokens.push((candidate) => candidate === literal);
    }
  }
  return tokens;
}

/** `[abc]`, `[a-z]`, `[!abc]`, `[]abc]`. @returns undefined when no bracket ends it: then `[` means itself. */
function bracketAt(
  characters: readonly string[],
  start: number,
): { test: Exclude<Token, 'any'>; end: number } | undefined {
  let at = start + 1;
  const negated = characters[at] === '!' || characters[at] === '^';
  if (negated) at++;
  const ranges: [string, string][] = [];
  for (let first = true; at < characters.length; first = false, at++) {
    if (characters[at] === ']' && !first) {
      const test = (candidate: string) => ranges.some(([from, to]) => from <= candidate && candidate <= to) !== negated;
      return { test, end: at };
    }
    if (characters[at] === '\\' && at + 1 < characters.length) at++;
    const from = characters[at] ?? '';
    const isRange = characters[at + 1] === '-' && characters[at + 2] !== undefined && characters[at + 2] !== ']';
    if (isRange) at += 2;
    ranges.push([from, characters[at] ?? '']);
  }
  return undefined;
}
