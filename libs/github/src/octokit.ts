import { Octokit } from '@octokit/core';
import type { OctokitOptions } from '@octokit/core/types';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';

/**
 * For a program that talks to the same server by itself, as Git does: every certificate authority to trust, as PEM; undefined
 * when the machine's own are enough.
 */
function trust(_octokit: Octokit, options: OctokitOptions): { readonly trustedAuthorities: string | undefined } {
  const { trustedAuthorities } = options;
  return { trustedAuthorities: typeof trustedAuthorities === 'string' ? trustedAuthorities : undefined };
}

/** Octokit with the REST methods, paging, retries and throttling that every request of ours goes through. */
export const BotsOctokit = Octokit.plugin(restEndpointMethods, paginateRest, retry, throttling, trust);
