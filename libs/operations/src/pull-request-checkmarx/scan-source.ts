import type { ScanSource } from '@octo-bots/checkmarx';
import { OctoError } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { CheckedPullRequest } from '../checked-pull-request.ts';

/** The largest archive that is uploaded: it is in the worker's memory on its way. */
const mostBytes = 200 * 1024 * 1024;

export type SourceKind = 'git' | 'upload';

/** The source is larger than what is uploaded. */
export class SourceTooLargeError extends Error {
  override readonly name = 'SourceTooLargeError';
}

/**
 * Where the server gets the head of a pull request from. A private fork is uploaded in any case: no token of ours opens it, but
 * GitHub gives its commits to the repository that it was forked from.
 * @throws SourceTooLargeError
 */
export async function sourceOf(
  github: GitHubClient,
  kind: SourceKind,
  { pull, owner }: { pull: CheckedPullRequest; owner: string },
): Promise<ScanSource> {
  const { head, base } = pull;
  const { ref: branch, sha: commit, repo } = head;
  const isPrivateFork = repo?.private && repo.full_name !== base.repo.full_name;
  if (kind === 'upload' || isPrivateFork || repo === null) {
    return { kind: 'upload', archive: await archiveOf(github, { owner, repo: base.repo.name, ref: commit }) };
  }
  const credential = repo.private ? await credentialOf(github, base.repo.name) : undefined;
  return { kind: 'git', url: repo.clone_url, branch, commit, credential };
}

const tokenSchema = Type.Object({ token: Type.String() });

/**
 * A token that may read this one repository and nothing else, since it leaves the house. GitHub lets it live for an hour, so a new
 * one is asked for: the server clones only once the scan has its turn.
 */
async function credentialOf(github: GitHubClient, repository: string): Promise<{ username: string; token: string }> {
  const answer: unknown = await github.auth({
    type: 'installation',
    repositoryNames: [repository],
    permissions: { contents: 'read' },
    refresh: true,
  });
  if (!Value.Check(tokenSchema, answer)) throw new OctoError('INTERNAL_ERROR', 'the GitHub client gave no token');
  return { username: 'x-access-token', token: answer.token };
}

/** GitHub's zip archive of a commit. The commits of forks are in the repository that they were forked from, too. */
async function archiveOf(
  github: GitHubClient,
  place: { owner: string; repo: string; ref: string },
): Promise<Uint8Array> {
  const { owner, repo, ref } = place;
  const request = { parseSuccessResponseBody: false };
  const { data } = await github.request('GET /repos/{owner}/{repo}/zipball/{ref}', { owner, repo, ref, request });
  const body: unknown = data;
  if (!(body instanceof ReadableStream)) throw new OctoError('INTERNAL_ERROR', 'the GitHub client gave no stream');
  return readBounded(body, mostBytes);
}

/** @throws SourceTooLargeError as soon as there is more than that. */
export async function readBounded(body: ReadableStream<unknown>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body)) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the download.
    if (bytes > most) throw new SourceTooLargeError(`the source is larger than ${most} bytes as a zip archive`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* chunksOf(body: ReadableStream<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (cause) {
    throw new OctoError('GITHUB_REQUEST_FAILED', 'the download of the source broke off', { cause });
  }
}
