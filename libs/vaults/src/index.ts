import { defineRegistry, type VaultDeclaration } from '@octo-bots/core';
import { conjur } from './conjur/conjur.ts';

/** Every vault that `vaults:` may name. */
export const vaults: readonly VaultDeclaration[] = defineRegistry([conjur]);
