import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What became of a webhook. `enqueued`, `unmatched` and `ping` are answered 202; `refused` is a wrong signature,
 * `invalid` anything else that GitHub would not send, `unavailable` a queue out of reach.
 */
export type EventResult = 'enqueued' | 'unmatched' | 'refused' | 'invalid' | 'unavailable' | 'failed';

/**
 * What became of an event that GitHub could not deliver: `found`, `asked` for again (each time), `recovered`, or `given-up`,
 * since GitHub delivers it no more or its message is refused for good.
 */
export type MissedDeliveryResult = 'found' | 'asked' | 'recovered' | 'given-up';

/** The metrics of one process, in a registry of their own. */
export interface Metrics {
  /** `octo_bots_events_total{event,result}`; `event` is empty for what was not verified. */
  readonly events: Counter<'event' | 'result'>;
  /** `octo_bots_event_seconds{result}`: from the first byte of a webhook to the answer. */
  readonly eventSeconds: Histogram<'result'>;
  /** `octo_bots_filtered_out_total{bot,filter}`. */
  readonly filteredOut: Counter<'bot' | 'filter'>;
  /** `octo_bots_runs_total{bot,status}`: ended attempts of runs of bots. */
  readonly runs: Counter<'bot' | 'status'>;
  /** `octo_bots_runs_superseded_total{bot}`: waiting runs that made way for the run of a newer event of their pull request. */
  readonly superseded: Counter<'bot'>;
  /** `octo_bots_run_seconds{bot}`: how long an attempt took. */
  readonly runSeconds: Histogram<'bot'>;
  /** `octo_bots_job_runs_total{job,status}`: the same for background jobs. */
  readonly jobRuns: Counter<'job' | 'status'>;
  /** `octo_bots_job_run_seconds{job}`. */
  readonly jobRunSeconds: Histogram<'job'>;
  /** `octo_bots_operations_total{operation,status}`: outcomes. */
  readonly operations: Counter<'operation' | 'status'>;
  /** `octo_bots_missed_deliveries_total{result}`: events that GitHub could not deliver, by what became of them. */
  readonly missedDeliveries: Counter<'result'>;
  /** `octo_bots_queue_runs{queue,state}`: runs that stand in a queue. */
  readonly queueRuns: Gauge<'queue' | 'state'>;
  /** `octo_bots_orphaned_runs{bot}`: runs that wait for a bot that the YAML does not have; `bot` is as in its queue's name. */
  readonly orphanedRuns: Gauge<'bot'>;
  /** `octo_bots_dead_letters_total{bot}`: runs that failed for good; replayed ones that failed again count again. */
  readonly deadLettersTotal: Counter<'bot'>;
  /** `octo_bots_job_dead_letters_total{job}`: the same for background jobs. */
  readonly jobDeadLettersTotal: Counter<'job'>;
  /** `octo_bots_dead_letters{bot}`: runs that failed for good, are kept and were not replayed. */
  readonly deadLetters: Gauge<'bot'>;
  /** `octo_bots_job_dead_letters{job}`: the same for background jobs. */
  readonly jobDeadLetters: Gauge<'job'>;
  readonly contentType: string;
  /** In the Prometheus text format. */
  text(): Promise<string>;
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const runBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export function createMetrics(): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  return {
    events: new Counter({
      name: 'octo_bots_events_total',
      help: 'Webhooks received, by what became of them.',
      labelNames: ['event', 'result'],
      registers,
    }),
    eventSeconds: new Histogram({
      name: 'octo_bots_event_seconds',
      help: 'Seconds from receiving a webhook to its answer.',
      labelNames: ['result'],
      buckets: requestBuckets,
      registers,
    }),
    filteredOut: new Counter({
      name: 'octo_bots_filtered_out_total',
      help: 'Events that a filter kept from a bot.',
      labelNames: ['bot', 'filter'],
      registers,
    }),
    runs: new Counter({
      name: 'octo_bots_runs_total',
      help: 'Ended attempts of runs of bots.',
      labelNames: ['bot', 'status'],
      registers,
    }),
    superseded: new Counter({
      name: 'octo_bots_runs_superseded_total',
      help: 'Waiting runs that made way for the run of a newer event of their pull request.',
      labelNames: ['bot'],
      registers,
    }),
    runSeconds: new Histogram({
      name: 'octo_bots_run_seconds',
      help: 'Seconds that an attempt of a run of a bot took.',
      labelNames: ['bot'],
      buckets: runBuckets,
      registers,
    }),
    jobRuns: new Counter({
      name: 'octo_bots_job_runs_total',
      help: 'Ended attempts of runs of background jobs.',
      labelNames: ['job', 'status'],
      registers,
    }),
    jobRunSeconds: new Histogram({
      name: 'octo_bots_job_run_seconds',
      help: 'Seconds that an attempt of a run of a background job took.',
      labelNames: ['job'],
      buckets: runBuckets,
      registers,
    }),
    operations: new Counter({
      name: 'octo_bots_operations_total',
      help: 'Outcomes of operations.',
      labelNames: ['operation', 'status'],
      registers,
    }),
    missedDeliveries: new Counter({
      name: 'octo_bots_missed_deliveries_total',
      help: 'Events that GitHub could not deliver: found, asked for again, recovered, given up.',
      labelNames: ['result'],
      registers,
    }),
    queueRuns: new Gauge({
      name: 'octo_bots_queue_runs',
      help: 'Runs that stand in a queue.',
      labelNames: ['queue', 'state'],
      registers,
    }),
    orphanedRuns: new Gauge({
      name: 'octo_bots_orphaned_runs',
      help: 'Runs that wait for a bot that the configuration does not have.',
      labelNames: ['bot'],
      registers,
    }),
    deadLettersTotal: new Counter({
      name: 'octo_bots_dead_letters_total',
      help: 'Runs of bots that failed for good.',
      labelNames: ['bot'],
      registers,
    }),
    jobDeadLettersTotal: new Counter({
      name: 'octo_bots_job_dead_letters_total',
      help: 'Runs of background jobs that failed for good.',
      labelNames: ['job'],
      registers,
    }),
    deadLetters: new Gauge({
      name: 'octo_bots_dead_letters',
      help: 'Failed runs of bots that are kept and were not replayed.',
      labelNames: ['bot'],
      registers,
    }),
    jobDeadLetters: new Gauge({
      name: 'octo_bots_job_dead_letters',
      help: 'Failed runs of background jobs that are kept and were not replayed.',
      labelNames: ['job'],
      registers,
    }),
    contentType: register.contentType,
    text: () => register.metrics(),
  };
}
