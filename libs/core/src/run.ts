/** Which run an operation works in. */
export interface RunInfo {
  /** The run's id, made from delivery + bot, or background job + tick. */
  readonly id: string;
  readonly kind: 'bot' | 'background-job';
  /** The name of the bot or background job, as in YAML. */
  readonly name: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The event's delivery id; undefined for a background job. */
  readonly delivery: string | undefined;
}
