import { Duration, durationExpectation, Filters, Options, parseDuration } from '@octo-bots/core';
import { IANAZone } from 'luxon';
import { type StaticDecode, Type } from 'typebox';
import { contradictionIn } from './contradictions.ts';
import { Message } from './message.ts';

function Labels(description: string) {
  return Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 50 }), { description }));
}

function Logins(description: string) {
  return Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description }));
}

function anyOrSome(some: string, description: string) {
  const list = Type.Array(Type.String({ minLength: 1 }), { 'x-expects': `a list of ${some}` });
  return Type.Optional(Type.Union([Type.Literal('any'), list], { description }));
}

const closeAfterExpectation = `${durationExpectation}, or "never"`;

/** A duration, or `never`; milliseconds, or Infinity. */
function CloseAfter(description: string) {
  const text = Type.Refine(
    Type.String({ description, 'x-expects': closeAfterExpectation }),
    (value) => value === 'never' || parseDuration(value) !== undefined,
    () => closeAfterExpectation,
  );
  return Type.Codec(text)
    .Decode((value) => (value === 'never' ? Number.POSITIVE_INFINITY : (parseDuration(value) ?? 0)))
    .Encode((value) => (value === Number.POSITIVE_INFINITY ? 'never' : `${value} ms`));
}

const dateExpectation = 'a date such as 2026-01-31';

function StartDate(description: string) {
  const text = Type.Refine(
    Type.String({ description, 'x-expects': dateExpectation }),
    (value) => /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value) && !Number.isNaN(Date.parse(value)),
    () => dateExpectation,
  );
  return Type.Codec(text)
    .Decode((value) => Date.parse(value))
    .Encode((value) => new Date(value).toISOString());
}

function Timezone(description: string) {
  const expects = 'a timezone of the IANA database, such as Europe/Berlin';
  return Type.Refine(
    Type.String({ description, 'x-expects': expects }),
    (value) => IANAZone.isValidZone(value),
    () => expects,
  );
}

const LabelTiming = Options({
  label: Type.String({
    minLength: 1,
    description: 'What has this label goes by these times. The first that fits counts.',
  }),
  'stale-expiration': Type.Optional(Duration({ description: 'As above, for what has the label.' })),
  'close-after': Type.Optional(CloseAfter('As above, for what has the label.')),
});

/** They stand at the top for both kinds, in `issues:` or `pull-requests:` for that kind alone. */
const shared = {
  'stale-expiration': Type.Optional(Duration({ description: 'For how long nothing has happened to what is stale.' })),
  'close-after': Type.Optional(
    CloseAfter(
      'With it, what is stale is first marked: by the stale label and the stale comment. It is closed when for that long nothing happens; `never`: it stays marked. Without it, it is closed at once.',
    ),
  ),
  'stale-comment': Type.Optional(
    Message({
      description:
        'The comment on what is marked stale or, without `close-after`, closed; in Markdown. There is a default.',
    }),
  ),
  'close-comment': Type.Optional(
    Message({ description: 'The comment on what was marked and is closed now; in Markdown. There is a default.' }),
  ),
  'stale-label': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 50,
      description: 'The label of what is marked. Default: stale. What people give it to counts as marked, too.',
    }),
  ),
  'close-label': Type.Optional(
    Type.String({ minLength: 1, maxLength: 50, description: 'A label for what is closed. Default: none.' }),
  ),
  'unstale-when-active': Type.Optional(
    Type.Boolean({
      description:
        'Whether what is marked loses its mark when something happens to it. Default: true, unless activity is none.',
    }),
  ),
  'add-labels-when-stale': Labels('Labels that it gets together with the mark.'),
  'remove-labels-when-stale': Labels('Labels that it loses when it is marked.'),
  'add-labels-when-unstale': Labels('Labels that it gets when it loses the mark.'),
  'remove-labels-when-unstale': Labels('Labels that it loses together with the mark.'),
  activity: Type.Optional(
    Type.Union([Type.Literal('anyone'), Type.Literal('people'), Type.Literal('none')], {
      description:
        'Whose doings keep it fresh. anyone (default): of people and of bots, save our own marks. people: not of bots. none: its age counts from its creation.',
    }),
  ),
  'bot-accounts': Logins('Accounts of people that are bots in truth; with `activity: people`. Apps are known as bots.'),
  'only-labels': Labels('Only what has all of these labels.'),
  'any-of-labels': Labels('Only what has at least one of these labels.'),
  'only-authors': Logins('Only what one of these accounts opened.'),
  'only-assigned': Type.Optional(Type.Boolean({ description: 'Only what is assigned to somebody. Default: false.' })),
  'start-date': Type.Optional(StartDate('Only what was opened on that day or later.')),
  'exempt-labels': Labels('What has one of these labels stays as it is.'),
  'exempt-authors': Logins('What one of these accounts opened stays as it is.'),
  'exempt-milestones': anyOrSome('titles', 'What is in one of these milestones, or in any, stays as it is.'),
  'exempt-assignees': anyOrSome('logins', 'What is assigned to one of these, or to anybody, stays as it is.'),
  'label-timings': Type.Optional(Type.Array(LabelTiming, { description: 'Other times for what has a label.' })),
};

const Issues = Options(
  {
    ...shared,
    'only-types': Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Only issues of one of these types, such as Bug.' }),
    ),
    'close-reason': Type.Optional(
      Type.Union([Type.Literal('not-planned'), Type.Literal('completed')], {
        description: 'The reason that GitHub shows of a closed issue. Default: not-planned.',
      }),
    ),
  },
  { description: 'Works on issues as well, and holds what is to be otherwise for them.' },
);

const PullRequests = Options(
  {
    ...shared,
    'exempt-drafts': Type.Optional(Type.Boolean({ description: 'Whether drafts stay as they are. Default: false.' })),
    'delete-branch': Type.Optional(
      Type.Boolean({
        description:
          'Whether the head branch of a closed pull request is deleted: never a fork’s, a default or protected branch, or one of another open pull request. Default: false.',
      }),
    ),
    'convert-to-draft': Type.Optional(
      Type.Boolean({ description: 'Whether a pull request becomes a draft instead of being closed. Default: false.' }),
    ),
  },
  { description: 'Works on pull requests as well, and holds what is to be otherwise for them.' },
);

const all = Options({
  'close-issues': Type.Optional(Type.Boolean({ description: 'Whether it works on issues. Default: false.' })),
  'close-prs': Type.Optional(Type.Boolean({ description: 'Whether it works on pull requests. Default: false.' })),
  ...shared,
  'repo-filter': Filters({
    about: 'repository',
    description: 'Filters that decide about a repository: it works on those that all of them let through.',
  }),
  issues: Type.Optional(Issues),
  'pull-requests': Type.Optional(PullRequests),
  'weekdays-only': Type.Boolean({
    default: false,
    description: 'Whether Saturdays and Sundays do not count towards any age.',
  }),
  timezone: Type.Optional(Timezone('Where days begin and end; with `weekdays-only`. Default: UTC.')),
  'sort-by': Type.Union([Type.Literal('updated'), Type.Literal('created'), Type.Literal('comments')], {
    default: 'updated',
    description: 'In which order it takes what is to be changed in a repository.',
  }),
  descending: Type.Boolean({ default: false, description: 'Whether that order is from the latest or the most.' }),
  'budget-per-hour': Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'How many issues and pull requests it changes in an hour at most; it goes on with the others in the next hour.',
    }),
  ),
  'dry-run': Type.Boolean({
    default: false,
    description: 'Whether it changes nothing and tells what it would do, and why.',
  }),
});

export const CloseStaleOptions = Type.Refine(
  all,
  (value) => contradictionIn(value) === undefined,
  (value) => contradictionIn(value) ?? '',
);

/** As the operation gets them. */
export type CloseStaleConfig = StaticDecode<typeof all>;
/** The options of one kind; some of them are for one kind only. */
export type KindConfig = StaticDecode<typeof Issues> & StaticDecode<typeof PullRequests>;
