import { type Log, OctoError, type Vault } from '@octo-bots/core';
import type { TSchema } from 'typebox';
import { check } from './check.ts';
import type { ExtensionIndex } from './extensions.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import { mapScalars, plainValue, type ScalarNode, type SourceNode } from './source-node.ts';
import { didYouMean } from './suggestion.ts';
import { describe, quoted } from './wording.ts';

/** Reads `vaults:` of the main file: one block for each vault. None of them is asked anything yet. */
export function readVaults(
  node: SourceNode | undefined,
  { problems, extensions, log }: { problems: ConfigProblem[]; extensions: ExtensionIndex; log: Log },
): ReadonlyMap<string, Vault> {
  const vaults = new Map<string, Vault>();
  if (node === undefined) return vaults;
  const known = [...extensions.vaults.keys()];
  if (node.kind !== 'map') {
    problems.push({
      place: node.location,
      arrived: `"vaults" is ${describe(node, false)}`,
      allowed: `allowed: a map with one block for each vault; known: ${known.join(', ')}`,
      advice: 'Write "conjur:", and its keys indented below it.',
    });
    return vaults;
  }
  for (const { key, keyLocation, value } of node.entries) {
    const declaration = extensions.vaults.get(key);
    if (!declaration) {
      problems.push({
        place: keyLocation,
        arrived: `unknown vault ${quoted(key)}`,
        allowed: `known: ${known.join(', ')}`,
        advice: didYouMean(key, known, 'Use one of these, or remove the block.'),
      });
      continue;
    }
    const before = problems.length;
    const config = check(declaration.config, value, { problems, subject: `"${key}"`, quote: true });
    if (problems.length === before) vaults.set(key, declaration.create({ config, log }));
  }
  return vaults;
}

/**
 * Puts the secrets in, as they are now, and checks the whole as if they had stood in the file.
 * @returns decoded by `schema`.
 * @throws OctoError what the vault threw; SECRET_REFUSED when a secret is not what is needed where it stands, without showing it.
 */
export async function fetchSecrets(
  schema: TSchema,
  node: SourceNode,
  { vaults, subject }: { vaults: ReadonlyMap<string, Vault>; subject: string },
): Promise<unknown> {
  const whole = withoutDoubles(await mapScalars(node, (scalar) => fetchSecret(scalar, vaults)));
  const problems: ConfigProblem[] = [];
  const secrets = check(schema, whole, { problems, subject, quote: false });
  if (problems.length === 0) return secrets;
  const found = problems.map((problem) => formatProblem(problem, { cwd: process.cwd() }));
  throw new OctoError('SECRET_REFUSED', `what a vault gave does not fit where it stands: ${found.join('; ')}`);
}

/**
 * Each item of a list once: while a secret is rotated, two variables of a vault may hold the same one for a while, and that is no
 * reason to accept none.
 */
function withoutDoubles(node: SourceNode): SourceNode {
  if (node.kind === 'map') {
    return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: withoutDoubles(entry.value) })) };
  }
  if (node.kind !== 'list') return node;
  const once = new Map(node.items.toReversed().map((item) => [plainValue(item), item]));
  return { ...node, items: [...once.values()].toReversed() };
}

async function fetchSecret(
  { vault: type, value, location, ...rest }: ScalarNode,
  vaults: ReadonlyMap<string, Vault>,
): Promise<ScalarNode> {
  const vault = type === undefined ? undefined : vaults.get(type);
  if (vault === undefined) return { ...rest, value, location };
  const secret = await vault.read(String(value).trim());
  // Who writes a secret into a vault from a file often writes the end of its line too.
  return { kind: 'scalar', value: secret.replace(/\r?\n$/, ''), location, fromEnvironment: true };
}
