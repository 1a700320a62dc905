import { type ErrorCode, OctoError } from '@octo-bots/core';

/** A failed answer, with the server's own code for those of this library that go by it. */
export class AnsweredError extends OctoError {
  /** Such as `12108`; undefined when the answer had none. */
  readonly serverCode: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { status: number; serverCode: string | undefined; resumeAt?: number | undefined },
  ) {
    super(code, message, options);
    this.serverCode = options.serverCode;
  }
}

export function serverCodeOf(error: unknown): string | undefined {
  return error instanceof AnsweredError ? error.serverCode : undefined;
}
