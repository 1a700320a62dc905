import picomatch from 'picomatch';

const compiled = new Map<string, (value: string) => boolean>();

/** Shell globs as in Python's fnmatch: `*` also matches `/`, `[!a]` negates, braces and a leading `!` mean themselves. */
export function matchesGlob(value: string, glob: string): boolean {
  let test = compiled.get(glob);
  if (test === undefined) {
    test = picomatch(glob.replaceAll('[!', '[^'), {
      bash: true,
      dot: true,
      nobrace: true,
      noextglob: true,
      nonegate: true,
      strictSlashes: true,
    });
    compiled.set(glob, test);
  }
  return test(value);
}

export function matchesAny(value: string, globs: readonly string[]): boolean {
  return matchingGlob(value, globs) !== undefined;
}

/** @returns the first of the globs that the value matches. */
export function matchingGlob(value: string, globs: readonly string[]): string | undefined {
  return globs.find((glob) => matchesGlob(value, glob));
}
