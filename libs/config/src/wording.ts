import type { TSchema } from 'typebox';
import { allOf, oneOf } from './problem.ts';
import { keyword, literalsOf, shapeOf } from './schema-shape.ts';
import type { SourceNode } from './source-node.ts';

/** @returns what arrived, in words; its text only if `quote`. */
export function describe(node: SourceNode, quote: boolean): string {
  if (node.kind === 'map') return node.entries.length === 0 ? 'an empty map' : 'a map';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.value === null) return 'empty';
  if (node.value === '') return 'an empty text';
  if (!quote) return typeof node.value === 'string' ? 'a text' : `a ${typeof node.value}`;
  return typeof node.value === 'string' ? quoted(node.value) : String(node.value);
}

const longestQuote = 60;

/** @returns the text in quotes, on one line, not too long, without the password of a URL. */
export function quoted(text: string): string {
  const harmless = text.replaceAll(/\/\/[^@/\s]+@/g, '//…@');
  return JSON.stringify(harmless.length > longestQuote ? `${harmless.slice(0, longestQuote)}…` : harmless);
}

/** @returns what a schema allows, in words. */
export function expectation(schema: TSchema): string {
  const own = keyword(schema, 'x-expects');
  if (typeof own === 'string') return own;
  const literals = literalsOf(schema);
  if (literals) return oneOf(literals.map(String));
  const shape = shapeOf(schema);
  switch (shape.kind) {
    case 'union':
      return oneOf([...new Set(shape.branches.map(expectation))]);
    case 'list': {
      const item = expectation(shape.items);
      const least = Number(keyword(schema, 'minItems') ?? 0);
      const most = keyword(schema, 'maxItems');
      const size = [...(least > 1 ? [`${least} or more`] : []), ...(most === undefined ? [] : [`at most ${most}`])];
      const length = least === 1 ? ' that is not empty' : '';
      const list = `a list${size.length > 0 ? ` of ${allOf(size)} items` : length}`;
      return item === '' ? list : `${list}, each item ${item}`;
    }
    case 'map': {
      const keys = Object.keys(shape.properties).filter((key) => !key.startsWith('x-'));
      return keys.length === 0 ? 'a map' : `a map with the keys ${keys.join(', ')}`;
    }
    case 'leaf':
      return leafExpectation(schema);
  }
}

function leafExpectation(schema: TSchema): string {
  switch (keyword(schema, 'type')) {
    case 'boolean':
      return 'true or false';
    case 'string':
      return textExpectation(schema);
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    default:
      return '';
  }
}

function textExpectation(schema: TSchema): string {
  const most = keyword(schema, 'maxLength');
  const pattern = keyword(schema, 'pattern');
  return [
    'a text',
    ...(keyword(schema, 'minLength') === undefined ? [] : ['that is not empty']),
    ...(most === undefined ? [] : [`of at most ${most} characters`]),
    ...(pattern === undefined ? [] : [`that matches ${pattern}`]),
  ].join(' ');
}

function rangeOf(schema: TSchema): string {
  const least = keyword(schema, 'minimum');
  const most = keyword(schema, 'maximum');
  const above = keyword(schema, 'exclusiveMinimum');
  if (above !== undefined) return ` above ${above}`;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of ${least} or more`;
  return most === undefined ? '' : ` of ${most} or less`;
}
