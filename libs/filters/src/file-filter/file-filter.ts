import { answeredStatus, defineAskingFilter, filterOut, letThrough, Options } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';

/** What stands at that path may be a file, a folder, a symbolic link or a submodule: each of them exists. */
export const fileFilter = defineAskingFilter({
  type: 'file-filter',
  about: 'repository',
  summary: 'Lets through the events of repositories that have certain files.',
  example: `file-filter:
  exists: [.clang-format]
`,
  clients: ['github'],
  config: Options({
    exists: Type.Array(Type.String({ minLength: 1 }), {
      description:
        'Paths from the root of the repository that must all exist: on the base branch of a pull request, else on the default branch.',
    }),
  }),
  async filter({ config, event, clients: { github }, signal }) {
    if (config.exists.length === 0) return letThrough('no file has to exist');
    const { repository, pull_request: pullRequest } = event.payload;
    if (!repository) {
      return filterOut(`the event "${event.name}" is about no repository, so ${config.exists.join(', ')} cannot exist`);
    }
    // The branch rather than the commit in the payload: GitHub leaves that one as it was when the head last changed.
    const branch = pullRequest ? pullRequest.base.ref : undefined;
    const place = `${repository.full_name} on ${branch ?? 'its default branch'}`;
    for (const path of config.exists) {
      signal.throwIfAborted();
      if (!(await exists(github, { owner: repository.owner.login, repo: repository.name, path, branch }))) {
        return filterOut(`${path} is missing in ${place}`);
      }
    }
    return letThrough(`${config.exists.join(', ')} ${config.exists.length === 1 ? 'exists' : 'exist'} in ${place}`);
  },
});

async function exists(
  github: GitHubClient,
  where: { owner: string; repo: string; path: string; branch: string | undefined },
): Promise<boolean> {
  const { branch, path, ...repository } = where;
  try {
    await github.rest.repos.getContent({
      ...repository,
      path: fromRoot(path),
      ...(branch === undefined ? {} : { ref: branch }),
      // In this form GitHub answers for files of any kind and up to 100 MB, and a folder with one object.
      mediaType: { format: 'object' },
    });
    return true;
  } catch (error) {
    // A missing file, a missing folder above it, a missing branch and an empty repository are all answered 404.
    if (answeredStatus(error) === 404) return false;
    throw error;
  }
}

/** `./a/b` and `/a/b` are how people write `a/b`, and GitHub knows only the last. */
function fromRoot(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
