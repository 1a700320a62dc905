import { ensurePrograms } from '@octo-bots/testing';

/**
 * Before the first test: git, clang-format and cppcheck, which operations run. Where they can be had only by hand, the tests
 * that need them fail with these words, and the others still run.
 */
export default async function ensureOperationPrograms(): Promise<void> {
  await ensurePrograms().catch((error: Error) => console.error(`\n${error.message}\n`));
}
