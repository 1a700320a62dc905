import { defineOperation, done, failed, Glob, matchesAny, Options, skipped } from '@octo-bots/core';
import { Type } from 'typebox';
import {
  type CheckRunPlace,
  type Conclusion,
  closeAbandonedCheckRuns,
  concludeCheckRun,
  openCheckRun,
} from '../check-run.ts';
import { type CheckedEvent, checkedCommit, checkedEvents, checkedPullRequest } from '../checked-pull-request.ts';
import { FolderTooLargeError, filesOf } from './tree-files.ts';

/** What people see, and what a branch protection rule may require. */
const checkName = 'forbidden-files';
/** So many files are named in the outcome; the check run names all that fit. */
const namedFiles = 5;

/** The check run is that of the head commit, one for each run of the bot: a retry goes on with it. */
export const pullRequestForbiddenFiles = defineOperation({
  type: 'pull-request-forbidden-files',
  summary: 'Fails a check run when the head of a pull request has files that are not allowed.',
  example: `
pull-request-forbidden-files:
  forbidden-files: ['**/*.exe', .env]
  target-pull-request-branches: [main, release/*]
`,
  events: checkedEvents,
  clients: ['github'],
  config: Options({
    'forbidden-files': Type.Array(Glob(), {
      default: [],
      description: 'No path of a file at the head of the pull request may match one of these.',
    }),
    'target-pull-request-branches': Type.Array(Glob(), {
      default: [],
      description: 'Only pull requests into one of these branches are checked.',
    }),
  }),
  async execute({ config, event, key, log, clients: { github } }) {
    const pullRequest = await checkedPullRequest(event, { github, checkName });
    if ('status' in pullRequest) return pullRequest;
    const { number, head, base } = pullRequest;
    const targets = config['target-pull-request-branches'];
    if (!matchesAny(base.ref, targets)) {
      return skipped(
        `the base branch "${base.ref}" of #${number} matches none of ${targets.join(', ') || 'no branches'}`,
      );
    }
    if (pullRequest.state === 'closed') return skipped(`#${number} is closed`);

    const forbidden = config['forbidden-files'];
    const { owner, repo } = checkedCommit(event);
    const checkRun = await openCheckRun(github, placeOf(event, key));
    const about = `the head ${head.sha.slice(0, 7)} of #${number}`;
    try {
      const found = (await filesOf(github, { owner, repo }, head.sha))
        .filter((path) => matchesAny(path, forbidden))
        .toSorted();
      await concludeCheckRun(
        github,
        checkRun,
        found.length === 0 ? nothingFound(forbidden) : foundFiles(found, forbidden),
        { log },
      );
      if (found.length === 0) return done(`check run ${checkName}: success; ${about} has no forbidden file`);
      return done(`check run ${checkName}: failure; ${about} has ${inWords(found)}`);
    } catch (error) {
      if (!(error instanceof FolderTooLargeError)) throw error;
      await concludeCheckRun(github, checkRun, tooLarge);
      return failed(`check run ${checkName}: failure; ${about} has a folder that GitHub does not list in full`);
    }
  },
  async abandon({ event, key, run, failure, clients: { github } }) {
    await closeAbandonedCheckRuns(github, placeOf(event, key), { code: failure.code, runId: run.id });
  },
});

function placeOf(event: CheckedEvent, externalId: string): CheckRunPlace {
  return { ...checkedCommit(event), name: checkName, externalId };
}

function nothingFound(forbidden: readonly string[]): Conclusion {
  return {
    conclusion: 'success',
    title: 'No forbidden file',
    summary: `No file of this commit matches ${asCode(forbidden) || 'a pattern, as none is configured'}.`,
  };
}

function foundFiles(found: readonly string[], forbidden: readonly string[]): Conclusion {
  return {
    conclusion: 'failure',
    title: found.length === 1 ? '1 forbidden file' : `${found.length} forbidden files`,
    summary:
      `Files that match ${asCode(forbidden)} are not allowed here. Remove those below from the branch, for example with ` +
      '`git rm <file>`, commit and push.',
    text: found.map((path) => `- ${asCode([path])}`).join('\n'),
  };
}

const tooLarge: Conclusion = {
  conclusion: 'failure',
  title: 'Too many files to check',
  summary: 'GitHub does not list all entries of one of the folders of this commit. Put fewer files into one folder.',
};

/** A file may have backticks in its name: the fence is longer than any run of them. */
function asCode(texts: readonly string[]): string {
  return texts
    .map((text) => {
      const runs = text.match(/`+/g) ?? [];
      const fence = '`'.repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1);
      const pad = runs.length > 0 ? ' ' : '';
      return fence + pad + text.replaceAll(/[\r\n]/g, '␤') + pad + fence;
    })
    .join(', ');
}

function inWords(paths: readonly string[]): string {
  const more = paths.length - namedFiles;
  return paths.slice(0, namedFiles).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
