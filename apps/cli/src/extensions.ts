import { checkmarxCredentials } from '@octo-bots/checkmarx';
import type { Extensions } from '@octo-bots/config';
import { filters } from '@octo-bots/filters';
import { githubAppCredentials } from '@octo-bots/github';
import { operations } from '@octo-bots/operations';
import { vaults } from '@octo-bots/vaults';

/** Everything that YAML may name. A wrapping script may give a longer list to `createOctoBots`. */
export const extensions: Extensions = {
  filters,
  operations,
  credentials: [githubAppCredentials, checkmarxCredentials],
  vaults,
};
