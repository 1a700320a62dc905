import type { JsonObject } from './json.ts';

/** A pull request as the issues API shows it: an issue with the key `pull_request`. Both as GitHub's REST documentation has them. */
export function issueFromPull(pull: JsonObject): JsonObject {
  const { url, html_url, diff_url, patch_url, merged_at, draft } = pull;
  const issueUrl = String(pull.issue_url);
  return {
    url: issueUrl,
    repository_url: issueUrl.replace(/\/issues\/\d+$/, ''),
    labels_url: `${issueUrl}/labels{/name}`,
    comments_url: `${issueUrl}/comments`,
    events_url: `${issueUrl}/events`,
    timeline_url: `${issueUrl}/timeline`,
    html_url,
    id: pull.id,
    node_id: pull.node_id,
    number: pull.number,
    title: pull.title,
    user: pull.user,
    labels: pull.labels,
    state: pull.state,
    state_reason: null,
    locked: pull.locked,
    active_lock_reason: null,
    assignee: pull.assignee,
    assignees: pull.assignees,
    milestone: pull.milestone,
    comments: pull.comments,
    created_at: pull.created_at,
    updated_at: pull.updated_at,
    closed_at: pull.closed_at,
    closed_by: null,
    author_association: pull.author_association,
    body: pull.body,
    performed_via_github_app: null,
    draft,
    pull_request: { url, html_url, diff_url, patch_url, merged_at },
  };
}
