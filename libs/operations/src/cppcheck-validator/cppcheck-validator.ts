import { Duration, defineOperation, OctoError, Options } from '@octo-bots/core';
import { Type } from 'typebox';
import { isIncludable } from '../c-files.ts';
import { checkedEvents } from '../checked-pull-request.ts';
import { ProgramLimitError, runProgram } from '../run-program.ts';
import { abandonSourceCheck, checkSources, FilesOption } from '../source-check.ts';
import { type Finding, findingsOf, severities } from './cppcheck-output.ts';
import { mostAnnotations, reportOf } from './cppcheck-report.ts';
import { keepInclusionsInside } from './inclusions.ts';

/** What people see, and what a branch protection rule may require. */
const checkName = 'cppcheck';
/** Of the names of files in one command: well below what an operating system takes. */
const longestArguments = 64 * 1024;

/** They say that headers of the system are not there, which is so for every pull request. */
const suppressed = [
  'missingInclude',
  'missingIncludeSystem',
  'unmatchedSuppression',
  'noValidConfiguration',
  'checkersReport',
];

export const cppcheckValidator = defineOperation({
  type: 'cppcheck-validator',
  summary: 'Lets cppcheck look at the C and C++ files of a pull request, and shows what it finds as a check run.',
  example: `
cppcheck-validator:
  files: changed
  enable: [warning, style, performance, portability]
  fail-on: warning
`,
  events: checkedEvents,
  clients: ['github'],
  programs: ['cppcheck', 'git'],
  config: Options({
    files: FilesOption(),
    enable: Type.Array(
      Type.Union([
        Type.Literal('warning'),
        Type.Literal('performance'),
        Type.Literal('portability'),
        Type.Literal('style'),
        Type.Literal('information'),
      ]),
      {
        default: ['warning', 'performance', 'portability'],
        description: 'What cppcheck looks for besides errors, which it always looks for.',
      },
    ),
    'fail-on': Type.Union(
      [Type.Literal('error'), Type.Literal('warning'), Type.Literal('any'), Type.Literal('never')],
      {
        default: 'error',
        description:
          'What fails the check run: errors; `warning`: warnings too; `any`: performance, portability and style too; `never`: nothing.',
      },
    ),
    'time-limit': Duration({
      default: '10 minutes',
      description: 'How long cppcheck may take; it must be shorter than the `queue.timeout` of the bot.',
    }),
  }),
  execute(context) {
    const { config, signal, log } = context;
    return checkSources(context, {
      checkName,
      program: 'cppcheck',
      files: config.files,
      reads: isIncludable,
      // It drops quotes and takes a backslash for a slash, and then says nothing of a file that it does not find.
      refuses: (path) =>
        /["\\]/.test(path) ? 'has a name with a quote or a backslash, which cppcheck cannot take' : undefined,
      async inspect({ checkout, paths }) {
        const { root: cwd } = checkout;
        await keepInclusionsInside(checkout, signal);
        const version = await runProgram({ program: 'cppcheck', args: ['--version'], cwd, signal });
        const findings = await cppcheck({ cwd, paths, enable: config.enable, timeMs: config['time-limit'], signal });
        const shown = findings.filter((finding) => mayBeShown(finding, new Set(paths), checkout.files)).sort(byWeight);
        const rest = shown.slice(mostAnnotations);
        if (rest.length > 0) log.info({ findings: rest.slice(0, 10_000) }, 'findings that have no annotation');
        return reportOf(shown, {
          checked: paths.length,
          failOn: config['fail-on'],
          version: version.stdout.toString('utf8').trim().slice(0, 100),
        });
      },
    });
  },
  abandon: (context) => abandonSourceCheck(context, checkName),
});

async function cppcheck(input: {
  cwd: string;
  paths: readonly string[];
  enable: readonly string[];
  timeMs: number;
  signal: AbortSignal;
}): Promise<Finding[]> {
  const { cwd, paths, enable, timeMs, signal } = input;
  const endAt = performance.now() + timeMs;
  const options = [
    '--xml',
    '--xml-version=2',
    '--quiet',
    '--inline-suppr',
    ...(enable.length > 0 ? [`--enable=${enable.join(',')}`] : []),
    ...suppressed.map((id) => `--suppress=${id}`),
  ];
  const findings: Finding[] = [];
  for (const batch of inBatches(paths)) {
    const limits = { timeMs: Math.max(1, endAt - performance.now()), outputBytes: 16 * 1024 * 1024 };
    // With "./" no name of a file is an option. The result comes on stderr.
    const args = [...options, ...batch.map((path) => `./${path}`)];
    const { code, stdout, stderr } = await runProgram({ program: 'cppcheck', args, cwd, signal, limits });
    if (code === undefined) throw new ProgramLimitError('cppcheck', 'took too much memory, or crashed');
    if (code !== 0) {
      const said = stdout.toString('utf8').trim().slice(0, 300);
      throw new OctoError('PROGRAM_FAILED', `cppcheck ended with exit code ${code}: ${said}`, { retryable: false });
    }
    findings.push(...findingsOf(stderr));
  }
  return findings;
}

/** Only what is in the files to report on; and should a source have included another file of this machine, nothing about it. */
function mayBeShown({ locations }: Finding, asked: ReadonlySet<string>, ofCommit: ReadonlySet<string>): boolean {
  return asked.has(locations[0].path) && locations.every(({ path }) => ofCommit.has(path));
}

/** The worst first, as not all may find room; then by place, so that it is the same in each attempt. */
function byWeight(a: Finding, b: Finding): number {
  const weight = ({ severity }: Finding) => severities.indexOf(severity);
  const [one, other] = [a.locations[0], b.locations[0]];
  if (weight(a) !== weight(b)) return weight(a) - weight(b);
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line || (a.id < b.id ? -1 : 1);
}

function* inBatches(paths: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let length = 0;
  for (const path of paths) {
    const more = Buffer.byteLength(path) + 3;
    if (batch.length > 0 && length + more > longestArguments) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(path);
    length += more;
  }
  if (batch.length > 0) yield batch;
}
