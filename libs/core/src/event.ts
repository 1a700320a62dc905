/** What every GitHub payload may carry and pure filters read; all of it optional, since events differ. */
export interface AnyPayload {
  readonly action?: string;
  readonly installation?: { readonly id: number };
  readonly repository?: {
    readonly name: string;
    readonly full_name: string;
    readonly default_branch?: string;
    readonly owner: { readonly login: string };
  };
  readonly pull_request?: {
    readonly number: number;
    readonly head: { readonly ref: string; readonly sha: string };
    readonly base: { readonly ref: string; readonly sha: string };
  };
  readonly sender?: { readonly login: string; readonly type?: string };
}

/** One webhook delivery, verified. */
export interface WebhookEvent<Payload = AnyPayload> {
  /** `X-GitHub-Delivery`: names the event through every log line, run and GitHub request. */
  readonly delivery: string;
  /** `X-GitHub-Event`, such as `pull_request`. */
  readonly name: string;
  /** `payload.action`, where the event has one. */
  readonly action: string | undefined;
  /** Lower-cased header names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Payload;
  /** ISO 8601, when the ingress took it in. */
  readonly receivedAt: string;
}

/** One firing of a background job. */
export interface Tick {
  readonly job: string;
  /** ISO 8601, when it was due. */
  readonly dueAt: string;
}
