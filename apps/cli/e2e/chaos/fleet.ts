import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from '@octo-bots/testing';
import type { Breakage } from './broken-build.ts';

const script = fileURLToPath(new URL('./process.ts', import.meta.url));
const skewedClock = new URL('./skewed-clock.ts', import.meta.url).href;
const brokenBuild = new URL('./broken-build.ts', import.meta.url).href;

export interface MemberOptions {
  readonly role: 'ingress' | 'worker';
  readonly config: string;
  readonly redisUrl: string;
  /** How far its clock is off; 0 when it is right. */
  readonly clockOffsetMs?: number;
  readonly broken?: Breakage | undefined;
}

/** A process that is started again whenever it was killed, as a supervisor does. */
export class Member implements AsyncDisposable {
  readonly #options: MemberOptions;
  #process: TestProcess | undefined;
  #kills = 0;
  #earlierOutput = '';

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  get kills(): number {
    return this.#kills;
  }

  get url(): string | undefined {
    return this.#process?.url;
  }

  /** Everything that it wrote in all its lives. */
  get output(): string {
    return this.#earlierOutput + (this.#process?.output() ?? '');
  }

  async start(): Promise<void> {
    const { role, config, redisUrl, clockOffsetMs = 0, broken } = this.#options;
    const imports = [...(clockOffsetMs === 0 ? [] : [skewedClock]), ...(broken === undefined ? [] : [brokenBuild])];
    this.#process = await startProcess({
      script,
      args: [role, config, redisUrl],
      env: {
        NODE_OPTIONS: imports.map((url) => `--import=${url}`).join(' '),
        CHAOS_CLOCK_OFFSET_MS: String(clockOffsetMs),
        CHAOS_BREAK: broken ?? '',
      },
    });
  }

  /** Ends it by SIGKILL and waits until it is gone. */
  async kill(): Promise<void> {
    const killed = this.#process;
    if (killed === undefined) return;
    killed.kill('SIGKILL');
    await killed.exited;
    this.#kills += 1;
    this.#earlierOutput += killed.output();
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
