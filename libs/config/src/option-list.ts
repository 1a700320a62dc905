import type { TSchema } from 'typebox';
import { oneOf } from './problem.ts';
import { keyword, literalsOf, type Shape, shapeOf } from './schema-shape.ts';
import { expectation } from './wording.ts';

/** One key of a configuration, however deep, as a page about it tells. */
export interface ConfigOption {
  /** From the outermost key: `queue.backoff.delay`, `events[].name`. */
  readonly path: string;
  /** What may stand there, in words. */
  readonly allowed: string;
  readonly required: boolean;
  /** Plain YAML data; undefined when there is none. */
  readonly default: unknown;
  readonly description: string | undefined;
  /** Where there is a choice between several maps: what tells the ones that have this key, such as `name: codeowners` (in backticks). */
  readonly onlyWith: readonly string[];
}

/** What stands there itself, where it is no map of keys: then `path` is empty. */
export function ownValueOf(schema: TSchema): ConfigOption | undefined {
  return shapeOf(schema).kind === 'map' ? undefined : option(schema, '', true, []);
}

/** Every key that a schema knows, in its order, the keys of a map below it. Choices between maps are put together. */
export function optionsOf(schema: TSchema): readonly ConfigOption[] {
  return below(schema, '', []);
}

function below(schema: TSchema, path: string, onlyWith: readonly string[]): readonly ConfigOption[] {
  const shape = shapeOf(schema);
  switch (shape.kind) {
    case 'leaf':
      return [];
    case 'list':
      return below(shape.items, `${path}[]`, onlyWith);
    case 'map':
      return inMap(shape, path, onlyWith);
    case 'union': {
      const maps = mapsOf(schema);
      const inMaps = maps.flatMap(({ map, marks }) => inMap(map, path, marks));
      const inLists = listsOf(schema).flatMap((list) => below(list, path, onlyWith));
      return [...merged(inMaps, maps.length, onlyWith), ...inLists];
    }
  }
}

type MapShape = Extract<Shape, { kind: 'map' }>;

/** The maps that a union offers itself. */
function mapsOf(schema: TSchema): readonly { readonly map: MapShape; readonly marks: readonly string[] }[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'map') return [{ map: shape, marks: marksOf(shape, keyword(schema, 'description')) }];
  return shape.kind === 'union' ? shape.branches.flatMap(mapsOf) : [];
}

function listsOf(schema: TSchema): readonly TSchema[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'list') return [schema];
  return shape.kind === 'union' ? shape.branches.flatMap(listsOf) : [];
}

function inMap(map: MapShape, path: string, onlyWith: readonly string[]): readonly ConfigOption[] {
  const named = Object.entries(map.properties).flatMap(([key, schema]) => {
    const own = path === '' ? key : `${path}.${key}`;
    return [option(schema, own, map.required.includes(key), onlyWith), ...below(schema, own, onlyWith)];
  });
  if (map.others === undefined) return named;
  const own = `${path}${path === '' ? '' : '.'}<any key>`;
  return [...named, option(map.others, own, false, onlyWith), ...below(map.others, own, onlyWith)];
}

function option(schema: TSchema, path: string, required: boolean, onlyWith: readonly string[]): ConfigOption {
  const description = keyword(schema, 'description');
  const otherwise = keyword(schema, 'default');
  return {
    path,
    allowed: inWords(schema),
    required: required && otherwise === undefined,
    default: otherwise,
    description: typeof description === 'string' ? description : undefined,
    onlyWith,
  };
}

/** What a message would say, but for the keys of maps: they have rows of their own. */
function inWords(schema: TSchema): string {
  if (typeof keyword(schema, 'x-expects') === 'string' || literalsOf(schema)) return expectation(schema);
  const shape = shapeOf(schema);
  if (shape.kind === 'map') return 'a map';
  if (shape.kind === 'union') return oneOf([...new Set(shape.branches.map(inWords))]);
  if (shape.kind !== 'list' || inWords(shape.items) !== 'a map') return expectation(schema);
  return Number(keyword(schema, 'minItems') ?? 0) > 0 ? 'a list of maps, at least one' : 'a list of maps';
}

/** What tells a map of a choice from the others: its keys that can have one value only, else what is said of it. */
function marksOf({ properties }: MapShape, description: unknown): readonly string[] {
  const marks = Object.entries(properties).flatMap(([key, schema]) => {
    const literals = literalsOf(schema);
    return literals === undefined || literals.includes(true) ? [] : [`\`${key}: ${literals.map(String).join(' | ')}\``];
  });
  return marks.length > 0 || typeof description !== 'string' ? marks : [description.replace(/\.$/, '')];
}

/** The same key of several maps is told once where it is the same in all of them, or where it tells them apart by its value. */
function merged(options: readonly ConfigOption[], maps: number, onlyWith: readonly string[]): readonly ConfigOption[] {
  const groups = Map.groupBy(options, (option) =>
    isMark(option) ? option.path : JSON.stringify({ ...option, onlyWith }),
  );
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        allowed: oneOf([...new Set(same.map(({ allowed }) => allowed))]),
        description: descriptionOf(same),
        onlyWith: same.length === maps ? onlyWith : same.flatMap((one) => one.onlyWith),
      },
    ];
  });
}

function isMark({ path, onlyWith }: ConfigOption): boolean {
  const key = path.slice(path.lastIndexOf('.') + 1);
  return onlyWith.some((mark) => mark.startsWith(`\`${key}: `));
}

/** Where each value has a meaning of its own, each is told with the value. */
function descriptionOf(same: readonly ConfigOption[]): string | undefined {
  const told = same.filter(({ description }) => description !== undefined);
  const differ = new Set(told.map(({ description }) => description)).size > 1;
  if (!differ) return told[0]?.description;
  return told.map(({ allowed, description }) => `${allowed}: ${description}`).join(' ');
}
