/** What runs a Redis server: a program of this machine, or a container. */
export interface RedisHost {
  readonly password: string | undefined;
  /** Resolves once the server was asked to start; it may not answer yet. */
  start(): Promise<void>;
  running(): Promise<boolean>;
  /** The last of what the server wrote. */
  output(): Promise<string>;
  /** Resolves when the server has gone, by whatever cause. */
  ended(): Promise<void>;
  /** Ends the server the hard way. */
  kill(): Promise<void>;
  /** Ends it if need be, and leaves nothing behind. */
  remove(): Promise<void>;
}

export interface RedisHostOptions {
  readonly port: number;
  /** A folder of the server's own. */
  readonly dataPath: string;
  /** Command line of the server: port, persistence, policy. */
  readonly args: readonly string[];
}
