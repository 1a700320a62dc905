/** The long form of the chaos suite: `npm run test:chaos -- --minutes 5 --seed 1`. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Breakage } from './broken-build.ts';
import { runChaos } from './chaos.ts';
import { everyFault } from './faults.ts';
import { describeReport, holds } from './report.ts';

const usage = `Kills, stops and repeats what it can, and holds an exact account of the effects on an emulated GitHub.

  --minutes <number>       how long events come in (default: 1)
  --seed <number>          repeats the choices of an earlier run (default: a new one, which is printed)
  --workers <number>       2 or more; the clock of the last one is off (default: 3)
  --rate <number>          events a second (default: 1.5)
  --in-order               the bots of an event run one after another (default: side by side)
  --break ledger|dedupe    breaks a promise on purpose: the account must not hold
  --help                   prints this`;

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly workers: number;
  readonly rate: number;
  readonly parallelBots: boolean;
  readonly broken: Breakage | undefined;
}

const flags = readFlags();
if (flags === undefined) console.log(usage);
else if (typeof flags === 'string') {
  console.error(`${flags}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const started = performance.now();
  const tell = (line: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  console.log(`seed ${flags.seed}`);
  const { minutes, ...rest } = flags;
  const report = await runChaos({ ...rest, durationMs: minutes * 60_000, faults: everyFault, tell });
  console.log(`\n${describeReport(report)}`);
  if (!holds(report)) {
    for (const name of report.lost) console.log(`lost: ${name}`);
    for (const name of report.repeated) console.log(`repeated: ${name}`);
    const log = join(tmpdir(), `octo-bots-chaos-${report.seed}.log`);
    writeFileSync(log, report.output);
    console.log(`What the processes wrote: ${log}`);
    process.exitCode = 1;
  }
}

/** @returns undefined when help is asked for, or what is wrong. */
function readFlags(): Flags | string | undefined {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: String(randomInt(1_000_000)) },
        workers: { type: 'string', default: '3' },
        rate: { type: 'string', default: '1.5' },
        'in-order': { type: 'boolean', default: false },
        break: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const { break: broken } = values;
    if (broken !== undefined && broken !== 'ledger' && broken !== 'dedupe') return '--break takes ledger or dedupe';
    const [minutes, seed, workers, rate] = [values.minutes, values.seed, values.workers, values.rate].map(Number);
    if (!(minutes && minutes > 0 && minutes <= 600)) return '--minutes takes a number above 0, up to 600';
    if (seed === undefined || !Number.isSafeInteger(seed) || seed < 0) return '--seed takes a whole number from 0';
    if (!Number.isInteger(workers) || !workers || workers < 2 || workers > 20) return '--workers takes 2 to 20';
    if (!(rate && rate > 0 && rate <= 50)) return '--rate takes a number above 0, up to 50';
    return { minutes, seed, workers, rate, parallelBots: !values['in-order'], broken };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
