interface LabelLook {
  /** Six hexadecimal digits, as GitHub takes them. */
  readonly color: string;
  readonly description: string;
}

/** How a label of the `branches` scheme looks when it has to be made. One that people made stays as they made it. */
const looks: Readonly<Record<string, LabelLook>> = {
  release: { color: '0e8a16', description: 'Part of a release' },
  prod: { color: 'b60205', description: 'Goes straight to production' },
  'pre-prod': { color: 'd93f0b', description: 'Goes to staging' },
  feature: { color: '1d76db', description: 'Something new' },
  fix: { color: 'fbca04', description: 'Mends something' },
  bug: { color: 'd73a4a', description: 'Something is not working' },
  hotfix: { color: 'e99695', description: 'An urgent fix of a release' },
  dev: { color: 'c5def5', description: 'From or into a development branch' },
  wip: { color: 'd4c5f9', description: 'Work in progress' },
};

const anyOther: LabelLook = { color: 'ededed', description: '' };

export function lookOf(label: string): LabelLook {
  return looks[label] ?? anyOther;
}
