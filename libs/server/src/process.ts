import { type Logger, logKey } from '@octo-bots/telemetry';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';

/**
 * The life of a whole process: `startServer`, and what the operating system and mistakes do to it.
 *
 * SIGTERM or SIGINT → stop in good order (once started), exit 0; 1 when something was cut off. A second signal → exit 1
 * at once. An error that nobody caught → logged as fatal, exit 1.
 */
export async function runProcess(options: ServerOptions): Promise<RunningServer> {
  const { log } = options;
  exitOnUncaughtErrors(log);
  let server: RunningServer | undefined;
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    log.info({ [logKey.signal]: signal }, 'signal received');
    if (signals > 1) {
      log.warn({ [logKey.signal]: signal }, 'second signal: exiting at once');
      process.exit(1);
    }
    void server?.stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  server = await startServer(options);
  void server.stopped.then((clean) => process.exit(clean ? 0 : 1));
  // It came while the services were starting.
  if (signals > 0) void server.stop();
  return server;
}

function exitOnUncaughtErrors(log: Logger): void {
  process.on('uncaughtException', (err) => {
    log.fatal({ [logKey.err]: err }, 'uncaught exception');
    process.exit(1);
  });
  process.on('unhandledRejection', (err) => {
    log.fatal({ [logKey.err]: err }, 'unhandled rejection');
    process.exit(1);
  });
}
