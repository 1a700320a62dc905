import { defineOperation, done, Options, skipped } from '@octo-bots/core';
import { type Asked, askForReview, involvedIn, isInvolved, nameOf } from './reviewers.ts';
import { choose, Scheme } from './schemes.ts';

/** So many who were left out are named in the outcome. */
const mostNamed = 5;

/**
 * Keeps no state: a scheme wants the same people each time, and who is asked or has reviewed already is not asked again. So a
 * retry, and every further event of the pull request, asks nobody twice.
 */
export const pullRequestReviewersAssign = defineOperation({
  type: 'pull-request-reviewers-assign',
  summary: 'Asks people and teams to review a pull request that is no draft.',
  example: `
pull-request-reviewers-assign:
  scheme:
    name: top-contributors # or codeowners, or round-robin
    top: 4
`,
  events: ['pull_request'],
  clients: ['github'],
  config: Options({ scheme: Scheme }),
  async execute({ config, event, clients: { github } }) {
    const { pull_request: inPayload, repository } = event.payload;
    const place = { owner: repository.owner.login, repo: repository.name, number: inPayload.number };
    // GitHub's own word, not the payload's: since then it may have become a draft, or people may have been asked.
    const { data } = await github.rest.pulls.get({
      owner: place.owner,
      repo: place.repo,
      pull_number: place.number,
    });
    const about = `#${place.number}`;
    if (data.state === 'closed') return skipped(`${about} is closed`);
    if (data.draft === true) return skipped(`${about} is a draft: nobody is asked before it is ready for review`);

    const involved = await involvedIn(github, place, data);
    const pull = { ...place, author: data.user?.login, base: data.base.ref };
    const { wanted, leftOut } = await choose(github, config.scheme, { pull, involved });
    const already = wanted.filter((reviewer) => isInvolved(involved, reviewer));
    const reviewers = wanted.filter((reviewer) => !isInvolved(involved, reviewer));
    const answer = await askForReview(github, place, { reviewers, involved });
    const notes = [
      ...(already.length > 0 ? [`asked or reviewed already: ${already.map(nameOf).join(', ')}`] : []),
      ...notesOn(answer),
      ...atMost(leftOut),
    ];
    const { name } = config.scheme;
    if (answer.asked.length === 0) {
      const why = notes.length > 0 ? notes.join('; ') : 'the scheme names nobody but the author';
      return skipped(`nobody to ask for a review of ${about} by ${name}: ${why}`);
    }
    return done([`asked ${answer.asked.map(nameOf).join(', ')} to review ${about} by ${name}`, ...notes].join('; '));
  },
});

function notesOn({ refused, tooMany }: Asked): readonly string[] {
  return [
    ...(refused.length > 0 ? [`GitHub does not let ${refused.map(nameOf).join(', ')} be asked`] : []),
    ...(tooMany.length > 0 ? [`no room for ${tooMany.map(nameOf).join(', ')}: GitHub takes 15 reviewers`] : []),
  ];
}

function atMost(notes: readonly string[]): readonly string[] {
  const more = notes.length - mostNamed;
  return more > 0 ? [...notes.slice(0, mostNamed), `and ${more} more`] : notes;
}
