import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { type Log, OctoError } from '@octo-bots/core';
import { Agent, fetch, type RequestInit } from 'undici';

export type ConjurLogin =
  | { readonly kind: 'api-key'; readonly login: string; readonly apiKey: string }
  | {
      readonly kind: 'jwt';
      readonly serviceId: string;
      readonly tokenPath: string;
      /** The host, where the token's own claims do not name it. */
      readonly host: string | undefined;
    };

export interface ConjurOptions {
  /** Without a slash at its end. */
  readonly root: string;
  readonly account: string;
  readonly login: ConjurLogin;
  readonly certificatePath: string | undefined;
  readonly log: Log;
}

/** How long one request may take: GitHub waits 10 s for the answer to a webhook, which may need a login and a secret. */
const requestMs = 4_000;
/** Conjur's tokens live 8 minutes; a new one is got before that, so that none ends on the way. */
const tokenUseMs = 6 * 60_000;
/** Runs that need a secret while Conjur is out of reach are tried again after this. */
const againMs = 15_000;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Token {
  readonly value: string;
  /** By `performance.now()`. */
  readonly useUntil: number;
}

/**
 * One login at one Conjur server. No token → (first secret asked for) logging in → token → (6 minutes, or a 401) no token.
 * All who ask while it logs in share that login. Nothing is kept but the token: each secret is as it is now.
 */
export class ConjurClient {
  readonly #options: ConjurOptions;
  #dispatcher: Promise<Agent> | undefined;
  #loggingIn: Promise<Token> | undefined;
  #token: Token | undefined;

  constructor(options: ConjurOptions) {
    this.#options = options;
  }

  /** See Vault. */
  async read(path: string): Promise<string> {
    const token = await this.#validToken();
    const first = await this.#readWith(token, path);
    if (first.status !== 401) return this.#secretIn(first, path);
    // It expired early, or Conjur was restored from a backup: what is left to try is a new one.
    if (this.#token?.value === token) this.#token = undefined;
    return this.#secretIn(await this.#readWith(await this.#validToken(), path), path);
  }

  #readWith(token: string, path: string): Promise<Answer> {
    const { account } = this.#options;
    return this.#send(`/secrets/${encodeURIComponent(account)}/variable/${encodeURIComponent(path)}`, {
      headers: { authorization: `Token token="${token}"` },
    });
  }

  #secretIn(response: Answer, path: string): string {
    if (response.status !== 200) {
      throw this.#refusal(response.status, `the secret "${path}"`, secretAdvice[response.status]);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(response.body);
    } catch {
      throw new OctoError(
        'SECRET_REFUSED',
        `the secret "${path}" of Conjur at ${this.#options.root} is no text in UTF-8; only texts can stand in credentials; store it as such`,
      );
    }
  }

  async #validToken(): Promise<string> {
    if (this.#token && performance.now() < this.#token.useUntil) return this.#token.value;
    this.#loggingIn ??= this.#logIn().finally(() => {
      this.#loggingIn = undefined;
    });
    this.#token = await this.#loggingIn;
    return this.#token.value;
  }

  async #logIn(): Promise<Token> {
    const startedAt = performance.now();
    const { path, body, form } = await this.#loginRequest();
    const response = await this.#send(path, {
      method: 'POST',
      body,
      headers: {
        'accept-encoding': 'base64',
        'content-type': form ? 'application/x-www-form-urlencoded' : 'text/plain',
      },
    });
    if (response.status !== 200) {
      const advice = response.status === 404 ? addressAdvice : loginAdvice[this.#options.login.kind];
      throw this.#refusal(response.status, 'our login', response.status < 400 ? undefined : advice);
    }
    const value = tokenIn(response.body.toString());
    if (value === undefined) {
      throw this.#outOfReach(`Conjur at ${this.#options.root} answered our login with no token; ${addressAdvice}`);
    }
    this.#options.log.debug({ vault: 'conjur' }, 'logged in to the vault');
    return { value, useUntil: startedAt + tokenUseMs };
  }

  async #loginRequest(): Promise<{ path: string; body: string; form: boolean }> {
    const { account, login } = this.#options;
    const at = encodeURIComponent(account);
    if (login.kind === 'api-key') {
      const path = `/authn/${at}/${encodeURIComponent(login.login)}/authenticate`;
      // Who keeps it in a file often keeps the end of its line too.
      return { path, body: login.apiKey.trim(), form: false };
    }
    const host = login.host === undefined ? '' : `/${encodeURIComponent(login.host)}`;
    const jwt = (await this.#tokenFile(login.tokenPath)).trim();
    return {
      path: `/authn-jwt/${encodeURIComponent(login.serviceId)}/${at}${host}/authenticate`,
      body: new URLSearchParams({ jwt }).toString(),
      form: true,
    };
  }

  async #tokenFile(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new OctoError(
        'SECRET_REFUSED',
        `jwt-path: ${path} cannot be read; it must be the file into which the platform writes the token; check the path and its permissions`,
        { cause },
      );
    }
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    this.#dispatcher ??= this.#connect();
    const dispatcher = this.#dispatcher;
    try {
      const signal = AbortSignal.timeout(requestMs);
      // A redirect is not followed: what logs in goes to the server that is named, and to no other.
      const options = { ...init, signal, redirect: 'manual', dispatcher: await dispatcher } as const;
      const response = await fetch(this.#options.root + path, options);
      return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
    } catch (cause) {
      // The file of authorities is read anew for the next request: it may be renewed together with Conjur's certificate.
      if (this.#dispatcher === dispatcher) this.#dispatcher = undefined;
      throw this.#outOfReach(
        `Conjur at ${this.#options.root} did not answer (${reasonOf(cause)}); it must be reachable from here, with a certificate that is trusted; check api-url and certificate-path`,
        { cause },
      );
    }
  }

  async #connect(): Promise<Agent> {
    const { certificatePath } = this.#options;
    const ca =
      certificatePath === undefined
        ? undefined
        : [...getCACertificates('default'), await readFile(certificatePath, 'utf8')];
    return new Agent({ connect: { timeout: requestMs, ...(ca === undefined ? {} : { ca }) } });
  }

  #outOfReach(message: string, details: { status?: number; cause?: unknown } = {}): OctoError {
    return new OctoError('SECRET_UNAVAILABLE', message, { ...details, resumeAt: Date.now() + againMs });
  }

  #refusal(status: number, what: string, advice: string | undefined): OctoError {
    const said = `Conjur at ${this.#options.root} answered ${status} to ${what}`;
    if (status >= 500 || status === 429) return this.#outOfReach(`${said}; it is tried again`, { status });
    const otherwise = status < 400 ? redirectAdvice : 'look into the log of Conjur';
    return new OctoError('SECRET_REFUSED', `${said}; ${advice ?? otherwise}`, { status });
  }
}

const redirectAdvice = 'redirects are not followed with a secret at hand; set api-url to where it redirects to';

const addressAdvice =
  'api-url must be where the REST API of Conjur is, with /api at its end for Conjur Cloud; correct it, or look into the log of Conjur';

const secretAdvice: Readonly<Record<number, string>> = {
  401: 'the login is not accepted any more; check it',
  403: 'its policy must permit this host to execute the variable',
  404: 'there must be such a variable, with a value, that this host may see; correct the path or load the policy',
};

const loginAdvice: Readonly<Record<ConjurLogin['kind'], string>> = {
  'api-key': 'login and api-key must be those of a host of this account; rotate the key if it was lost',
  jwt: 'jwt-service-id must name an enabled authenticator that accepts the token of jwt-path for a host',
};

/**
 * The token as a header takes it. Old servers take no notice of `Accept-Encoding: base64`, and answer it as JSON; others break its
 * lines.
 * @returns undefined when it is none: who answered is no Conjur.
 */
function tokenIn(answer: string): string | undefined {
  const text = answer.trim();
  const json = text.startsWith('{') ? text : Buffer.from(text, 'base64').toString();
  return json.startsWith('{') ? Buffer.from(json).toString('base64') : undefined;
}

/** The code tells what is wrong, such as ECONNREFUSED; a message could hold anything. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown error';
}
