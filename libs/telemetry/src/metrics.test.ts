import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('the metrics', () => {
  it('are given in the Prometheus text format, with those of the process itself', async () => {
    const metrics = createMetrics();
    metrics.events.inc({ event: 'push', result: 'enqueued' });
    metrics.runSeconds.observe({ bot: 'Tidy' }, 0.2);
    const text = await metrics.text();
    expect(text).toContain('octo_bots_events_total{event="push",result="enqueued"} 1');
    expect(text).toContain('octo_bots_run_seconds_count{bot="Tidy"} 1');
    expect(text).toContain('process_cpu_user_seconds_total');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('of one process part are not those of another', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.runs.inc({ bot: 'Tidy', status: 'done' });
    expect(await other.text()).not.toContain('octo_bots_runs_total{');
  });
});
