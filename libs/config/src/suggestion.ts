import { distance } from 'fastest-levenshtein';

/** @returns the known word that was probably meant, if one is near enough. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const plain = plainForm(word);
  const candidates = known.map((candidate) => ({ candidate, distance: distanceOf(plain, plainForm(candidate)) }));
  const near = candidates.filter(({ distance }) => distance <= toleranceFor(plain));
  near.sort((a, b) => a.distance - b.distance);
  return (
    near[0]?.candidate ?? known.find((candidate) => areAbbreviated(plain.split('-'), plainForm(candidate).split('-')))
  );
}

/** Short words are near to everything. */
function toleranceFor(word: string): number {
  return word.length <= 4 ? 1 : Math.max(2, Math.floor(word.length / 4));
}

function distanceOf(a: string, b: string): number {
  // Two letters that changed places are one slip, but two edits.
  const swapped = a.length === b.length && lettersOf(a) === lettersOf(b);
  return swapped ? Math.min(1, distance(a, b)) : distance(a, b);
}

function lettersOf(word: string): string {
  return [...word].sort().join('');
}

/** `github-app-creds` for `github-app-credentials`: the same words, of which some are shortened. */
function areAbbreviated(words: readonly string[], full: readonly string[]): boolean {
  const enough = 4;
  return (
    words.length === full.length &&
    words.every(
      (word, index) =>
        word === full[index] || (word.length >= enough && full[index]?.startsWith(word.slice(0, enough))),
    )
  );
}

/** @returns `Did you mean x?`, or the other advice when nothing known is near. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const meant = suggestion(word, known);
  return meant === undefined ? otherwise : `Did you mean ${meant}?`;
}

/** Case, and what joins the words, are what people mix up most. */
function plainForm(word: string): string {
  return word
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[\s_.]+/g, '-');
}
