import ms from 'ms';
import { type TSchema, Type } from 'typebox';
import type { Filter, FilterSubject } from './extension.ts';

/**
 * Building blocks for the `config` of an extension. Each carries `expects`, the words in which a message tells what is
 * allowed, under the schema keyword `x-expects`.
 */

const durationPattern = /^\s*\d+(\.\d+)?\s*[a-z]+\s*$/i;
/** The longest delay that a JavaScript timer and a BullMQ delay both take: 2^31 - 1 ms is 24.8 days; delays in Redis may be longer. */
const longestDurationMs = 100 * 365 * 24 * 60 * 60 * 1000;

/** @returns milliseconds, or undefined when it is no duration with a unit (`30 minutes`, `5s`, `60 days`). */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  // `ms` takes its own template-literal type; the pattern above is what makes this safe, and what it does not know is undefined.
  const value: number | undefined = ms(text.trim() as ms.StringValue);
  return value !== undefined && value > 0 && value <= longestDurationMs ? value : undefined;
}

export const durationExpectation = 'a duration with a unit, such as "30 minutes", "12 hours" or "60 days"';

/** A duration in YAML (`30 minutes`); milliseconds for the extension. */
export function Duration(options: { default?: string; description?: string } = {}) {
  const text = Type.Refine(
    Type.String({ ...options, 'x-expects': durationExpectation }),
    (value) => parseDuration(value) !== undefined,
    () => durationExpectation,
  );
  return Type.Codec(text)
    .Decode((value) => parseDuration(value) ?? 0)
    .Encode((value) => `${value} ms`);
}

/** A shell glob in which `*` also matches `/`, as in Python's fnmatch. See `matchesAny`. */
export function Glob(options: { description?: string } = {}) {
  return Type.String({ ...options, minLength: 1, 'x-expects': 'a shell glob, such as "release/*"' });
}

export type FileContent = 'private-key' | 'certificate' | 'any';

/**
 * A path in YAML, relative to the file that names it; an absolute path of a readable file for the extension. What the file
 * must hold is checked when the configuration is loaded.
 */
export function FilePath(options: { contains: FileContent; description?: string }) {
  const { contains, ...rest } = options;
  return Type.String({ ...rest, minLength: 1, 'x-file': contains, 'x-expects': `the path of a file (${contains})` });
}

/** A secret: never printed, in no message and no log. */
export function Secret(options: { description?: string; contains?: 'private-key'; expects?: string } = {}) {
  const { contains, expects = 'a secret string', ...rest } = options;
  return Type.String({
    ...rest,
    minLength: 1,
    'x-secret': true,
    ...(contains ? { 'x-pem': contains } : {}),
    'x-expects': contains === 'private-key' ? 'a private key in PEM form' : expects,
  });
}

const secretsExpectation = 'a secret string, or a list of secret strings, each another';

/** One secret, or several that are live at once while one takes over from the other. See `secretsOf`. */
export function Secrets(options: { description?: string } = {}) {
  const several = Type.Refine(
    Type.Array(Secret(), { minItems: 1, 'x-expects': secretsExpectation }),
    (secrets) => new Set(secrets).size === secrets.length,
    () => secretsExpectation,
  );
  return Type.Union([Secret(), several], { ...options, 'x-secret': true, 'x-expects': secretsExpectation });
}

/** @returns every live secret of a value of `Secrets`. */
export function secretsOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/**
 * One filter of YAML, its name or a map of its name to its options; a built `Filter` for the extension. The loader builds it
 * where `x-extension` is "filter"; `x-about` says what there is to decide about, see `FilterDeclaration.about`.
 */
export function OneFilter(options: { about?: FilterSubject; description?: string } = {}) {
  const { about = 'event', ...rest } = options;
  return Type.Unsafe<Filter>(
    Type.Unknown({
      ...rest,
      'x-extension': 'filter',
      'x-about': about,
      'x-expects': 'the name of a known filter, or a map of it to its options',
    }),
  );
}

/** A list of filters; with `minItems` it has to be there, else it may be left out. See OneFilter. */
export function Filters(options: { about?: FilterSubject; description?: string; minItems?: number } = {}) {
  const { about = 'event', minItems = 0, ...rest } = options;
  return Type.Array(OneFilter({ about }), { ...rest, ...(minItems > 0 ? { minItems } : { default: [] }) });
}

/** A strict object: unknown keys are mistakes. */
export function Options<Properties extends Record<string, TSchema>>(
  properties: Properties,
  options: { description?: string } = {},
) {
  return Type.Object(properties, { ...options, additionalProperties: false });
}
