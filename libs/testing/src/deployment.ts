import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EmulatedApp } from './github/seed.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface DeploymentInput {
  /** The GitHub whose App the bots are. Without it there are no credentials for GitHub. */
  readonly github?: { readonly url: string; readonly app: EmulatedApp };
  /** The content of a file that defines bots (YAML, starting with `bots:`), or the bots themselves. */
  readonly bots?: string | readonly object[];
  /** As `bots`, for background jobs. */
  readonly jobs?: string | readonly object[];
  /** Keys as in YAML; added to the defaults that are written. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** More blocks under `credentials:`. */
  readonly credentials?: Readonly<Record<string, object>>;
  /** Blocks under `vaults:`. */
  readonly vaults?: Readonly<Record<string, object>>;
  /** An existing folder to write to, which then stays. Default: a temporary one of its own. */
  readonly dir?: string;
}

export interface WrittenDeployment extends AsyncDisposable {
  readonly dir: string;
  /** The main file, for `--config`. */
  readonly configPath: string;
  readonly botsPath: string;
  readonly jobsPath: string;
  /** The file with the secrets of the App; there when a GitHub was given. */
  readonly githubSecretsPath: string;
}

const defaultSettings = {
  'parallel-background-jobs': 10,
  'bots-endpoint': '/events',
  'client-validity-time-minutes': 10,
  'parallel-bots': true,
};

/** Writes a whole configuration, with paths that are relative to the files that name them. */
export async function writeDeployment(input: DeploymentInput): Promise<WrittenDeployment> {
  const directory = input.dir === undefined ? await temporaryDirectory() : undefined;
  const dir = input.dir ?? directory?.path ?? '';
  const configPath = join(dir, 'config/config.yml');
  const botsPath = join(dir, 'config/bots/bots.yml');
  const jobsPath = join(dir, 'config/jobs/jobs.yml');
  const secretsPath = join(dir, 'secrets');
  const main = {
    settings: { ...defaultSettings, ...input.settings },
    credentials: { ...(input.github ? githubBlock(input.github) : {}), ...input.credentials },
    ...(input.vaults === undefined ? {} : { vaults: input.vaults }),
    bots: input.bots === undefined ? [] : ['./bots/bots.yml'],
    jobs: input.jobs === undefined ? [] : ['./jobs/jobs.yml'],
  };
  await write(configPath, yaml(main));
  if (input.bots !== undefined) await write(botsPath, fileOf('bots', input.bots));
  if (input.jobs !== undefined) await write(jobsPath, fileOf('jobs', input.jobs));
  if (input.github) await writeSecrets(secretsPath, input.github.app);
  return {
    dir,
    configPath,
    botsPath,
    jobsPath,
    githubSecretsPath: join(secretsPath, 'github-app.yml'),
    [Symbol.asyncDispose]: () => directory?.[Symbol.asyncDispose]() ?? Promise.resolve(),
  };
}

function githubBlock(github: { url: string; app: EmulatedApp }): Record<string, object> {
  return {
    'github-app-credentials': {
      'api-url': github.url,
      'app-name': github.app.slug,
      'app-creds-path': '../secrets/github-app.yml',
    },
  };
}

async function writeSecrets(dir: string, app: EmulatedApp): Promise<void> {
  await write(
    join(dir, 'github-app.yml'),
    yaml({
      'app-id': app.id,
      'client-id': app.clientId,
      'client-secret': app.clientSecret,
      'private-key-path': './github-app.pem',
      'webhook-secret': app.webhookSecret,
    }),
  );
  await write(join(dir, 'github-app.pem'), app.privateKey);
}

function fileOf(key: 'bots' | 'jobs', content: string | readonly object[]): string {
  return typeof content === 'string' ? withoutIndentation(content) : yaml({ [key]: content });
}

/** Every JSON text is YAML. */
function yaml(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Template strings in tests are indented as the code around them. */
function withoutIndentation(text: string): string {
  const lines = text.replace(/^\n/, '').split('\n');
  const indentations = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const common = Math.min(...indentations);
  return `${lines
    .map((line) => line.slice(common))
    .join('\n')
    .trimEnd()}\n`;
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode: 0o600 });
}
