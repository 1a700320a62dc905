import type { DeliveryAttempt, DeliverySource } from '@octo-bots/core';
import type { GitHubClient } from './types.ts';

/** docs.github.com/rest/apps/webhooks: what GitHub tried to deliver to the App, and asking for one again. */
export function deliverySource(options: { name: string; asApp: GitHubClient; pageSize: number }): DeliverySource {
  const { name, asApp, pageSize } = options;
  return {
    name,
    async attempts(cursor) {
      const { data, headers } = await asApp.request('GET /app/hook/deliveries', {
        per_page: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { attempts: data.map(attemptOf), next: nextCursor(headers.link) };
    },
    async redeliver(attemptId) {
      // An id may be larger than a JavaScript number holds, so it stays a text; the path is the same.
      await asApp.request(`POST /app/hook/deliveries/${encodeURIComponent(attemptId)}/attempts`);
    },
  };
}

interface ListedAttempt {
  /** Octokit parses what a number cannot hold as a bigint. */
  readonly id: number | bigint;
  readonly guid: string;
  readonly delivered_at: string;
  readonly redelivery: boolean;
  readonly status_code: number;
  readonly event: string;
}

function attemptOf(listed: ListedAttempt): DeliveryAttempt {
  return {
    id: String(listed.id),
    delivery: listed.guid,
    event: listed.event,
    at: Date.parse(listed.delivered_at),
    redelivery: listed.redelivery,
    status: listed.status_code,
  };
}

function nextCursor(link: string | undefined): string | undefined {
  const url = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return (url === undefined ? null : URL.parse(url)?.searchParams.get('cursor')) ?? undefined;
}
