import type { TSchema } from 'typebox';
import { type CheckContext, nameOf } from './check-context.ts';
import { keyword } from './schema-shape.ts';
import type { VaultSecret } from './source-node.ts';

/** Whether a secret of a vault may stand where it stands; what is in the vault is looked at when it is needed. */
export function checkVaultSecret(schema: TSchema, node: VaultSecret, context: CheckContext): void {
  const { vaults, problems } = context;
  const tagged = `${nameOf(context)} is a secret of a vault (!${node.vault})`;
  const place = node.location;
  if (vaults === undefined) {
    problems.push({
      place,
      arrived: tagged,
      allowed: 'allowed: such a secret among the secrets of credentials',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
      advice: 'Write the value itself, or "${NAME}" for an environment variable.',
    });
  } else if (!vaults.has(node.vault)) {
    problems.push({
      place,
      arrived: `${tagged}, and the main file has no "${node.vault}" under "vaults"`,
      allowed: `allowed: the vaults that are configured (${[...vaults].join(', ') || 'none'})`,
      advice: `Add "${node.vault}:" under "vaults" of the main file.`,
    });
  } else if (keyword(schema, 'x-file') !== undefined) {
    problems.push({
      place,
      arrived: tagged,
      allowed: 'allowed: the path of a file',
      advice: 'Use the key that takes the secret itself, such as private-key instead of private-key-path.',
    });
  } else if (node.value.trim() === '') {
    problems.push({
      place,
      arrived: `${tagged} without its path`,
      allowed: `allowed: "!${node.vault} path/of/variable"`,
      advice: 'Write the path of the secret after the tag.',
    });
  }
}
