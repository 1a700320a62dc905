import { dirname, resolve } from 'node:path';
import type { SourceLocation } from '@octo-bots/core';
import type { StaticDecode, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { adviceFor } from './advice.ts';
import { type CheckContext, contextOfKey, nameOf } from './check-context.ts';
import { fileFault, pastedFault, privateKeyFault } from './file-content.ts';
import { allOf, type ConfigProblem } from './problem.ts';
import { isExtension, isSecret, keyword, kindsOf, type Shape, shapeOf } from './schema-shape.ts';
import { entryOf, isVaultSecret, type MapNode, plainValue, type SourceNode, vaultSecretsIn } from './source-node.ts';
import { didYouMean, suggestion } from './suggestion.ts';
import { checkUnion } from './union.ts';
import { checkVaultSecret } from './vault-secret.ts';
import { describe, expectation, quoted } from './wording.ts';

/**
 * Checks a YAML value against a schema: one problem for each mistake, at its own place.
 * @returns decoded and with defaults filled in, paths of files absolute; undefined when it added problems, or when a vault keeps a
 *   part of it.
 */
export function check<Schema extends TSchema>(
  schema: Schema,
  node: SourceNode,
  context: CheckContext,
): StaticDecode<Schema> | undefined {
  const before = context.problems.length;
  const value = checkNode(schema, node, context);
  // Secrets that a vault keeps are not there yet: fetchSecrets checks and decodes when they are.
  if (context.problems.length > before || vaultSecretsIn(node).length > 0) return undefined;
  return Value.Decode(schema, Value.Default(schema, value));
}

/** @returns the value as the schema takes it, encoded and without defaults. */
function checkNode(schema: TSchema, written: SourceNode, context: CheckContext): unknown {
  const node = meantBy(written, schema);
  const here = isSecret(schema) && context.quote ? { ...context, quote: false } : context;
  if (isVaultSecret(node)) {
    checkVaultSecret(schema, node, here);
    return node.value;
  }
  const before = here.problems.length;
  const value = walk(shapeOf(schema), schema, node, here);
  if (here.problems.length === before && vaultSecretsIn(node).length === 0) checkWhole(schema, value, node, here);
  return value;
}

/** A variable of the environment is a text. It counts as a number, or as true or false, where only such a value may stand. */
function meantBy(node: SourceNode, schema: TSchema): SourceNode {
  if (node.kind !== 'scalar' || !node.fromEnvironment || typeof node.value !== 'string') return node;
  const kinds = kindsOf(schema);
  if (kinds.has('text')) return node;
  const text = node.value.trim();
  if (kinds.has('boolean') && (text === 'true' || text === 'false')) return { ...node, value: text === 'true' };
  const number = Number(text);
  return kinds.has('number') && text !== '' && Number.isFinite(number) ? { ...node, value: number } : node;
}

function walk(shape: Shape, schema: TSchema, node: SourceNode, context: CheckContext): unknown {
  if (isExtension(schema) && context.nestedFilter) {
    const about = keyword(schema, 'x-about') === 'repository' ? 'repository' : 'event';
    return context.nestedFilter(node, { about, listed: context.item === true, problems: context.problems });
  }
  switch (shape.kind) {
    case 'union':
      return checkUnion(schema, shape.branches, node, context, (branch, trial) =>
        checkNode(branch, node, { ...context, ...trial }),
      );
    case 'map':
      return node.kind === 'map' ? checkMap(shape, node, context) : plainValue(node);
    case 'list':
      if (node.kind !== 'list') return plainValue(node);
      return node.items.map((item) => checkNode(shape.items, item, { ...context, item: true }));
    case 'leaf':
      return checkLeaf(schema, node, context);
  }
}

function checkMap(shape: Extract<Shape, { kind: 'map' }>, node: MapNode, context: CheckContext): unknown {
  const known = [...Object.keys(shape.properties), ...(context.otherKeys ?? [])];
  const meant = new Set<string>();
  const values: [string, unknown][] = [];
  for (const { key, keyLocation, value } of node.entries) {
    const schema = Object.hasOwn(shape.properties, key) ? shape.properties[key] : shape.others;
    if (schema) {
      values.push([key, checkNode(schema, value, contextOfKey(context, key))]);
      continue;
    }
    context.problems.push(unknownKey(key, keyLocation, known, context));
    const likely = suggestion(key, known);
    if (likely !== undefined) meant.add(likely);
  }
  for (const key of shape.required) {
    const schema = shape.properties[key];
    // A key that is there but misspelt has been reported already.
    if (!schema || entryOf(node, key) || meant.has(key) || keyword(schema, 'default') !== undefined) continue;
    context.problems.push(missingKey(key, schema, node.location, context));
  }
  return Object.fromEntries(values);
}

function unknownKey(
  key: string,
  place: SourceLocation,
  known: readonly string[],
  context: CheckContext,
): ConfigProblem {
  if (context.otherWays?.includes(key)) {
    return {
      place,
      arrived: `"${key}" does not go with the other keys of ${nameOf(context)}`,
      allowed: `allowed beside them: ${known.join(', ')}`,
      advice: 'Remove it, or remove the others.',
    };
  }
  const sayable = context.quote || suggestion(key, known) !== undefined;
  return {
    place,
    arrived: `unknown key ${sayable ? `${quoted(key)} ` : ''}in ${nameOf(context)}`,
    allowed: known.length === 0 ? 'known: none' : `known: ${known.join(', ')}`,
    advice: didYouMean(key, known, 'Remove it.'),
  };
}

function missingKey(key: string, schema: TSchema, place: SourceLocation, context: CheckContext): ConfigProblem {
  const expected = expectation(schema);
  return {
    place,
    arrived: `${nameOf(context)} has no "${key}"`,
    allowed: `needed: ${expected === '' ? 'a value' : expected}`,
    advice: `Add "${key}: …".`,
  };
}

function checkLeaf(schema: TSchema, node: SourceNode, context: CheckContext): unknown {
  const value = plainValue(node);
  if (typeof value !== 'string') return value;
  const contains = keyword(schema, 'x-file');
  if (typeof contains === 'string' && value !== '') {
    const file = resolve(dirname(node.location.file), value);
    const fault = pastedFault(value, nameOf(context)) ?? fileFault(file, contains, nameOf(context));
    if (fault) context.problems.push({ place: node.location, ...fault });
    return file;
  }
  // One line with \n in it is how a key comes out of an environment variable.
  if (keyword(schema, 'x-pem') === 'private-key' && value !== '') {
    const fault = privateKeyFault(value.replaceAll('\\n', '\n'), nameOf(context));
    const advice = 'Paste the whole key after "|", each line indented, from -----BEGIN to -----END.';
    if (fault) context.problems.push({ place: node.location, ...fault, advice });
  }
  return value;
}

/** TypeBox has the last word over what the walk found no fault with. */
function checkWhole(schema: TSchema, value: unknown, node: SourceNode, context: CheckContext): void {
  // `Default` fills its argument in, so it gets a copy; built filters among the options hold functions.
  const [error] = Value.Errors(schema, Value.Default(schema, Value.Clone(value)));
  if (!error) return;
  const reason = error.keyword === '~refine' ? error.message : expectation(schema);
  const name = nameOf(context);
  // No key is unknown here, so none can be a secret.
  const keys = node.kind === 'map' && kindsOf(schema).has('map') ? node.entries.map(({ key }) => key) : [];
  context.problems.push({
    place: node.location,
    arrived: keys.length > 0 ? `${name} has the keys ${allOf(keys)}` : `${name} is ${describe(node, context.quote)}`,
    allowed: `allowed: ${reason === '' ? error.message : reason}`,
    advice: adviceFor(schema, node, context.quote),
  });
}
