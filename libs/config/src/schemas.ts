import { isIP } from 'node:net';
import { Duration, Options } from '@octo-bots/core';
import { Type } from 'typebox';

/**
 * The shapes of the configuration, each written once: checks, types and defaults come from here. Where an extension's own
 * schema takes over, `x-extension` says which kind stands there.
 */

/** Paths that every process serves itself. */
const reservedPaths = ['/healthz', '/readyz', '/metrics'];
const endpointExpectation = `a path that starts with "/", without spaces, "?" or "#", and none of ${reservedPaths.join(', ')}`;

const networkExpectation = 'an address or a network, such as "10.0.0.7" or "10.0.0.0/8"';

function Network() {
  return Type.Refine(
    Type.String({ 'x-expects': networkExpectation }),
    (text) => {
      const [address = '', prefix, ...rest] = text.split('/');
      const bits = isIP(address) === 6 ? 128 : 32;
      const sized = prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
      return isIP(address) !== 0 && rest.length === 0 && sized;
    },
    () => networkExpectation,
  );
}

export const Settings = Options({
  'parallel-background-jobs': Type.Integer({
    minimum: 1,
    default: 10,
    description: 'Most background jobs running at once, over the whole deployment.',
  }),
  'bots-endpoint': Type.Refine(
    Type.String({
      pattern: "^/[A-Za-z0-9._~!$&'()+,;=@%/-]*$",
      default: '/events',
      description: 'The path that receives the webhooks.',
      'x-expects': endpointExpectation,
    }),
    (path) => !reservedPaths.includes(path),
    () => endpointExpectation,
  ),
  'client-validity-time-minutes': Type.Number({
    exclusiveMinimum: 0,
    default: 10,
    description: 'How long an authenticated client is used before it is made anew.',
  }),
  'parallel-bots': Type.Boolean({
    default: true,
    description: 'Do the bots of one event run in parallel, or one after another in the order of the YAML.',
  }),
  'recover-missed-deliveries': Type.Boolean({
    default: true,
    description: 'Ask GitHub again for what it could not deliver, for up to three days.',
  }),
  'trust-proxy': Type.Union([Type.Boolean(), Type.Integer({ minimum: 1 }), Type.Array(Network(), { minItems: 1 })], {
    default: false,
    description:
      'Whose X-Forwarded-For tells who sent a request: nobody’s, every proxy’s (true), the nearest so many proxies’, or those of these addresses and networks.',
    'x-expects': 'true, false, how many proxies stand before this process, or a list of their addresses and networks',
  }),
});

/** A part of the file that may be left out as a whole, since each of its keys has a default. */
function Defaulted<Properties extends Parameters<typeof Options>[0]>(properties: Properties, description: string) {
  return Type.Object(properties, { additionalProperties: false, default: {}, description });
}

function Keep(count: number, age: string, what: string) {
  return Defaulted(
    {
      count: Type.Integer({ minimum: 0, default: count, description: `Most ${what} runs kept.` }),
      age: Duration({ default: age, description: `How long a ${what} run is kept.` }),
    },
    `How many ${what} runs are kept, and for how long; whichever bites first.`,
  );
}

/** BullMQ's lowest priority. */
const lowestPriority = 2_097_151;

export const Queue = Defaulted(
  {
    attempts: Type.Integer({ minimum: 1, default: 5, description: 'How often a run is tried in all.' }),
    backoff: Defaulted(
      {
        type: Type.Union([Type.Literal('fixed'), Type.Literal('exponential')], {
          default: 'exponential',
          description: 'fixed: always the same delay; exponential: twice the delay before.',
        }),
        delay: Duration({ default: '10 seconds', description: 'The delay before the second attempt.' }),
        jitter: Type.Number({
          minimum: 0,
          maximum: 1,
          default: 0.2,
          description:
            'The part of the delay that is random, so that runs that failed together do not come back together.',
        }),
      },
      'How long to wait between attempts.',
    ),
    timeout: Duration({ default: '15 minutes', description: 'How long one attempt may take.' }),
    priority: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: lowestPriority,
        description:
          '1 is first. Left out: in the order of arrival, after any that has a priority. For background jobs; the runs of a bot take turns by installation.',
      }),
    ),
    keep: Defaulted(
      { completed: Keep(1000, '7 days', 'completed'), failed: Keep(5000, '30 days', 'failed') },
      'What is kept of runs that ended.',
    ),
  },
  'How its runs are queued, retried and kept.',
);

/** `queue:` of a bot. The runs of a background job never overlap, and come at its own interval: only bots have what is added here. */
export const BotQueue = Defaulted(
  {
    ...Queue.properties,
    coalesce: Type.Optional(
      Type.Literal('pull-request', {
        description:
          'pull-request: of the waiting runs for one pull request only the newest is kept, whatever its event is. For bots that look at the pull request as it is now.',
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Most runs at once, over all workers. Left out: as many as the workers take.',
      }),
    ),
    'rate-limit': Type.Optional(
      Type.Object(
        {
          max: Type.Integer({ minimum: 1, description: 'Most runs that start in one period, over all workers.' }),
          per: Duration({ description: 'How long a period is; it begins with its first run.' }),
        },
        { additionalProperties: false, description: 'How many runs may start in how long. Left out: no limit.' },
      ),
    ),
  },
  'How its runs are queued, limited, retried and kept.',
);

const definition = {
  name: Type.Refine(
    Type.String({ description: 'Unique; names its queue and its runs.', 'x-expects': 'a name with letters or digits' }),
    (name) => /[\p{L}\p{N}]/u.test(name),
    () => 'a name with letters or digits',
  ),
  parallel: Type.Boolean({
    default: false,
    description: 'Do its operations run in parallel, or one after another in the order of the YAML.',
  }),
  queue: Queue,
};

/** One operation or filter: its name, or a map of its name to its options. */
function Use(extension: 'filter' | 'event-operation' | 'job-operation') {
  const [kind] = extension.split('-').toReversed();
  return Type.Unknown({
    'x-extension': extension,
    'x-expects': `the name of a known ${kind}, or a map of it to its options`,
  });
}

export const BotDefinition = Options({
  ...definition,
  queue: BotQueue,
  operations: Type.Array(Use('event-operation'), { minItems: 1, description: 'What it does.' }),
  filters: Type.Array(Use('filter'), { default: [], description: 'It runs only when none filters the event out.' }),
});

export const JobDefinition = Options({
  ...definition,
  operations: Type.Array(Use('job-operation'), { minItems: 1, description: 'What it does.' }),
  every: Duration({ description: 'The time from one tick to the next.' }),
});

function Definitions(noun: string) {
  const item = `the path of a file with ${noun}s, or a ${noun} itself`;
  return Type.Array(Type.Unknown({ 'x-expects': item }), { description: `Each item: ${item}.` });
}

const bots = Definitions('bot');
const jobs = Definitions('background job');

export const BotsFile = Options({ bots });

export const JobsFile = Options({ jobs: Type.Optional(jobs), 'background-jobs': Type.Optional(jobs) });

export const MainFile = Options({
  settings: Type.Unknown({
    description: 'How the deployment works as a whole.',
    'x-expects': `a map with the keys ${Object.keys(Settings.properties).join(', ')}`,
  }),
  credentials: Type.Unknown({
    description: 'What makes the clients.',
    'x-expects': 'a map with one block for each kind of client',
  }),
  vaults: Type.Optional(
    Type.Unknown({
      description: 'Where credentials may get secrets from.',
      'x-expects': 'a map with one block for each vault that keeps secrets',
    }),
  ),
  bots: Type.Optional(bots),
  jobs: Type.Optional(jobs),
  'background-jobs': Type.Optional(jobs),
});
