import type { AnyPayload, WebhookEvent } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { conversationOf } from '../conversation.ts';

export interface ChangedFiles {
  /** As reasons call what changes them: `the pull request #12`. */
  readonly subject: string;
  /** Paths from the root of the repository; one may come more than once. */
  readonly files: Iterable<string> | AsyncIterable<string>;
  /** Once all are read: whether there may be more than GitHub lists. */
  isCut(): boolean;
}

/** GitHub lists no more, neither of a pull request nor of one commit in a push. */
const mostFiles = 3000;
/** GitHub lists no more commits of a push. */
const mostCommits = 2048;

/** @returns undefined for an event that changes no files. */
export function changedFilesOf(event: WebhookEvent<AnyPayload>, github: GitHubClient): ChangedFiles | undefined {
  const { commits, repository, ref } = event.payload;
  if (commits) return filesOfPush(commits, `the push to ${ref ?? 'a branch'}`);
  const conversation = conversationOf(event);
  if (conversation?.kind !== 'pull request' || !repository) return undefined;
  const { number, name } = conversation;
  return filesOfPullRequest(
    github,
    { owner: repository.owner.login, repo: repository.name, pull_number: number },
    name,
  );
}

function filesOfPush(commits: NonNullable<AnyPayload['commits']>, subject: string): ChangedFiles {
  const lists = commits.map(({ added = [], modified = [], removed = [] }) => [...added, ...modified, ...removed]);
  const cut = commits.length >= mostCommits || lists.some((files) => files.length >= mostFiles);
  return { subject, files: new Set(lists.flat()), isCut: () => cut };
}

function filesOfPullRequest(
  github: GitHubClient,
  pullRequest: { owner: string; repo: string; pull_number: number },
  subject: string,
): ChangedFiles {
  let listed = 0;
  async function* files(): AsyncGenerator<string> {
    const pages = github.paginate.iterator(github.rest.pulls.listFiles, { ...pullRequest, per_page: 100 });
    for await (const { data } of pages) {
      listed += data.length;
      for (const { filename, previous_filename: before } of data) {
        yield filename;
        if (before !== undefined) yield before;
      }
    }
  }
  return { subject, files: files(), isCut: () => listed >= mostFiles };
}
