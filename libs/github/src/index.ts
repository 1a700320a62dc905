/**
 * The GitHub App client of Octo Bots, and the only library that knows Octokit.
 *
 * - `githubAppCredentials` declares `github-app-credentials`: what stands in YAML, and how a client is made from it.
 * - That client checks the signatures of webhooks, and gives an operation the GitHub of its event's own installation
 *   (`GitHubClient`: Octokit's `rest`, `paginate`, `request`) or, in a background job, that of every installation
 *   (`GitHubInstallations`).
 * - What a failed request rejects with: errors.ts. How long one may take: limits.ts.
 *
 * Filters and operations import types from here and nothing else; by them core's `EventPayloads`, `EventClients` and
 * `JobClients` know GitHub.
 */
export { githubAppCredentials } from './credentials.ts';
export * from './types.ts';
