import { OctoError } from '@octo-bots/core';
import { XMLParser } from 'fast-xml-parser';

export const severities = ['error', 'warning', 'performance', 'portability', 'style', 'information'] as const;
export type Severity = (typeof severities)[number];

/** One thing that cppcheck has to say about the sources. */
export interface Finding {
  /** cppcheck's own name of it, such as `nullPointer`. */
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
  readonly cwe: string | undefined;
  /** The first is where it is; the others tell how it comes to that. At least one. */
  readonly locations: readonly [Location, ...Location[]];
}

export interface Location {
  /** As it was given to cppcheck, without a leading `./`. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly info: string;
}

/** These speak of cppcheck's own limits or of what it was not told, such as a macro of a header that it does not have. */
const aboutItself = new Set([
  'cppcheckError',
  'internalAstError',
  'internalError',
  'preprocessorErrorDirective',
  'unknownMacro',
]);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'error' || name === 'location',
});

/**
 * Reads the result of `cppcheck --xml --xml-version=2`; each finding once, in its order. What has no place in a file is left out.
 * @throws OctoError PROGRAM_FAILED when it is no such result.
 */
export function findingsOf(xml: string): Finding[] {
  const start = xml.indexOf('<?xml');
  const results = objectAt(parsed(start < 0 ? '' : xml.slice(start)), 'results');
  if (results === undefined) {
    throw new OctoError('PROGRAM_FAILED', 'cppcheck gave no result in XML', { retryable: false });
  }
  const found = new Map<string, Finding>();
  for (const error of listAt(objectAt(results, 'errors'), 'error')) {
    const [first, ...others] = listAt(error, 'location').map(locationOf);
    if (first === undefined) continue;
    const id = textAt(error, 'id');
    const severity = severityOf(textAt(error, 'severity'), id);
    const message = textAt(error, 'verbose') || textAt(error, 'msg');
    const cwe = textAt(error, 'cwe') || undefined;
    // A header that many sources include is looked at with each of them.
    const key = JSON.stringify([id, first.path, first.line, message]);
    if (!found.has(key)) found.set(key, { id, severity, message, cwe, locations: [first, ...others] });
  }
  return [...found.values()];
}

function parsed(xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch (cause) {
    throw new OctoError('PROGRAM_FAILED', 'cppcheck gave a result that is no XML', { retryable: false, cause });
  }
}

function severityOf(text: string, id: string): Severity {
  if (aboutItself.has(id)) return 'information';
  return severities.find((severity) => severity === text) ?? 'information';
}

function locationOf(location: unknown): Location {
  const line = Number.parseInt(textAt(location, 'line'), 10);
  return {
    path: textAt(location, 'file').replace(/^\.\//, ''),
    line: line > 0 ? line : 1,
    info: textAt(location, 'info'),
  };
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function objectAt(value: unknown, key: string): object | undefined {
  const found = valueAt(value, key);
  // An element with nothing in it is a text.
  if (typeof found === 'string') return {};
  return typeof found === 'object' && found !== null ? found : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = valueAt(value, key);
  return Array.isArray(found) ? found : [];
}

function textAt(value: unknown, key: string): string {
  const found = valueAt(value, key);
  return typeof found === 'string' ? found : '';
}
