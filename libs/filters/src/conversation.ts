import type { AnyPayload, WebhookEvent } from '@octo-bots/core';

/** The pull request, issue or discussion that an event is about. Undefined is what its payload does not say. */
export interface Conversation {
  readonly kind: 'pull request' | 'issue' | 'discussion';
  /** As reasons call it: `the pull request #12`. */
  readonly name: string;
  readonly number: number;
  readonly title: string | undefined;
  readonly labels: readonly string[] | undefined;
  /** null: GitHub says that there is none, as the account was deleted. */
  readonly author: { readonly login: string; readonly type?: string | undefined } | null | undefined;
  readonly draft: boolean | undefined;
}

/** @returns undefined for an event that is about none of them, such as `push`. */
export function conversationOf({ payload }: WebhookEvent<AnyPayload>): Conversation | undefined {
  const { pull_request: pullRequest, issue, discussion } = payload;
  // GitHub sends null as well as nothing for what an event does not have.
  if (pullRequest) return describe('pull request', pullRequest);
  if (issue) return describe(issue.pull_request ? 'pull request' : 'issue', issue);
  return discussion ? describe('discussion', discussion) : undefined;
}

function describe(
  kind: Conversation['kind'],
  { number, title, labels, user, draft }: NonNullable<AnyPayload['discussion']>,
): Conversation {
  return {
    kind,
    name: `the ${kind} #${number}`,
    number,
    title,
    labels: labels?.map((label) => label.name),
    author: user,
    draft,
  };
}

export function aboutNoConversation({ name }: WebhookEvent<unknown>): string {
  return `the event "${name}" is about no pull request, issue or discussion`;
}
