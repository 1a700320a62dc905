import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { runProcess } from '../process.ts';
import type { Service } from '../service.ts';

/** For tests: a process with one service that goes wrong in the way that its argument names. */

const [way] = process.argv.slice(2);
const never = () => new Promise<never>(() => {});
const log = createLogger({ name: 'test', level: 'debug' });

const service: Service = {
  name: 'fragile',
  routes: (app) => {
    app.get('/throw', async () => {
      setImmediate(() => {
        throw new Error('nobody caught this');
      });
    });
    app.get('/reject', async () => {
      void Promise.reject(new Error('nobody caught this'));
    });
  },
  start: async () => {
    if (way !== 'signal-while-starting') return;
    const arrived = new Promise((resolve) => process.once('SIGTERM', resolve));
    process.kill(process.pid, 'SIGTERM');
    await arrived;
  },
  stop: async () => {
    if (way === 'stuck') await never();
  },
  ready: async () => ({ ok: true, detail: 'fine' }),
};

await runProcess({
  services: [service],
  listen: { host: '127.0.0.1', port: 0, tls: { kind: 'off' } },
  log,
  metrics: createMetrics(),
  shutdownMs: 100,
});
