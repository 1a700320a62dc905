import { OctoError } from '@octo-bots/core';
import type { RequestLimits } from './limits.ts';
import { codeOf, messageOf } from './said.ts';
import type { Transport } from './transport.ts';

/** Where and with what a product gives tokens. */
export interface TokenLogin {
  readonly product: string;
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  /** What the user must mend when the login is refused with this status. */
  advice(status: number): string;
}

interface Token {
  readonly value: string;
  /** By `performance.now()`. */
  readonly renewAt: number;
}

/** A token is renewed when this part of its life is left, so that none ends on the way. */
const spareLife = 0.1;

/**
 * The token of one login. None → (first asked) getting → held → (a tenth of its life left, or dropped after a 401) none.
 * All who ask while it is being got share that one request, which therefore ends with nobody's signal but its own time limit.
 */
export class TokenKeeper {
  readonly #login: TokenLogin;
  readonly #transport: Transport;
  readonly #limits: RequestLimits;
  #getting: Promise<Token> | undefined;
  #held: Token | undefined;

  constructor(login: TokenLogin, transport: Transport, limits: RequestLimits) {
    this.#login = login;
    this.#transport = transport;
    this.#limits = limits;
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
    const askedAt = performance.now();
    const { status, answer } = await this.#post();
    if (status < 200 || status > 299) throw refusal(this.#login, status, answer);
    const { value, livesSeconds } = tokenIn(this.#login, answer);
    return { value, renewAt: askedAt + livesSeconds * 1000 * (1 - spareLife) };
  }

  async #post(): Promise<{ status: number; answer: unknown }> {
    const { product, url, form } = this.#login;
    try {
      const response = await this.#transport(url, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(this.#limits.tokenMs),
      });
      return { status: response.status, answer: await response.json().catch(() => undefined) };
    } catch (cause) {
      throw new OctoError('CHECKMARX_REQUEST_FAILED', `${url}: ${product} did not answer (${messageOf(cause)})`, {
        cause,
      });
    }
  }
}

/** Tells the error's code (`invalid_grant`), and nothing of what was sent. It has no status: nobody asked for a token. */
function refusal({ product, advice }: TokenLogin, status: number, answer: unknown): OctoError {
  const code = codeOf(answer);
  const said = `${product} answered the request for a token with ${status}${code === undefined ? '' : ` (${code})`}`;
  if (status >= 500 || status === 429) return new OctoError('CHECKMARX_REQUEST_FAILED', said);
  const redirects = 'that is a redirect: the URLs of checkmarx-credentials must be those where it leads to';
  const mend = status >= 300 && status < 400 ? redirects : advice(status);
  return new OctoError('CLIENT_AUTHENTICATION_FAILED', `${said}; ${mend}`);
}

function tokenIn({ product }: TokenLogin, answer: unknown): { value: string; livesSeconds: number } {
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) {
    const value = answer.access_token;
    const life = 'expires_in' in answer ? Number(answer.expires_in) : Number.NaN;
    // Without a lifetime, a 401 tells when it is over.
    if (typeof value === 'string' && value !== '') return { value, livesSeconds: life > 0 ? life : 3600 };
  }
  throw new OctoError(
    'CHECKMARX_REQUEST_FAILED',
    `${product} answered the request for a token without an access_token; the URLs of checkmarx-credentials must be those of ${product}`,
  );
}
