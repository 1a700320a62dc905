/**
 * What `appendfsync always` costs the ingress: the same events enqueued on three Redis servers that differ in nothing else,
 * in turns, so that a machine that gets slower meanwhile does so for all of them.
 */
import { type Deployment, silentLog } from '@octo-bots/core';
import { RunProducer } from '@octo-bots/queue';
import { type RedisOptions, startRedis } from '@octo-bots/testing';

const rounds = 7;
const eventsInARound = 600;
const sideBySide = 32;
const body = Buffer.from(JSON.stringify({ action: 'opened', text: 'x'.repeat(20_000) }));

const deployment: Deployment = {
  settings: {
    parallelBackgroundJobs: 1,
    botsEndpoint: '/events',
    clientValidityMs: 60_000,
    parallelBots: true,
    recoverMissedDeliveries: false,
    trustProxy: false,
  },
  credentials: [],
  bots: [
    {
      name: 'Bot',
      slug: 'bot',
      parallel: false,
      queue: {
        attempts: 1,
        backoff: { type: 'fixed', delayMs: 1000, jitter: 0 },
        timeoutMs: 60_000,
        priority: undefined,
        keep: { completed: { count: 1, ageMs: 1000 }, failed: { count: 1, ageMs: 1000 } },
      },
      source: { file: 'bench', line: 1, column: 1 },
      filters: [],
      operations: [],
    },
  ],
  jobs: [],
};

const variants: readonly { name: string; redis: RedisOptions }[] = [
  { name: 'appendfsync always', redis: { appendOnly: true, fsync: 'always' } },
  { name: 'appendfsync everysec', redis: { appendOnly: true, fsync: 'everysec' } },
  { name: 'no append-only file', redis: {} },
];

async function enqueueRound(producer: RunProducer, round: number): Promise<number> {
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < eventsInARound) {
      const delivery = `${round}-${next++}`;
      const event = { delivery, name: 'pull_request', headers: {}, receivedAt: new Date().toISOString() };
      await producer.enqueue({ event, body, bots: deployment.bots });
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  return performance.now() - start;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

await using stack = new AsyncDisposableStack();
const lanes = [];
for (const { name, redis } of variants) {
  const server = stack.use(await startRedis(redis));
  const producer = new RunProducer({ redisUrl: server.url, deployment, log: silentLog });
  stack.defer(() => producer.close());
  lanes.push({ name, producer, times: [] as number[] });
}
// Round 0 warms up and is not counted.
for (let round = 0; round <= rounds; round++) {
  for (const { producer, times } of lanes) {
    const ms = await enqueueRound(producer, round);
    if (round > 0) times.push(ms);
  }
}
const base = lanes[1];
for (const { name, times } of lanes) {
  const ratios = times.map((ms, round) => ms / (base?.times[round] ?? ms));
  console.log(
    `${name.padEnd(22)} ${median(ratios).toFixed(2)} × everysec  (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}
