import type { GitHubClient } from '@octo-bots/github';

/**
 * Which of these labels of a pull request a bot set, by the last time that each was set. Where GitHub does not tell who it was,
 * it counts as a person.
 */
export async function labelsOfBots(
  github: GitHubClient,
  { owner, repo, number, labels }: { owner: string; repo: string; number: number; labels: readonly string[] },
): Promise<readonly string[]> {
  const events = await github.paginate(github.rest.issues.listEvents, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  const setByBot = new Map<string, boolean>();
  for (const event of events) {
    if (event.event !== 'labeled' || !('label' in event)) continue;
    setByBot.set(event.label.name?.toLowerCase() ?? '', event.actor?.type === 'Bot');
  }
  return labels.filter((label) => setByBot.get(label.toLowerCase()) === true);
}
