/** How long a request may keep a run waiting. Nothing here may add up to minutes, but an upload. */
export interface RequestLimits {
  /** One request, without its repetitions. Milliseconds. */
  readonly requestMs: number;
  /** One upload of a source. Milliseconds. */
  readonly uploadMs: number;
  /** Getting a token. Milliseconds. */
  readonly tokenMs: number;
  /** How often a request is repeated that may be repeated. */
  readonly retries: number;
  /** The first repetition waits this long, the second four times as long. Milliseconds. */
  readonly retryBaseMs: number;
  /** When the server asks for a longer wait, the run is tried later instead. Milliseconds. */
  readonly longestWaitMs: number;
}

export const usualLimits: RequestLimits = {
  requestMs: 60_000,
  uploadMs: 10 * 60_000,
  tokenMs: 30_000,
  retries: 2,
  retryBaseMs: 1_000,
  longestWaitMs: 10_000,
};
