export interface LabelLook {
  /** Six hexadecimal digits, as GitHub takes them. */
  readonly color: string;
  readonly description: string;
}

/** How a label of the `branches` scheme looks when it has to be made. One that people made stays as they made it. */
const looks: ReadonlyMap<string, LabelLook> = new Map(
  Object.entries({
    release: { color: '0e8a16', description: 'Part of a release' },
    prod: { color: 'b60205', description: 'Goes straight to production' },
    'pre-prod': { color: 'd93f0b', description: 'Goes to staging' },
    feature: { color: '1d76db', description: 'Something new' },
    fix: { color: 'fbca04', description: 'Mends something' },
    bug: { color: 'd73a4a', description: 'Something is not working' },
    hotfix: { color: 'e99695', description: 'An urgent fix of a release' },
    dev: { color: 'c5def5', description: 'From or into a development branch' },
    wip: { color: 'd4c5f9', description: 'Work in progress' },
  }),
);

/** For labels with names of their own. */
const palette = [
  '1d76db',
  '0e8a16',
  'fbca04',
  'd93f0b',
  '5319e7',
  '006b75',
  'c2e0c6',
  'bfdadc',
  'f9d0c4',
  'bfd4f2',
] as const;

/** A name that is not ours gets a colour that is always the same for that name, however it is cased. */
export function lookOf(label: string): LabelLook {
  const sum = [...label.toLowerCase()].reduce(
    (total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % 65_521,
    7,
  );
  return looks.get(label) ?? { color: palette[sum % palette.length] ?? palette[0], description: '' };
}
