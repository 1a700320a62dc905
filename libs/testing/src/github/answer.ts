import type { IncomingHttpHeaders } from 'node:http';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** JSON when it is no Buffer; undefined for an empty body. */
  readonly body: unknown;
}

export function jsonAnswer(status: number, body: unknown, headers: IncomingHttpHeaders = {}): Answer {
  return { status, headers, body };
}

/** An error in the form that GitHub's REST API gives it. */
export function errorAnswer(status: number, message: string, errors?: readonly object[]): Answer {
  return jsonAnswer(status, {
    message,
    ...(errors ? { errors } : {}),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  });
}

export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `Link` header, as GitHub gives it; undefined when one page holds all. */
  readonly link: string | undefined;
}

/** Cuts one page out of a whole list, by `page` and `per_page` (default 30, at most 100) of the URL. */
export function pageOf<T>(all: readonly T[], url: URL): Page<T> {
  const perPage = Math.min(100, positive(url.searchParams.get('per_page'), 30));
  const page = positive(url.searchParams.get('page'), 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const add = (rel: string, number: number) => {
    const target = new URL(url);
    target.searchParams.set('page', String(number));
    links.push(`<${target}>; rel="${rel}"`);
  };
  if (page > 1) add('prev', page - 1);
  if (page < last) {
    add('next', page + 1);
    add('last', last);
  }
  if (page > 1) add('first', 1);
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    link: links.length > 0 ? links.join(', ') : undefined,
  };
}

function positive(text: string | null, otherwise: number): number {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isFinite(number) && number > 0 ? number : otherwise;
}
