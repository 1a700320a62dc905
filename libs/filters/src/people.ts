import { type FilterVerdict, filterOut, letThrough, matchingPattern, Options, TextPattern } from '@octo-bots/core';
import { type StaticDecode, Type } from 'typebox';

/** The options of the filters that look at a person. */
export const People = Options({
  allow: Type.Array(TextPattern(), {
    default: [],
    description: 'The login must match one of these; an empty list lets all through.',
  }),
  ignore: Type.Array(TextPattern(), {
    default: [],
    description: 'The login may match none of these. An App’s login ends in `[bot]`.',
  }),
  bots: Type.Union([Type.Literal('allow'), Type.Literal('ignore'), Type.Literal('only')], {
    default: 'allow',
    description: 'Whether Apps and other bots pass like people, never, or as the only ones.',
  }),
});

/** @param what as reasons call the person: `the author of the issue #3`. */
export function decideAbout(
  { login, type }: { readonly login: string; readonly type?: string | undefined },
  what: string,
  { allow, ignore, bots }: StaticDecode<typeof People>,
): FilterVerdict {
  const person = `${what} is ${login}`;
  const isBot = type === 'Bot' || login.endsWith('[bot]');
  if (bots === 'ignore' && isBot) return filterOut(`${person}, a bot, and bots are ignored`);
  if (bots === 'only' && !isBot) return filterOut(`${person}, no bot, and only bots are let through`);
  const ignored = matchingPattern(login, ignore);
  if (ignored !== undefined) return filterOut(`${person}, which matches ${ignored} of those that are ignored`);
  if (allow.length === 0) return letThrough(person);
  const allowed = matchingPattern(login, allow);
  return allowed === undefined
    ? filterOut(`${person}, which matches none of ${allow.join(', ')}`)
    : letThrough(`${person}, which matches ${allowed}`);
}
