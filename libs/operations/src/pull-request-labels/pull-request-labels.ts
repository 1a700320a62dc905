import { answeredStatus, defineOperation, done, Options, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { lookOf } from './label-looks.ts';
import { branchesScheme, labelsFor, withoutLabels } from './label-rules.ts';

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Only ever adds: a label may have been set by people, and nothing tells theirs from ours, so one that no longer applies
 * (the base branch was changed) stays too.
 */
export const pullRequestLabels = defineOperation({
  type: 'pull-request-labels',
  summary: 'Labels a pull request by its head and base branch.',
  events: ['pull_request'],
  clients: ['github'],
  config: Options({
    scheme: Type.Literal('branches', {
      default: 'branches',
      description: 'Which labels belong to which branches.',
    }),
  }),
  async execute({ event, clients: { github } }) {
    const { pull_request: pullRequest, repository } = event.payload;
    const { number } = pullRequest;
    const branches = { head: pullRequest.head.ref, base: pullRequest.base.ref };
    const wanted = labelsFor(branches, branchesScheme);
    if (wanted.length === 0) {
      return skipped(
        `no rule of the branches scheme matches #${number}, from "${branches.head}" into "${branches.base}"`,
      );
    }
    const place = { owner: repository.owner.login, repo: repository.name };
    const missing = await missingLabels(github, { ...place, number, wanted });
    if (missing.length === 0) return skipped(`#${number} already has ${wanted.join(', ')}`);
    for (const name of missing) await createIfMissing(github, { ...place, name });
    await github.rest.issues.addLabels({ ...place, issue_number: number, labels: [...missing] });
    return done(`labelled #${number}: ${missing.join(', ')}`);
  },
});

/** Asks GitHub rather than the payload: by now people, or an earlier attempt, may have set some. */
async function missingLabels(
  github: GitHubClient,
  { owner, repo, number, wanted }: Place & { number: number; wanted: readonly string[] },
): Promise<readonly string[]> {
  const present = await github.paginate(github.rest.issues.listLabelsOnIssue, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return withoutLabels(
    wanted,
    present.map(({ name }) => name),
  );
}

/** GitHub would make it by itself when it is added to the pull request, but in grey. */
async function createIfMissing(github: GitHubClient, { owner, repo, name }: Place & { name: string }): Promise<void> {
  try {
    await github.rest.issues.getLabel({ owner, repo, name });
    return;
  } catch (error) {
    if (answeredStatus(error) !== 404) throw error;
  }
  try {
    await github.rest.issues.createLabel({ owner, repo, name, ...lookOf(name) });
  } catch (error) {
    // 422: another run made it in between.
    if (answeredStatus(error) !== 422) throw error;
  }
}
