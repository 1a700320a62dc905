import { definePureFilter, filterOut, Glob, letThrough, matchesGlob, Options } from '@octo-bots/core';
import { Type } from 'typebox';

/**
 * An event about no repository (`installation`, `organization`, …) matches no glob. So `allow-only` filters it out: a bot
 * that is held to some repositories must not act on what happens outside of them. `ignore-only` lets it through.
 */
export const repoFilter = definePureFilter({
  type: 'repo-filter',
  about: 'repository',
  summary: 'Lets through the events of some repositories only, or of all but some.',
  example: `repo-filter:
  repos: [octo-org/*, tools]
  action: ignore-only
`,
  config: Options({
    repos: Type.Array(Glob(), { description: 'Globs for the name of the repository or for `owner/name`.' }),
    action: Type.Union([Type.Literal('allow-only'), Type.Literal('ignore-only')], {
      default: 'allow-only',
      description: 'Whether only the listed repositories pass, or all others.',
    }),
  }),
  filter({ config: { repos, action }, event }) {
    const { repository } = event.payload;
    const names = repository ? [repository.name, repository.full_name] : [];
    const glob = repos.find((candidate) => names.some((name) => matchesGlob(name, candidate)));
    const subject = repository
      ? `the repository ${repository.full_name}`
      : `the event "${event.name}", of no repository,`;
    const match = glob === undefined ? `matches none of ${repos.join(', ') || 'an empty list'}` : `matches ${glob}`;
    const reason = `${subject} ${match}, and the action is ${action}`;
    return (glob !== undefined) === (action === 'allow-only') ? letThrough(reason) : filterOut(reason);
  },
});
