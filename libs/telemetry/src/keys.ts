/** The keys of log fields. One word means one thing in YAML, code, logs and metrics. */
export const logKey = {
  /** `X-GitHub-Delivery` of the event at hand. */
  delivery: 'delivery',
  /** `X-GitHub-Event`. */
  event: 'event',
  action: 'action',
  bot: 'bot',
  /** A background job's name. */
  job: 'job',
  run: 'run',
  runs: 'runs',
  attempt: 'attempt',
  operation: 'operation',
  filter: 'filter',
  outcome: 'outcome',
  status: 'status',
  reason: 'reason',
  code: 'code',
  service: 'service',
  client: 'client',
  url: 'url',
  count: 'count',
  durationMs: 'durationMs',
  signal: 'signal',
  services: 'services',
  address: 'address',
  method: 'method',
  route: 'route',
  shutdownMs: 'shutdownMs',
  queue: 'queue',
  file: 'file',
  /** The address that a request came from: the client's own where a trusted proxy tells it. */
  remote: 'remote',
  err: 'err',
} as const;
