import { durationExpectation } from '@octo-bots/core';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { keyword, kindsOf, literalsOf, shapeOf } from './schema-shape.ts';
import type { SourceNode } from './source-node.ts';
import { didYouMean } from './suggestion.ts';

/** @returns what to do about a value that its schema does not allow: one sentence. */
export function adviceFor(schema: TSchema, node: SourceNode, quote: boolean): string {
  const wanted = kindsOf(schema);
  if (node.kind === 'scalar') {
    if (node.value === null) return adviceForNothing(schema, wanted);
    if (wanted.has('list') && !wanted.has('text')) return 'Write a list: one line "- …" for each item.';
    if (wanted.size === 1 && wanted.has('map')) return 'Write a map: one line "key: value" for each key.';
    return typeof node.value === 'string'
      ? adviceForText(schema, node.value, wanted, quote)
      : adviceForNumber(schema, node.value, wanted, quote);
  }
  if (node.kind === 'list' && wanted.has('list')) return node.items.length === 0 ? 'Add an item.' : 'Change the list.';
  if (node.kind === 'list' && wanted.has('map')) return 'Remove the "- ": write one line "key: value" for each key.';
  if (node.kind === 'map' && wanted.has('list')) return 'Write a list: one line "- …" for each item.';
  if (node.kind === 'map' && wanted.has('map')) return 'Change its keys.';
  return genericAdvice(schema, wanted);
}

function adviceForNothing(schema: TSchema, wanted: ReadonlySet<string>): string {
  const few = keyword(schema, 'minItems') === undefined;
  if (wanted.size === 1 && wanted.has('list')) return `Write a list below it${few ? ', or "[]"' : ''}.`;
  if (wanted.size === 1 && wanted.has('map')) return 'Write a map below it, or remove the key.';
  return 'Write a value there.';
}

function adviceForText(schema: TSchema, value: string, wanted: ReadonlySet<string>, quote: boolean): string {
  if (value === '') return 'Fill it in.';
  if (wanted.has('boolean') && /^(yes|on|true)$/i.test(value)) return 'Write true.';
  if (wanted.has('boolean') && /^(no|off|false)$/i.test(value)) return 'Write false.';
  if (quote && wanted.has('number') && Value.Check(schema, Number(value))) return `Write it without quotes: ${value}.`;
  const literals = literalsWithin(schema);
  return quote && literals.length > 0
    ? didYouMean(value, literals, genericAdvice(schema, wanted))
    : genericAdvice(schema, wanted);
}

function adviceForNumber(
  schema: TSchema,
  value: number | boolean,
  wanted: ReadonlySet<string>,
  quote: boolean,
): string {
  if (isDuration(schema)) return 'Write the unit too, such as "30 minutes".';
  if (!wanted.has('text') || !Value.Check(schema, String(value))) return genericAdvice(schema, wanted);
  return `Put it in quotes, so that it is a text${quote ? `: "${value}"` : ''}.`;
}

function genericAdvice(schema: TSchema, wanted: ReadonlySet<string>): string {
  if (isDuration(schema)) return 'Write a number above 0 and its unit.';
  const literals = literalsOf(schema);
  if (literals) return literals.length === 1 ? `Write ${literals[0]}.` : 'Write one of these.';
  if (wanted.size === 1 && wanted.has('number')) return 'Write such a number.';
  if (wanted.size === 1 && wanted.has('text')) return 'Write such a text.';
  return 'Write such a value.';
}

function isDuration(schema: TSchema): boolean {
  return keyword(schema, 'x-expects') === durationExpectation;
}

/** The literals among the branches of a union, however deep. */
function literalsWithin(schema: TSchema): readonly string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'union') return shape.branches.flatMap(literalsWithin);
  return (literalsOf(schema) ?? []).map(String);
}
