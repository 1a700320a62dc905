import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';

/** Octokit with the REST methods, paging, retries and throttling that every request of ours goes through. */
export const BotsOctokit = Octokit.plugin(restEndpointMethods, paginateRest, retry, throttling);
