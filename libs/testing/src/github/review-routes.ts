import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { type JsonObject, objectsOf, textAt, textsOf } from './json.ts';
import { bodyOf, type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/collaborators and docs.github.com/rest/pulls/review-requests: who may review, and who is asked to. */
export function reviewRoutes(parts: FrontParts): Route[] {
  const { upstream, pulls, payloads } = parts;

  /** The role of an explicit collaborator or a member of the organisation; undefined for everybody else. */
  const roleOf = async (repository: string, login: string): Promise<string | undefined> =>
    textAt(await upstream.get(`/repos/${repository}/collaborators/${login}/permission`), 'role_name');

  const permission = async (exchange: Exchange, owner: string, repo: string, login: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const role = textAt(answer.body, 'role_name');
    if (isSuccess(answer) && role !== undefined) {
      return { ...answer, body: { ...Object(answer.body), permission: baseRoleOf(role) } };
    }
    const [user, repository] = await Promise.all([
      upstream.get(`/users/${login}`),
      upstream.get(`/repos/${owner}/${repo}`),
    ]);
    if (answer.status !== 404 || !user || !repository) return answer;
    // Everybody may read what is public.
    const others = repository.private === true ? 'none' : 'read';
    return jsonAnswer(200, { permission: others, role_name: others, user }, answer.headers);
  };

  const collaborators = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const allowed = await pass(parts, exchange);
    if (!isSuccess(allowed)) return allowed;
    const wanted = exchange.url.searchParams.get('permission') ?? 'pull';
    const direct = await upstream.all(`/repos/${owner}/${repo}/collaborators?`);
    const members = await upstream.all(`/orgs/${owner}/members?`);
    const account = await upstream.get(`/users/${owner}`);
    const people = new Map(
      [...(account?.type === 'User' ? [account] : []), ...direct, ...members].map((user) => [
        textAt(user, 'login') ?? '',
        user,
      ]),
    );
    const all: JsonObject[] = [];
    for (const [login, user] of people) {
      const role = (await roleOf(`${owner}/${repo}`, login)) ?? 'read';
      const permissions = permissionsOf(role);
      if (permissions[wanted] === true) all.push({ ...user, permissions, role_name: role });
    }
    const { items, link } = pageOf(all, exchange.url);
    const { link: _, ...headers } = allowed.headers;
    return jsonAnswer(200, items, { ...headers, ...(link ? { link } : {}) });
  };

  const ask = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const pull = await pulls.find(repository, Number(number));
    const body = bodyOf(exchange);
    const [logins, teams] = [textsOf(body.reviewers), textsOf(body.team_reviewers)];
    if (logins.includes(textAt(pull, 'user', 'login') ?? '')) {
      return errorAnswer(422, 'Review cannot be requested from pull request author.');
    }
    const roles = await Promise.all(logins.map((login) => roleOf(repository, login)));
    const teamsThere = await Promise.all(teams.map((slug) => hasTeam(repository, owner, slug)));
    if (roles.includes(undefined) || teamsThere.includes(false)) {
      return errorAnswer(
        422,
        'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a ' +
          `collaborator of the ${repository} repository.`,
      );
    }
    const asked = new Set([
      ...loginsOf(pull),
      ...logins,
      ...objectsOf(pull?.requested_teams).map(({ slug }) => slug),
      ...teams,
    ]);
    if (asked.size > mostReviewers) {
      return errorAnswer(422, `Could not request review: no more than ${mostReviewers} reviewers are allowed.`);
    }
    payloads.expectReviewers(repository, Number(number), {
      reviewers: logins.filter((login) => !loginsOf(pull).includes(login)),
      teams,
    });
    const answer = await pass(parts, exchange);
    return isSuccess(answer) ? { ...answer, status: 201 } : answer;
  };

  const hasTeam = async (repository: string, org: string, slug: string): Promise<boolean> =>
    (await upstream.all(`/orgs/${org}/teams/${slug}/repos?`)).some((repo) => repo.full_name === repository);

  const review = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const login = textAt(answer.body, 'user', 'login');
    const pull = await pulls.find(`${owner}/${repo}`, Number(number));
    // Who reviewed is not asked any more.
    if (isSuccess(answer) && login !== undefined && 'event' in bodyOf(exchange) && loginsOf(pull).includes(login)) {
      const path = `/repos/${owner}/${repo}/pulls/${number}/requested_reviewers`;
      await upstream.ask('DELETE', path, { reviewers: [login] });
    }
    return answer;
  };

  return [
    route('GET', '/repos/:owner/:repo/collaborators', collaborators),
    route('GET', '/repos/:owner/:repo/collaborators/:login/permission', permission),
    route('POST', '/repos/:owner/:repo/pulls/:number/requested_reviewers', ask),
    route('POST', '/repos/:owner/:repo/pulls/:number/reviews', review),
  ];
}

const mostReviewers = 15;

function loginsOf(pull: JsonObject | undefined): string[] {
  return textsOf(objectsOf(pull?.requested_reviewers).map(({ login }) => login));
}

/** GitHub's five roles, lowest first, and what each may. */
const roles = ['read', 'triage', 'write', 'maintain', 'admin'];
const permissions = ['pull', 'triage', 'push', 'maintain', 'admin'];

function permissionsOf(role: string): Readonly<Record<string, boolean>> {
  return Object.fromEntries(permissions.map((name, index) => [name, index <= roles.indexOf(role)]));
}

/** `permission` knows only the roles that there were before there were five. */
function baseRoleOf(role: string): string {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}
