import { fileURLToPath } from 'node:url';

/** The image of a Valkey server for tests, which `docker build` makes of `context`. */
export const valkeyImage = {
  name: 'octo-bots-test-valkey',
  context: fileURLToPath(new URL('../valkey', import.meta.url)),
} as const;
