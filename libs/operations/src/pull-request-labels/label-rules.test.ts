import { describe, expect, it } from 'vitest';
import { lookOf } from './label-looks.ts';
import { branchesScheme, labelsFor, needsFiles, unmatchedLabels, withoutLabels } from './label-rules.ts';
import { schemeOf } from './label-schemes.ts';

describe('the branches scheme', () => {
  it.each([
    // Into the main line.
    { head: 'release/1.2', base: 'main', labels: ['release'] },
    { head: 'release/1.2', base: 'master', labels: ['release'] },
    { head: 'release/1.2', base: 'staging', labels: ['release'] },
    { head: 'docs', base: 'main', labels: ['prod'] },
    { head: 'docs', base: 'master', labels: ['prod'] },
    { head: 'docs', base: 'staging', labels: ['pre-prod'] },
    { head: 'staging', base: 'main', labels: ['prod'] },
    { head: 'feature/login', base: 'main', labels: ['prod', 'feature'] },
    { head: 'fix/login', base: 'master', labels: ['prod', 'fix'] },
    { head: 'bug/login', base: 'staging', labels: ['pre-prod', 'bug'] },
    { head: 'feature/ui/button', base: 'staging', labels: ['pre-prod', 'feature'] },
    { head: 'hotfix/login', base: 'main', labels: ['prod'] },
    // Into a release.
    { head: 'docs', base: 'release/1.2', labels: ['release'] },
    { head: 'hotfix/login', base: 'release/1.2', labels: ['release', 'hotfix'] },
    { head: 'feature/login', base: 'release/1.2', labels: ['release'] },
    { head: 'release/1.1', base: 'release/1.2', labels: ['release'] },
    // From or into development.
    { head: 'dev/mona', base: 'develop', labels: ['dev', 'wip'] },
    { head: 'feature/login', base: 'dev/mona', labels: ['dev', 'wip'] },
    { head: 'dev/mona', base: 'dev/octocat', labels: ['dev', 'wip'] },
    { head: 'dev/mona', base: 'main', labels: ['prod', 'dev', 'wip'] },
    { head: 'dev/mona', base: 'staging', labels: ['pre-prod', 'dev', 'wip'] },
    { head: 'dev/mona', base: 'release/1.2', labels: ['release', 'dev', 'wip'] },
    { head: 'release/1.2', base: 'dev/mona', labels: ['dev', 'wip'] },
    // None of it.
    { head: 'feature/login', base: 'develop', labels: [] },
    { head: 'main', base: 'develop', labels: [] },
    { head: 'release/1.2', base: 'develop', labels: [] },
    // Names that only resemble those of the rules.
    { head: 'features/login', base: 'main', labels: ['prod'] },
    { head: 'release', base: 'main', labels: ['prod'] },
    { head: 'my/dev/mona', base: 'develop', labels: [] },
    { head: 'docs', base: 'main2', labels: [] },
    { head: 'Feature/login', base: 'Main', labels: [] },
  ])('labels $head into $base with $labels', ({ head, base, labels }) => {
    expect(labelsFor({ head, base }, branchesScheme)).toEqual(labels);
  });

  it('has a colour of its own and a description for each of its labels', () => {
    const labels = [...new Set(branchesScheme.flatMap((rule) => rule.labels))];
    const looks = labels.map(lookOf);
    expect(new Set(looks.map(({ color }) => color)).size).toBe(labels.length);
    for (const { color, description } of looks) {
      expect(color).toMatch(/^[0-9a-f]{6}$/);
      expect(description).not.toBe('');
    }
  });
});

describe('the labels that are missing', () => {
  it('are those that the pull request does not have, whatever their case', () => {
    expect(withoutLabels(['release', 'prod', 'wip'], ['Prod', 'question'])).toEqual(['release', 'wip']);
  });
});

describe('rules of one’s own', () => {
  const rules = [
    { head: ['feature/*', 'feat/*'], base: ['main'], labels: ['feature'] },
    { files: ['docs/*', '*.md'], labels: ['docs', 'Text'] },
    { base: ['release/*'], files: ['*.sql'], labels: ['migration', 'text'] },
    { labels: ['all'] },
  ];

  it.each([
    { head: 'feature/a', base: 'main', files: ['src/a.c'], labels: ['feature', 'all'] },
    { head: 'feat/a', base: 'main', files: ['docs/deep/a.txt'], labels: ['feature', 'docs', 'Text', 'all'] },
    { head: 'feature/a', base: 'develop', files: [], labels: ['all'] },
    { head: 'x', base: 'release/1', files: ['a.sql'], labels: ['migration', 'text', 'all'] },
    { head: 'x', base: 'release/1', files: ['a.sql', 'a.md'], labels: ['docs', 'Text', 'migration', 'all'] },
    { head: 'x', base: 'main', files: ['a.sql'], labels: ['all'] },
  ])('label $head into $base that changes $files with $labels', ({ head, base, files, labels }) => {
    expect(labelsFor({ head, base, files }, rules)).toEqual(labels);
  });

  it('need the files only where the branches leave it to them', () => {
    const [feature, docs, migration] = rules;
    expect(needsFiles({ head: 'x', base: 'main' }, docs ? [docs] : [])).toBe(true);
    expect(needsFiles({ head: 'x', base: 'release/1' }, migration ? [migration] : [])).toBe(true);
    expect(needsFiles({ head: 'x', base: 'main' }, migration ? [migration] : [])).toBe(false);
    expect(needsFiles({ head: 'feature/a', base: 'main' }, feature ? [feature] : [])).toBe(false);
  });

  it('do not match any more the labels that they name and do not want, whatever their case', () => {
    const present = ['Feature', 'docs', 'question', 'MIGRATION'];
    expect(unmatchedLabels(present, { rules, wanted: ['Docs', 'all'] })).toEqual(['Feature', 'MIGRATION']);
  });
});

describe('the look of a label of a rule', () => {
  const { lookOf: look } = schemeOf({
    rules: [
      { labels: ['docs', { name: 'Docs', color: '#0075CA' }, { name: 'docs', description: 'Words' }] },
      { labels: ['bug', 'area/login', 'Area/Login'] },
    ],
    'remove-unmatched': false,
  });

  it('is what any rule says of it', () => {
    expect(look('docs')).toEqual({ color: '0075ca', description: 'Words' });
  });

  it('is the usual one of a usual name, and else a colour that the name decides', () => {
    expect(look('bug')).toEqual(lookOf('bug'));
    expect(look('area/login').color).toMatch(/^[0-9a-f]{6}$/);
    expect(look('area/login')).toEqual(look('Area/Login'));
    expect(look('constructor').color).toMatch(/^[0-9a-f]{6}$/);
    expect(new Set(['a', 'b', 'c', 'd', 'e'].map((label) => look(label).color)).size).toBeGreaterThan(1);
  });
});
