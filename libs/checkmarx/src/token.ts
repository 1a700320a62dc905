import { OctoError } from '@octo-bots/core';

export interface CheckmarxLogin {
  readonly username: string;
  readonly password: string;
  readonly grantType: string;
  readonly scope: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Token {
  readonly value: string;
  /** By `performance.now()`. */
  readonly renewAt: number;
}

/** A token is renewed when this part of its life is left, so that none ends on the way. */
const spareLife = 0.1;
const timeoutMs = 30_000;

/**
 * The token of one login. None → (first asked) getting → held → (a tenth of its life left, or dropped after a 401) none.
 * All who ask while it is being got share that one request, which therefore ends with nobody's signal but its own time limit.
 */
export class TokenKeeper {
  readonly #url: string;
  readonly #login: CheckmarxLogin;
  #getting: Promise<Token> | undefined;
  #held: Token | undefined;

  /** @param root `{api-url}/cxrestapi`. */
  constructor(root: string, login: CheckmarxLogin) {
    this.#url = `${root}/auth/identity/connect/token`;
    this.#login = login;
  }

  async token(): Promise<string> {
    if (this.#held && performance.now() < this.#held.renewAt) return this.#held.value;
    this.#getting ??= this.#get().finally(() => {
      this.#getting = undefined;
    });
    this.#held = await this.#getting;
    return this.#held.value;
  }

  /** Forgets a token that was refused; one that was renewed in the meantime stays. */
  drop(token: string): void {
    if (this.#held?.value === token) this.#held = undefined;
  }

  async #get(): Promise<Token> {
    const { username, password, grantType, scope, clientId, clientSecret } = this.#login;
    const askedAt = performance.now();
    const body = new URLSearchParams({
      username,
      password,
      grant_type: grantType,
      scope,
      client_id: clientId,
      client_secret: clientSecret,
    });
    const response = await this.#post(body);
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw refusal(response.status, answer);
    const { value, livesSeconds } = tokenIn(answer);
    return { value, renewAt: askedAt + livesSeconds * 1000 * (1 - spareLife) };
  }

  async #post(body: URLSearchParams): Promise<Response> {
    try {
      return await fetch(this.#url, {
        method: 'POST',
        body,
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new OctoError('CHECKMARX_REQUEST_FAILED', `${this.#url}: Checkmarx did not answer`, { cause });
    }
  }
}

/** Tells the error's code (`invalid_grant`), and nothing of what was sent. */
function refusal(status: number, answer: unknown): OctoError {
  const code =
    typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string'
      ? ` (${answer.error})`
      : '';
  const said = `Checkmarx answered the request for a token with ${status}${code}`;
  if (status >= 500 || status === 429) return new OctoError('CHECKMARX_REQUEST_FAILED', said, { status });
  return new OctoError(
    'CLIENT_AUTHENTICATION_FAILED',
    `${said}; username, password and client of checkmarx-credentials must be those of a CxSAST user; mend them in its credentials file`,
  );
}

function tokenIn(answer: unknown): { value: string; livesSeconds: number } {
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) {
    const value = answer.access_token;
    const life = 'expires_in' in answer ? Number(answer.expires_in) : Number.NaN;
    // Without a lifetime, a 401 tells when it is over.
    if (typeof value === 'string' && value !== '') return { value, livesSeconds: life > 0 ? life : 3600 };
  }
  throw new OctoError(
    'CHECKMARX_REQUEST_FAILED',
    'Checkmarx answered the request for a token without an access_token; api-url must be that of a CxSAST 9.x server',
  );
}
