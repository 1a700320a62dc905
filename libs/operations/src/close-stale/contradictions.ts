/** The options as they stand in YAML, as far as they can be at odds with each other. */
interface Raw extends RawKind {
  readonly 'close-issues'?: boolean;
  readonly 'close-prs'?: boolean;
  readonly issues?: RawKind;
  readonly 'pull-requests'?: RawKind & { readonly 'delete-branch'?: boolean; readonly 'convert-to-draft'?: boolean };
  readonly 'weekdays-only'?: boolean;
  readonly timezone?: string;
  readonly 'sort-by'?: string;
  readonly descending?: boolean;
}

interface RawKind {
  readonly 'stale-expiration'?: string;
  readonly 'close-after'?: string;
  readonly 'stale-label'?: string;
  readonly 'close-label'?: string;
  readonly 'unstale-when-active'?: boolean;
  readonly activity?: string;
  readonly 'bot-accounts'?: readonly string[];
  readonly 'only-labels'?: readonly string[];
  readonly 'exempt-labels'?: readonly string[];
  readonly 'only-authors'?: readonly string[];
  readonly 'exempt-authors'?: readonly string[];
  readonly 'label-timings'?: readonly { readonly label: string; readonly 'close-after'?: string }[];
}

/** What only makes sense for what is marked before it is closed. */
const ofMarking = [
  'stale-label',
  'close-comment',
  'unstale-when-active',
  'add-labels-when-stale',
  'remove-labels-when-stale',
  'add-labels-when-unstale',
  'remove-labels-when-unstale',
];

/** @returns what is allowed instead, in words; undefined when the options fit together. */
export function contradictionIn(raw: Raw): string | undefined {
  if (raw['close-issues'] === false && raw.issues) return '"issues" only without "close-issues: false"';
  if (raw['close-prs'] === false && raw['pull-requests']) return '"pull-requests" only without "close-prs: false"';
  if (raw.timezone !== undefined && raw['weekdays-only'] !== true) return '"timezone" only with "weekdays-only: true"';
  const pulls = raw['pull-requests'];
  if (pulls?.['delete-branch'] && pulls['convert-to-draft']) {
    return '"delete-branch" or "convert-to-draft": what becomes a draft keeps its branch';
  }
  const kinds = kindsIn(raw);
  for (const { where, own, whole } of kinds) {
    const found = contradictionInKind(whole) ?? uselessIn(own, [whole]);
    if (found !== undefined) return where === '' ? found : `in "${where}": ${found}`;
  }
  return uselessIn(
    raw,
    kinds.map(({ whole }) => whole),
  );
}

interface Kind {
  /** Its block; empty for the top. */
  readonly where: string;
  /** What stands in the block. */
  readonly own: RawKind;
  /** All that counts for it: what stands at the top counts where the block does not say otherwise. */
  readonly whole: RawKind;
}

function kindsIn(raw: Raw): readonly Kind[] {
  const { issues, 'pull-requests': pulls, ...top } = raw;
  const kinds: Kind[] = [];
  if (issues) kinds.push({ where: 'issues', own: issues, whole: { ...top, ...issues } });
  if (pulls) kinds.push({ where: 'pull-requests', own: pulls, whole: { ...top, ...pulls } });
  const topAlone = kinds.length === 0 || (raw['close-issues'] && !issues) || (raw['close-prs'] && !pulls);
  return topAlone ? [...kinds, { where: '', own: top, whole: top }] : kinds;
}

/** What stands somewhere must be of use to one of those that it counts for. */
function uselessIn(own: RawKind, counting: readonly RawKind[]): string | undefined {
  const unused = ofMarking.find((name) => Reflect.get(own, name) !== undefined);
  if (unused !== undefined && !counting.some(marksIn)) return needsMarking(unused);
  const people = counting.some(({ activity }) => activity === 'people');
  return own['bot-accounts'] !== undefined && !people ? '"bot-accounts" only with "activity: people"' : undefined;
}

function contradictionInKind(kind: RawKind): string | undefined {
  if (kind['stale-expiration'] === undefined) return '"stale-expiration" is needed, such as "60 days"';
  const timingThatMarks = kind['label-timings']?.find((timing) => timing['close-after'] !== undefined);
  if (timingThatMarks && kind['close-after'] === undefined) return needsMarking('label-timings: close-after');
  if (kind.activity === 'none' && kind['unstale-when-active']) {
    return '"unstale-when-active: true" only with another "activity" than none: by its age it would be stale again at once';
  }
  const stale = kind['stale-label'] ?? 'stale';
  if (marksIn(kind) && includes(kind['exempt-labels'], stale)) {
    return '"exempt-labels" without the stale label: what is marked would never be closed';
  }
  if (marksIn(kind) && kind['close-label']?.toLowerCase() === stale.toLowerCase()) {
    return '"close-label" other than the stale label';
  }
  const both =
    overlap(kind['only-labels'], kind['exempt-labels']) ?? overlap(kind['only-authors'], kind['exempt-authors']);
  return both === undefined ? undefined : `"${both}" in what is worked on or in what is exempt, not in both`;
}

function marksIn(kind: RawKind): boolean {
  return kind['close-after'] !== undefined;
}

function needsMarking(name: string): string {
  return `"${name}" only with "close-after": without it nothing is marked, and it is closed at once`;
}

function overlap(one: readonly string[] = [], other: readonly string[] = []): string | undefined {
  return one.find((name) => includes(other, name));
}

function includes(names: readonly string[] | undefined, name: string): boolean {
  return names?.some((other) => other.toLowerCase() === name.toLowerCase()) ?? false;
}
