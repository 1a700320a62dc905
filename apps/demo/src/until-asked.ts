import { once } from 'node:events';

/** Waits for Ctrl-C or SIGTERM. A server socket of ours keeps the process up; disposing ends the rest. */
export async function untilAsked(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
