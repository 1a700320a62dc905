/** An account (organisation or user) in which the App is installed, or not. */
export interface AccountSeed {
  readonly login: string;
  readonly type: 'Organization' | 'User';
  /** Names without the owner. Each starts with one commit (README.md) on `main`. Default: none. */
  readonly repositories?: readonly string[];
  /** All its repositories (default), only these, or no installation at all. */
  readonly installation?: 'all' | 'none' | { readonly selected: readonly string[] };
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  readonly accountType: 'Organization' | 'User';
}

/** One organisation and one user, each with a repository. */
export const defaultAccounts: readonly AccountSeed[] = [
  { login: 'octo-org', type: 'Organization', repositories: ['hello-world'] },
  { login: 'mona', type: 'User', repositories: ['notes'] },
];

/** The user who acts in tests: an administrator of every organisation. In a user's own account that user acts. */
export const person = 'octocat';
/** The front's own user. First in the emulator's list, see Upstream. */
export const operator = 'front-operator';

export const appSlug = 'octo-bots';
/** The user in whose name the App acts. */
export const botLogin = `${appSlug}[bot]`;

export interface InstallationState extends Installation {
  readonly selected: ReadonlySet<string> | undefined;
  /** ISO 8601 while suspended. */
  suspendedAt: string | undefined;
}

interface TokenOfInstallation {
  readonly kind: 'installation';
  readonly installation: InstallationState;
  readonly expiresAt: number;
  /** Full names, when the token is for some repositories only. */
  readonly repositories: ReadonlySet<string> | undefined;
}

export type TokenHolder =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'app' }
  | { readonly kind: 'user'; readonly login: string }
  | TokenOfInstallation;

/** Who there is, what they own and which tokens they hold. */
export class Accounts {
  readonly installations = new Map<number, InstallationState>();
  readonly userTokens = new Map<string, string>();
  readonly #installationTokens = new Map<string, TokenOfInstallation>();
  /** Full names, in the order of creation. */
  readonly #repositories = new Set<string>();
  readonly #types = new Map<string, AccountSeed['type']>();

  constructor(seeds: readonly AccountSeed[]) {
    let installationId = 1000;
    this.userTokens.set(person, `gho_${person}`);
    for (const seed of seeds) {
      this.#types.set(seed.login, seed.type);
      if (seed.type === 'User') this.userTokens.set(seed.login, `gho_${seed.login}`);
      for (const name of seed.repositories ?? []) this.#repositories.add(`${seed.login}/${name}`);
      const scope = seed.installation ?? 'all';
      if (scope === 'none') continue;
      const id = ++installationId;
      const selected = scope === 'all' ? undefined : new Set(scope.selected.map((name) => `${seed.login}/${name}`));
      this.installations.set(id, {
        id,
        account: seed.login,
        accountType: seed.type,
        selected,
        suspendedAt: undefined,
      });
    }
  }

  typeOf(login: string): AccountSeed['type'] | undefined {
    return this.#types.get(login);
  }

  /** The token of who acts in this account. */
  tokenFor(owner: string): string {
    const login = this.#types.get(owner) === 'User' ? owner : person;
    return this.userTokens.get(login) ?? '';
  }

  addRepository(fullName: string): void {
    this.#repositories.add(fullName);
  }

  removeRepository(fullName: string): void {
    this.#repositories.delete(fullName);
  }

  /** Full names. */
  allRepositories(): readonly string[] {
    return [...this.#repositories];
  }

  repositoriesOf(token: TokenOfInstallation): string[] {
    const { account, selected } = token.installation;
    return [...this.#repositories].filter(
      (name) =>
        name.startsWith(`${account}/`) && (selected?.has(name) ?? true) && (token.repositories?.has(name) ?? true),
    );
  }

  addInstallationToken(token: string, holder: TokenOfInstallation): void {
    this.#installationTokens.set(token, holder);
  }

  revoke(token: string): void {
    this.#installationTokens.delete(token);
  }

  /** @param authorization the header of a request. */
  holderOf(authorization: string | undefined): TokenHolder {
    const token = tokenOf(authorization);
    if (token === '') return { kind: 'none' };
    // A JSON Web Token: the emulator itself checks its signature and times.
    if (token.startsWith('eyJ')) return { kind: 'app' };
    const login = [...this.userTokens].find(([, known]) => known === token)?.[0];
    if (login !== undefined) return { kind: 'user', login };
    const holder = this.#installationTokens.get(token);
    return holder && holder.expiresAt > Date.now() ? holder : { kind: 'unknown' };
  }
}

/** Git sends a token as the password of Basic authentication. */
export function tokenOf(authorization: string | undefined): string {
  const basic = /^basic\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (basic !== undefined)
    return Buffer.from(basic, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '');
  return (authorization ?? '').replace(/^(bearer|token)\s+/i, '').trim();
}
