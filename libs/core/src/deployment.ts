import type { Credentials } from './client.ts';
import type { EventOperation, Filter, JobOperation } from './extension.ts';

/** Where in YAML something was defined; line and column from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Which proxies are believed when they say whom a request came from (`X-Forwarded-For`): all, none, the nearest so many, or those of
 * these addresses and networks (`10.0.0.0/8`).
 */
export type TrustProxy = boolean | number | readonly string[];

export interface Settings {
  /** `parallel-background-jobs`: most background jobs running at once, over the whole deployment. */
  readonly parallelBackgroundJobs: number;
  /** `bots-endpoint`: path that receives the webhooks. */
  readonly botsEndpoint: string;
  /** `client-validity-time-minutes`, in milliseconds. */
  readonly clientValidityMs: number;
  /** `parallel-bots`: do the bots of one event run in parallel, or one after another in the order of the YAML. */
  readonly parallelBots: boolean;
  /** `recover-missed-deliveries`: ask GitHub again for what it could not deliver. */
  readonly recoverMissedDeliveries: boolean;
  /** `trust-proxy`. */
  readonly trustProxy: TrustProxy;
}

/** How many finished runs are kept, and for how long; whichever bites first. */
export interface Keep {
  readonly count: number;
  readonly ageMs: number;
}

/** `queue:` of a bot or a background job. */
export interface QueueOptions {
  /** How often a run is tried in all; 1 or more. */
  readonly attempts: number;
  readonly backoff: {
    readonly type: 'fixed' | 'exponential';
    readonly delayMs: number;
    /** 0 (none) to 1: the part of the delay that is random. */
    readonly jitter: number;
  };
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** 1 (first) to 2 097 151 (last); undefined: in the order of arrival. Of background jobs; a bot's runs take turns. */
  readonly priority: number | undefined;
  readonly keep: { readonly completed: Keep; readonly failed: Keep };
  /** Bots alone: of the waiting runs for one pull request only the newest is kept. Undefined: each is kept. */
  readonly coalesce?: 'pull-request' | undefined;
  /** Bots only: most runs at once, over all workers. Undefined: as many as the workers take. */
  readonly concurrency?: number | undefined;
  /** Bots only: most runs that start in a period, over all workers; a period begins with its first start. */
  readonly rateLimit?: { readonly max: number; readonly perMs: number } | undefined;
}

interface Definition {
  /** As in YAML; unique among bots (background jobs). */
  readonly name: string;
  /** Made from the name: letters, digits and dashes; unique too. Names queues and runs. */
  readonly slug: string;
  /** Do its operations run in parallel, or one after another in the order of the YAML. */
  readonly parallel: boolean;
  readonly queue: QueueOptions;
  readonly source: SourceLocation;
}

export interface Bot extends Definition {
  readonly filters: readonly Filter[];
  readonly operations: readonly EventOperation[];
}

export interface BackgroundJob extends Definition {
  readonly operations: readonly JobOperation[];
  readonly everyMs: number;
}

/** A program that an operation of the YAML runs on the workers. */
export interface ProgramUse {
  readonly program: string;
  /** The type of the operation. */
  readonly operation: string;
  readonly source: SourceLocation;
}

/** Everything that YAML says, validated: what every process starts from. */
export interface Deployment {
  readonly settings: Settings;
  readonly credentials: readonly Credentials[];
  /** In the order of the YAML. */
  readonly bots: readonly Bot[];
  readonly jobs: readonly BackgroundJob[];
  /** In the order of the YAML; left out where none is known. */
  readonly programs?: readonly ProgramUse[];
}

/** @returns lower-case letters and digits of any script with single dashes between; empty when the name has none. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}
