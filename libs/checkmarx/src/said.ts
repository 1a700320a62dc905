/** What a Checkmarx server says about a refusal. It says it in many shapes, so nothing is expected here, only found. */

type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function part(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

const firstOf = (...candidates: readonly unknown[]) =>
  candidates.find((candidate) => typeof candidate === 'string' || typeof candidate === 'number');

/**
 * The code of a refusal: `messageCode` or `error.code` of CxSAST, `code` of Checkmarx One, `error` of a token endpoint.
 * @returns as a text, such as `12108`.
 */
export function codeOf(answer: unknown): string | undefined {
  const error = part(answer, 'error');
  const code = firstOf(part(answer, 'messageCode'), part(error, 'code'), part(answer, 'code'), error);
  return code === undefined ? undefined : String(code).slice(0, 60);
}

const longestSaid = 300;

/**
 * What a refusal says, for people: on one line, not too long, without the secrets.
 * @param answer JSON, or the text of a page.
 * @param secrets what was sent and must not come back in a message.
 */
export function whatWasSaid(answer: unknown, secrets: readonly string[]): string {
  const code = codeOf(answer);
  const words = wordsOf(answer);
  let said = code === undefined || code === words ? words : `${code} ${words}`.trim();
  for (const secret of secrets) if (secret !== '') said = said.replaceAll(secret, '…');
  said = said
    .replaceAll(/\/\/[^@/\s]+@/g, '//…@')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return said.length > longestSaid ? `${said.slice(0, longestSaid)}…` : said;
}

function wordsOf(answer: unknown): string {
  if (typeof answer === 'string') return titleOf(answer);
  const error = part(answer, 'error');
  const message = firstOf(part(answer, 'messageDetails'), part(error, 'message'), part(answer, 'message'), error);
  const state = part(answer, 'modelState');
  const details = isObject(state) ? Object.entries(state).map(([field, texts]) => `${field}: ${texts}`) : [];
  return [...(message === undefined ? [] : [String(message)]), ...details].join(' ');
}

/** The title of a page, else its text. */
function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1];
  return title ?? page.replaceAll(/<[^>]*>/g, ' ');
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` is all that undici says itself.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
