/** What a pull request, an issue and a discussion have in common; GitHub leaves some of it out of some events. */
interface Conversation {
  readonly number: number;
  readonly title?: string | undefined;
  readonly labels?: readonly { readonly name: string }[] | null | undefined;
  /** null: the account was deleted. */
  readonly user?: Person | null | undefined;
  readonly draft?: boolean | undefined;
}

interface Person {
  readonly login: string;
  /** `User`, `Bot` or `Organization`. */
  readonly type?: string | undefined;
}

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
  readonly pull_request?: Conversation & {
    readonly head: { readonly ref: string; readonly sha: string };
    readonly base: { readonly ref: string; readonly sha: string };
  };
  /** On a pull request as well: then `issue.pull_request` is there. */
  readonly issue?: Conversation & { readonly pull_request?: object | null | undefined };
  readonly discussion?: Conversation;
  readonly sender?: Person;
  /** Of a `push`, `create` or `delete`. */
  readonly ref?: string;
  /** Of a `push`: what its commits did to which files. */
  readonly commits?: readonly {
    readonly added?: readonly string[] | undefined;
    readonly modified?: readonly string[] | undefined;
    readonly removed?: readonly string[] | undefined;
  }[];
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
