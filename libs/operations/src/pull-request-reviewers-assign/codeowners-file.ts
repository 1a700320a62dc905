import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { parseCodeowners } from './codeowners.ts';

/** Where GitHub looks; the first that is there counts, and no other. */
const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

interface RepositoryPlace {
  readonly owner: string;
  readonly repo: string;
}

/** @returns undefined when the branch has no such file. */
export async function readCodeowners(
  github: GitHubClient,
  place: RepositoryPlace,
  branch: string,
): Promise<ReturnType<typeof parseCodeowners> | undefined> {
  for (const path of places) {
    const text = await textOf(github, place, { path, branch });
    if (text !== undefined) return parseCodeowners(text);
  }
  return undefined;
}

async function textOf(
  github: GitHubClient,
  { owner, repo }: RepositoryPlace,
  { path, branch }: { path: string; branch: string },
): Promise<string | undefined> {
  try {
    const { data } = await github.rest.repos.getContent({ owner, repo, path, ref: branch });
    if (Array.isArray(data) || data.type !== 'file') return undefined;
    if (data.encoding === 'base64') return decoded(data.content);
    // Of a file above 1 MB GitHub gives the content as a blob only.
    const blob = await github.rest.git.getBlob({ owner, repo, file_sha: data.sha });
    return decoded(blob.data.content);
  } catch (error) {
    if (answeredStatus(error) !== 404) throw error;
    return undefined;
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
