import type { StaticDecode, TSchema } from 'typebox';
import type { Log } from './log.ts';

/** A service that keeps secrets, so that they stand in no file: in YAML `!conjur path/of/variable` names one of its own. */
export interface Vault {
  /** Its key under `vaults:`, and its tag in YAML. */
  readonly type: string;
  /**
   * The secret as it is now.
   * @throws OctoError SECRET_UNAVAILABLE when the vault does not answer, SECRET_REFUSED when it has no such secret for us.
   */
  read(path: string): Promise<string>;
}

export interface VaultDeclaration {
  readonly kind: 'vault';
  /** Its key under `vaults:`; `!` and it is its tag in YAML. */
  readonly type: string;
  readonly summary: string;
  /** The keys of its block in the main file. */
  readonly config: TSchema;
  /** @param input decoded; every `FilePath` is absolute and was checked. */
  create(input: { config: unknown; log: Log }): Vault;
}

export function defineVault<Config extends TSchema>(spec: {
  type: string;
  summary: string;
  config: Config;
  /** Asks nothing yet: a vault that is out of reach keeps no process from starting. */
  connect(input: { config: StaticDecode<Config>; log: Log }): Pick<Vault, 'read'>;
}): VaultDeclaration {
  const { type, summary, config } = spec;
  return {
    kind: 'vault',
    type,
    summary,
    config,
    create: ({ config: given, log }) => {
      const vault = spec.connect({ config: given as StaticDecode<Config>, log });
      return { type, read: (path) => vault.read(path) };
    },
  };
}
