import { OctoError } from '@octo-bots/core';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * An answer, of the shape that it should have.
 * @throws OctoError CHECKMARX_REQUEST_FAILED when it has another one: something else than Checkmarx stands at `api-url`.
 */
export function readAs<Schema extends TSchema>(schema: Schema, data: unknown, what: string): Static<Schema> {
  if (Value.Check(schema, data)) return data;
  const [error] = Value.Errors(schema, data);
  const where = error === undefined ? '' : ` at ${error.instancePath === '' ? 'its root' : error.instancePath}`;
  throw new OctoError(
    'CHECKMARX_REQUEST_FAILED',
    `${what}: the answer is not what Checkmarx sends${where}; api-url must be that of a Checkmarx server`,
  );
}
