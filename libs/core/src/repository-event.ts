import type { AnyPayload, WebhookEvent } from './event.ts';

/**
 * What filters about a repository look at where there is no event, such as in a background job: an event of the name
 * `repository` that holds the repository and its installation, and nothing else.
 * @param options.at ISO 8601; for a background job, when its tick was due.
 */
export function repositoryEvent(
  repository: { readonly owner: string; readonly name: string; readonly fullName: string },
  options: { readonly installation: number; readonly delivery: string; readonly at: string },
): WebhookEvent<AnyPayload> {
  const { owner, name, fullName } = repository;
  return {
    delivery: options.delivery,
    name: 'repository',
    action: undefined,
    headers: {},
    payload: {
      installation: { id: options.installation },
      repository: { name, full_name: fullName, owner: { login: owner } },
    },
    receivedAt: options.at,
  };
}
