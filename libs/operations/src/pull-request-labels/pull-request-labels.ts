import { answeredStatus, defineOperation, done, Options, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { type ChangedFiles, changedFiles } from '../changed-files.ts';
import { labelsFor, needsFiles, unmatchedLabels, withoutLabels } from './label-rules.ts';
import { type LabelScheme, RulesScheme, schemeOf } from './label-schemes.ts';
import { labelsOfBots } from './label-setters.ts';

interface Pull {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

const noFiles: ChangedFiles = { paths: [], complete: true };

/**
 * Adds what the rules ask for. Only `remove-unmatched` takes anything off, and only what a bot set: GitHub's events of the pull
 * request tell who set a label last (docs/adr/0018).
 */
export const pullRequestLabels = defineOperation({
  type: 'pull-request-labels',
  summary: 'Labels a pull request by its head and base branch, and by the files that it changes.',
  example: `
pull-request-labels:
  scheme:
    rules:
      - head: [feature/*, feat/*]
        base: main
        labels: [feature]
      - files: ['docs/*', '*.md']
        labels:
          - { name: docs, color: '0075ca', description: Changes the documentation }
    remove-unmatched: true
`,
  events: ['pull_request'],
  clients: ['github'],
  config: Options({
    scheme: Type.Union([Type.Literal('branches'), RulesScheme], {
      default: 'branches',
      description:
        'Which labels belong to which pull requests: our rules for branches (`branches`), or rules of your own.',
    }),
  }),
  async execute({ config, event, clients: { github } }) {
    const { pull_request: pullRequest, repository } = event.payload;
    const { number } = pullRequest;
    const pull = { owner: repository.owner.login, repo: repository.name, number };
    const scheme = schemeOf(config.scheme);
    const branches = { head: pullRequest.head.ref, base: await baseOf(github, pull, scheme, pullRequest.base.ref) };
    const files = needsFiles(branches, scheme.rules) ? await changedFiles(github, pull) : noFiles;
    const wanted = labelsFor({ ...branches, files: files.paths }, scheme.rules);
    const none = `no rule of ${scheme.inWords} matches #${number}, from "${branches.head}" into "${branches.base}"`;
    if (wanted.length === 0 && !scheme.removeUnmatched) return skipped(none);

    const present = await labelsOn(github, pull);
    const missing = withoutLabels(wanted, present);
    // A file that GitHub does not name may be what a label is there for.
    const unmatched = scheme.removeUnmatched && files.complete ? unmatchedLabels(present, { ...scheme, wanted }) : [];
    const { removed, kept } = await removeUnmatched(github, pull, unmatched);
    for (const name of missing) await createIfMissing(github, pull, { name, ...scheme.lookOf(name) });
    if (missing.length > 0) {
      const { owner, repo } = pull;
      await github.rest.issues.addLabels({ owner, repo, issue_number: number, labels: [...missing] });
    }
    const keeping = [
      ...(kept.length > 0 ? [`left ${kept.join(', ')}, which a person set`] : []),
      ...(files.complete || !scheme.removeUnmatched
        ? []
        : ['GitHub does not name all of its changed files, so that no label was taken off']),
    ];
    if (missing.length > 0 || removed.length > 0) {
      const added = missing.length > 0 ? [`labelled #${number}: ${missing.join(', ')}`] : [];
      const taken = removed.length > 0 ? [`took off #${number}: ${removed.join(', ')}`] : [];
      return done([...added, ...taken, ...keeping].join('; '));
    }
    const reason = wanted.length === 0 ? none : `#${number} already has ${wanted.join(', ')}`;
    return skipped([reason, ...keeping].join('; '));
  },
});

/** Runs of one pull request may overtake each other: who takes labels off goes by what the base is now. */
async function baseOf(
  github: GitHubClient,
  { owner, repo, number }: Pull,
  scheme: LabelScheme,
  inPayload: string,
): Promise<string> {
  if (!scheme.removeUnmatched) return inPayload;
  const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
  return data.base.ref;
}

/** Asks GitHub rather than the payload: by now people, or an earlier attempt, may have set some. */
async function labelsOn(github: GitHubClient, { owner, repo, number }: Pull): Promise<readonly string[]> {
  const present = await github.paginate(github.rest.issues.listLabelsOnIssue, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return present.map(({ name }) => name);
}

async function removeUnmatched(
  github: GitHubClient,
  pull: Pull,
  unmatched: readonly string[],
): Promise<{ removed: readonly string[]; kept: readonly string[] }> {
  if (unmatched.length === 0) return { removed: [], kept: [] };
  const removed = await labelsOfBots(github, { ...pull, labels: unmatched });
  for (const name of removed) await remove(github, pull, name);
  return { removed, kept: withoutLabels(unmatched, removed) };
}

async function remove(github: GitHubClient, { owner, repo, number }: Pull, name: string): Promise<void> {
  try {
    await github.rest.issues.removeLabel({ owner, repo, issue_number: number, name });
  } catch (error) {
    // 404: somebody took it off in between.
    if (answeredStatus(error) !== 404) throw error;
  }
}

/** GitHub would make it by itself when it is added to the pull request, but in grey. */
async function createIfMissing(
  github: GitHubClient,
  { owner, repo }: Pull,
  label: { name: string; color: string; description: string },
): Promise<void> {
  try {
    await github.rest.issues.getLabel({ owner, repo, name: label.name });
    return;
  } catch (error) {
    if (answeredStatus(error) !== 404) throw error;
  }
  try {
    await github.rest.issues.createLabel({ owner, repo, ...label });
  } catch (error) {
    // 422: another run made it in between.
    if (answeredStatus(error) !== 422) throw error;
  }
}
