import type { Answer } from './fake-http.ts';

/** How CxSAST says no; it has several ways. */
export type ErrorShape = 'message-code' | 'model-state' | 'error-object' | 'html' | 'empty';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: number | undefined;

  /** @param code `messageCode`, for those that clients go by: they always come with it. */
  constructor(status: number, details: string, code?: number) {
    super(details);
    this.status = status;
    this.code = code;
  }
}

const page = (title: string) => `<!DOCTYPE html><html><head><title>${title}</title></head><body>${title}</body></html>`;

export const noSuchPage: Answer = { status: 404, body: page('404 - File or directory not found.') };

export const unauthorized: Answer = {
  status: 401,
  body: { message: 'Authorization has been denied for this request.' },
};

export function unsupportedVersion(version: number, path: string): Answer {
  const message = `The HTTP resource that matches the request URI '${path}' does not support the API version '${version.toFixed(1)}'.`;
  return { status: 400, body: { error: { code: 'UnsupportedApiVersion', message } } };
}

export function refusalAnswer({ status, message, code }: Refusal, shape: ErrorShape): Answer {
  if (code !== undefined) return { status, body: { messageCode: code, messageDetails: message } };
  switch (shape) {
    case 'message-code':
      return { status, body: { messageCode: status === 404 ? 47_000 : 21_000, messageDetails: message } };
    case 'model-state':
      return { status, body: { message: 'The request is invalid.', modelState: { request: [message] } } };
    case 'error-object':
      return { status, body: { error: { code: 'BadRequest', message } } };
    case 'html':
      return { status, body: page(message) };
    case 'empty':
      return { status };
  }
}
