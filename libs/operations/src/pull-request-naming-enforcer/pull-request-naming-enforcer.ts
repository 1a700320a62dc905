import { defineOperation, done, Glob, matchesAny, Options, skipped } from '@octo-bots/core';
import { Type } from 'typebox';
import { hasMarkedComment, longestCommentText, postMarkedComment } from '../marked-comment.ts';

const type = 'pull-request-naming-enforcer';

/** Comments once for each pull request: a retry, a later event or a reopening finds the comment and adds none. */
export const pullRequestNamingEnforcer = defineOperation({
  type,
  summary: 'Comments on a pull request whose head branch has a name that is not allowed, and closes it.',
  example: `
pull-request-naming-enforcer:
  enforced-names: [feature/*, fix/*, release/*]
  enforcing-comment: Please name your branch feature/…, fix/… or release/….
  enforcing-action: closed
`,
  events: ['pull_request'],
  clients: ['github'],
  config: Options({
    'enforced-names': Type.Array(Glob(), {
      minItems: 1,
      description: 'The names that are allowed: the head branch must match one of these.',
    }),
    'enforcing-comment': Type.String({
      default: 'The name of this pull request’s branch is not allowed here.',
      minLength: 1,
      maxLength: longestCommentText,
      description: 'The comment, in Markdown.',
    }),
    'enforcing-action': Type.Union([Type.Literal('closed'), Type.Literal('open')], {
      default: 'closed',
      description: 'Whether the pull request is closed, or only commented on and left open.',
    }),
  }),
  async execute({ config, event, clients: { github } }) {
    const { pull_request: pullRequest, repository } = event.payload;
    const { number, head } = pullRequest;
    const allowed = config['enforced-names'];
    if (matchesAny(head.ref, allowed)) return skipped(`the head branch "${head.ref}" of #${number} is an allowed name`);

    const place = { owner: repository.owner.login, repo: repository.name };
    // GitHub's own word, not the payload's: an earlier attempt may have closed it since.
    const { data: now } = await github.rest.pulls.get({ ...place, pull_number: number });
    if (now.state === 'closed') return skipped(`#${number} is closed already`);

    const conversation = { ...place, number };
    const mismatch = `its head branch "${head.ref}" matches none of ${allowed.join(', ')}`;
    const commented = await hasMarkedComment(github, conversation, type);
    if (!commented) {
      await postMarkedComment(github, conversation, { operation: type, text: config['enforcing-comment'] });
    }
    if (config['enforcing-action'] === 'open') {
      return commented
        ? skipped(`#${number} has our comment already: ${mismatch}`)
        : done(`commented on #${number} and left it open: ${mismatch}`);
    }
    await github.rest.pulls.update({ ...place, pull_number: number, state: 'closed' });
    return done(`${commented ? 'closed' : 'commented on and closed'} #${number}: ${mismatch}`);
  },
});
