import { installWithApt } from './apt.ts';
import { findExecutable } from './executable.ts';

/** The programs that operations run, by their Debian packages. */
export const operationPrograms = ['git', 'clang-format', 'cppcheck'] as const;

/** Programs whose Debian package has another name. */
const packages: Readonly<Record<string, string>> = { 'systemd-analyze': 'systemd' };

/**
 * Sees to it that this machine has these programs: installs what is missing where that asks no questions.
 * @throws Error that tells a person what to do, when there is no way.
 */
export async function ensurePrograms(programs: readonly string[] = operationPrograms): Promise<void> {
  const missing = await missingOf(programs);
  if (missing.length === 0) return;
  const why = await installWithApt(missing.map((program) => packages[program] ?? program));
  const still = await missingOf(programs);
  if (still.length === 0) return;
  throw new Error(
    [
      `these tests run programs that this machine lacks: ${still.join(', ')}`,
      `  apt-get: ${why ?? 'installed its packages, and the programs are still not on the PATH'}`,
      `Install them: Debian, Ubuntu: sudo apt-get install ${still.join(' ')}; macOS: brew install ${still.join(' ')}.`,
    ].join('\n'),
  );
}

async function missingOf(programs: readonly string[]): Promise<string[]> {
  const paths = await Promise.all(programs.map((program) => findExecutable(program)));
  return programs.filter((_, index) => paths[index] === undefined);
}
