import type { Credentials, CredentialsDeclaration, Log, Vault } from '@octo-bots/core';
import type { TSchema } from 'typebox';
import { check } from './check.ts';
import type { ExtensionIndex } from './extensions.ts';
import { type Reading, readNamedFile } from './loading.ts';
import { keysOf } from './schema-shape.ts';
import { entryOf, type MapEntry, type MapNode, pickEntries, type SourceNode, vaultSecretsIn } from './source-node.ts';
import { didYouMean, suggestion } from './suggestion.ts';
import { fetchSecrets } from './vaults.ts';
import { describe, quoted } from './wording.ts';

export interface ReadCredentials {
  readonly credentials: readonly Credentials[];
  /** Types of the clients that they make, or would if it were not for their own mistakes; undefined: cannot be told. */
  readonly clientTypes: ReadonlySet<string> | undefined;
}

type Context = Reading & {
  readonly extensions: ExtensionIndex;
  readonly configuredVaults: ReadonlyMap<string, Vault>;
  readonly log: Log;
};

/** Reads `credentials:` of the main file: one block for each kind of client. */
export function readCredentials(node: SourceNode, context: Context): ReadCredentials {
  const { problems, extensions } = context;
  const known = [...extensions.credentials.keys()];
  if (node.kind !== 'map' || node.entries.length === 0) {
    problems.push({
      place: node.location,
      arrived: `"credentials" is ${describe(node, false)}`,
      allowed: `allowed: a map with one block for each kind of client; known: ${known.join(', ')}`,
      advice: 'Add a block: without one no webhook can be verified.',
    });
    return { credentials: [], clientTypes: undefined };
  }
  const credentials: Credentials[] = [];
  const blocks = new Map<string, MapEntry>();
  let complete = true;
  for (const entry of node.entries) {
    const declaration = extensions.credentials.get(entry.key);
    if (!declaration) {
      complete = false;
      problems.push({
        place: entry.keyLocation,
        arrived: `unknown credentials ${quoted(entry.key)}`,
        allowed: `known: ${known.join(', ')}`,
        advice: didYouMean(entry.key, known, 'Use one of these, or remove the block.'),
      });
      continue;
    }
    reportSecondOfClient(declaration, entry, blocks, context);
    const made = readBlock(declaration, entry, context);
    if (made) credentials.push(made);
  }
  return { credentials, clientTypes: complete ? new Set(blocks.keys()) : undefined };
}

function reportSecondOfClient(
  { clientType }: CredentialsDeclaration,
  entry: MapEntry,
  blocks: Map<string, MapEntry>,
  { problems }: Context,
): void {
  const first = blocks.get(clientType);
  if (!first) {
    blocks.set(clientType, entry);
    return;
  }
  problems.push({
    place: entry.keyLocation,
    arrived: `"${entry.key}" makes the client "${clientType}", and so does "${first.key}"`,
    related: { label: 'at', place: first.keyLocation },
    allowed: 'allowed: one block for each client',
    advice: 'Remove one of them.',
  });
}

function readBlock(declaration: CredentialsDeclaration, entry: MapEntry, context: Context): Credentials | undefined {
  const { problems } = context;
  const block = entry.value;
  const subject = `"${entry.key}"`;
  const configKeys = keysOf(declaration.config);
  const secretKeys = keysOf(declaration.secrets).filter((key) => !configKeys.includes(key));
  if (block.kind !== 'map') {
    problems.push({
      place: block.location,
      arrived: `${subject} is ${describe(block, false)}`,
      allowed: `allowed: a map with the keys ${[...configKeys, declaration.fileKey, ...secretKeys].join(', ')}`,
      advice: 'Write one line "key: value" for each key, indented.',
    });
    return undefined;
  }
  const before = problems.length;
  const otherKeys = [declaration.fileKey, ...secretKeys];
  const config = check(
    declaration.config,
    pickEntries(block, (key) => !otherKeys.includes(key)),
    { problems, subject, quote: true, otherKeys },
  );
  const secrets = readSecrets(declaration, block, secretKeys, subject, context);
  return problems.length === before ? declaration.create({ config, secrets, log: context.log }) : undefined;
}

/** The secrets stand in a file of their own, or in the block itself. */
function readSecrets(
  { fileKey, secrets }: CredentialsDeclaration,
  block: MapNode,
  secretKeys: readonly string[],
  subject: string,
  context: Context,
): unknown {
  const { problems } = context;
  const file = entryOf(block, fileKey);
  const inline = pickEntries(block, (key) => secretKeys.includes(key));
  const [firstInline] = inline.entries;
  if (file && firstInline) {
    problems.push({
      place: firstInline.keyLocation,
      arrived: `"${firstInline.key}" stands beside "${fileKey}"`,
      related: { label: 'at', place: file.keyLocation },
      allowed: 'allowed: the secrets in one place, the file or this block',
      advice: 'Remove the one or the other.',
    });
    return undefined;
  }
  if (file) {
    const root = readNamedFile(file.value, `"${fileKey}"`, context);
    return root && secretsIn(secrets, root, `the file of ${subject}`, context);
  }
  if (firstInline) return secretsIn(secrets, inline, subject, context);
  const misspelt = block.entries.some(({ key }) => suggestion(key, [fileKey, ...secretKeys]) !== undefined);
  if (!misspelt) {
    problems.push({
      place: block.location,
      arrived: `${subject} has no secrets`,
      allowed: `needed: "${fileKey}", or the keys ${secretKeys.join(', ')}`,
      advice: `Add "${fileKey}: …" with the path of the file that holds them.`,
    });
  }
  return undefined;
}

/** @returns the secrets, or what fetches them when a vault keeps some; undefined when there are problems. */
function secretsIn(schema: TSchema, node: SourceNode, subject: string, context: Context): unknown {
  const { problems, configuredVaults: vaults } = context;
  const before = problems.length;
  const given = check(schema, node, { problems, subject, quote: false, vaults: new Set(vaults.keys()) });
  if (problems.length > before || vaultSecretsIn(node).length === 0) return given;
  return () => fetchSecrets(schema, node, { vaults, subject });
}
