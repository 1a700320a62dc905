import { defineOperation, Options } from '@octo-bots/core';
import { checkedEvents } from '../checked-pull-request.ts';
import { runProgram } from '../run-program.ts';
import { abandonSourceCheck, checkSources, FilesOption, type Findings } from '../source-check.ts';
import { formatFiles, styledFiles, styleFileNames } from './format-files.ts';
import { reportOf } from './format-report.ts';
import { ignoreFileName } from './ignore-file.ts';

/** What people see, and what a branch protection rule may require. */
const checkName = 'clang-format-validation';

export const clangFormatValidator = defineOperation({
  type: 'clang-format-validator',
  summary: 'Fails a check run when C or C++ files of a pull request are not formatted as `.clang-format` says.',
  example: `
clang-format-validator:
  files: all
`,
  events: checkedEvents,
  clients: ['github'],
  programs: ['clang-format', 'git'],
  config: Options({ files: FilesOption() }),
  execute(context) {
    const { config, signal, log } = context;
    return checkSources(context, {
      checkName,
      program: 'clang-format',
      files: config.files,
      reads: (path) => [...styleFileNames, ignoreFileName].includes(path.slice(path.lastIndexOf('/') + 1)),
      async inspect({ checkout, paths }): Promise<Findings> {
        const version = await versionOf(checkout.work, signal);
        const styled = await styledFiles(checkout, paths, signal);
        if (styled.length === 0) return hasStyle(checkout.all) ? allIgnored : withoutStyle;
        const report = reportOf(await formatFiles(checkout, styled, { signal }), { checked: styled.length, version });
        for (const { path, diff } of report.notShown)
          log.info({ path, diff: diff.slice(0, 1_000_000) }, 'a diff that the check run does not show');
        return report;
      },
    });
  },
  abandon: (context) => abandonSourceCheck(context, checkName),
});

async function versionOf(cwd: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await runProgram({ program: 'clang-format', args: ['--version'], cwd, signal });
  return stdout.toString('utf8').trim().slice(0, 100);
}

function hasStyle(paths: readonly string[]): boolean {
  return paths.some((path) => styleFileNames.includes(path.slice(path.lastIndexOf('/') + 1)));
}

const withoutStyle: Findings = {
  conclusion: {
    conclusion: 'neutral',
    title: 'No .clang-format file',
    summary:
      'This repository has no `.clang-format`, so there is no style to check. Make one, for example with ' +
      '`clang-format --style=LLVM --dump-config > .clang-format`, and commit it.',
  },
  summary: 'the repository has no .clang-format',
};

const allIgnored: Findings = {
  conclusion: {
    conclusion: 'success',
    title: 'No C or C++ file to check',
    summary:
      'Every C or C++ file is named by `.clang-format-ignore`, or has no `.clang-format` in its folder or above.',
  },
  summary: 'every C or C++ file is ignored or has no .clang-format above it',
};
