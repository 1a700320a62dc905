import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { type AccountSeed, type Accounts, appSlug, operator, person } from './accounts.ts';

/** The GitHub App whose events and requests tests and the demo see. */
export interface EmulatedApp {
  readonly id: number;
  readonly slug: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** One for all emulated GitHubs of a process: a key takes longer to make than most tests take. */
let madeKey: Promise<string> | undefined;

async function makeKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return privateKey;
}

export async function createApp(): Promise<EmulatedApp> {
  madeKey ??= makeKey();
  const privateKey = await madeKey;
  return {
    id: 4242,
    slug: appSlug,
    clientId: 'Iv1.0123456789abcdef',
    clientSecret: 'emulated-client-secret',
    privateKey,
    webhookSecret: 'emulated-webhook-secret',
  };
}

/** @returns the emulator's seed. */
export function seedOf(input: {
  app: EmulatedApp;
  accounts: Accounts;
  seeds: readonly AccountSeed[];
  webhookUrl: string;
  permissions: Readonly<Record<string, 'read' | 'write'>>;
}): { tokens: Record<string, { login: string }>; github: object } {
  const { app, accounts, seeds } = input;
  const administrators = [operator, person].map((login) => ({ login, role: 'admin' }));
  const users = seeds.filter(({ type }) => type === 'User').map(({ login }) => login);
  return {
    tokens: Object.fromEntries([...accounts.userTokens].map(([login, token]) => [token, { login }])),
    github: {
      // The operator first: see Upstream.ask.
      users: [...new Set([operator, person, ...users])].map((login) => ({ login })),
      orgs: seeds
        .filter(({ type }) => type === 'Organization')
        .map(({ login }) => ({ login, members: administrators })),
      repos: seeds.flatMap(({ login, repositories = [] }) => repositories.map((name) => ({ owner: login, name }))),
      apps: [
        {
          app_id: app.id,
          slug: app.slug,
          name: 'Octo Bots',
          private_key: app.privateKey,
          permissions: input.permissions,
          // Every event goes to the front, which knows what the App subscribed to.
          events: ['*'],
          webhook_url: input.webhookUrl,
          webhook_secret: app.webhookSecret,
          installations: [...accounts.installations.values()].map(({ id, account, selected }) => ({
            installation_id: id,
            account,
            repository_selection: selected ? 'selected' : 'all',
            repositories: [...(selected ?? [])],
          })),
        },
      ],
    },
  };
}
