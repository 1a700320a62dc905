import type { TSchema } from 'typebox';
import type { SourceNode } from './source-node.ts';

/** What a check walks into. Whatever is none of the first three is a leaf, and TypeBox alone decides over it. */
export type Shape =
  | {
      readonly kind: 'map';
      readonly properties: Readonly<Record<string, TSchema>>;
      readonly required: readonly string[];
      /** The schema of every key that `properties` does not name; undefined: such keys are mistakes. */
      readonly others: TSchema | undefined;
    }
  | { readonly kind: 'list'; readonly items: TSchema }
  | { readonly kind: 'union'; readonly branches: readonly TSchema[] }
  | { readonly kind: 'leaf' };

export function shapeOf(schema: TSchema): Shape {
  const branches = keyword(schema, 'anyOf');
  if (Array.isArray(branches)) return { kind: 'union', branches: branches.filter(isSchema) };
  const items = keyword(schema, 'items');
  if (keyword(schema, 'type') === 'array' && isSchema(items)) return { kind: 'list', items };
  if (keyword(schema, 'type') !== 'object') return { kind: 'leaf' };
  const required = keyword(schema, 'required');
  return {
    kind: 'map',
    properties: schemasIn(keyword(schema, 'properties')),
    required: Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [],
    others: othersOf(schema),
  };
}

function othersOf(schema: TSchema): TSchema | undefined {
  const [pattern] = Object.values(schemasIn(keyword(schema, 'patternProperties')));
  if (pattern) return pattern;
  const additional = keyword(schema, 'additionalProperties');
  if (additional === false) return undefined;
  return isSchema(additional) ? additional : {};
}

/** The keys of a map schema, or of all the map schemas of a union. */
export function keysOf(schema: TSchema): readonly string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'map') return Object.keys(shape.properties);
  return shape.kind === 'union' ? [...new Set(shape.branches.flatMap(keysOf))] : [];
}

/** The values of a literal, of an enum, or of a union of literals; undefined for any other schema. */
export function literalsOf(schema: TSchema): readonly unknown[] | undefined {
  const constant = keyword(schema, 'const');
  if (constant !== undefined) return [constant];
  const values = keyword(schema, 'enum');
  if (Array.isArray(values)) return values;
  const shape = shapeOf(schema);
  if (shape.kind !== 'union') return undefined;
  const parts = shape.branches.map(literalsOf);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

export function isSecret(schema: TSchema): boolean {
  const shape = shapeOf(schema);
  return keyword(schema, 'x-secret') === true || (shape.kind === 'union' && shape.branches.some(isSecret));
}

/** Is this where an extension of its own stands, checked by its own schema? */
export function isExtension(schema: TSchema): boolean {
  return keyword(schema, 'x-extension') !== undefined;
}

/** Which kinds of YAML value a schema allows at all: map, list, text, number, boolean. */
export function kindsOf(schema: TSchema): ReadonlySet<string> {
  if (isExtension(schema)) return new Set(['map', 'text']);
  const shape = shapeOf(schema);
  if (shape.kind === 'union') return new Set(shape.branches.flatMap((branch) => [...kindsOf(branch)]));
  if (shape.kind !== 'leaf') return new Set([shape.kind]);
  const literals = literalsOf(schema);
  if (literals) return new Set(literals.map((literal) => kindOfScalar(literal)));
  const type = keyword(schema, 'type');
  if (type === 'string') return new Set(['text']);
  if (type === 'integer') return new Set(['number']);
  return new Set(typeof type === 'string' ? [type] : []);
}

/** The kind of a node, in the words of `kindsOf`. */
export function kindOf(node: SourceNode): string {
  return node.kind === 'scalar' ? kindOfScalar(node.value) : node.kind;
}

function kindOfScalar(value: unknown): string {
  if (value === null) return 'empty';
  return typeof value === 'string' ? 'text' : typeof value;
}

/** @returns a keyword of the schema, ours (`x-…`) or JSON Schema's. */
export function keyword(schema: TSchema, name: string): unknown {
  return Reflect.get(schema, name);
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null;
}

function schemasIn(value: unknown): Readonly<Record<string, TSchema>> {
  if (!isSchema(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, TSchema] => isSchema(entry[1])));
}
