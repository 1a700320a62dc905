import { spawn } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';
import { tokenOf } from './accounts.ts';
import { type Answer, errorAnswer, isSuccess } from './answer.ts';
import type { GitMirror } from './git-mirror.ts';
import { type Exchange, type FrontParts, type Route, route } from './routes.ts';

/** `clone_url`: Git's smart HTTP protocol, answered by Git's own `http-backend` from a real repository; for reading. */
export function gitRoutes(parts: FrontParts): Route[] {
  const { mirror } = parts;

  const serve = async (exchange: Exchange, owner: string, name: string): Promise<Answer> => {
    const repository = `${owner}/${name.replace(/\.git$/, '')}`;
    const refusal = await refusalOf(parts, exchange, repository);
    if (refusal) return refusal;
    await mirror.upToDate(repository);
    return httpBackend(mirror, exchange, `/${repository}.git${exchange.url.pathname.replace(/^\/[^/]+\/[^/]+/, '')}`);
  };

  return [
    route('GET', '/:owner/:repo.git/info/refs', serve),
    route('POST', '/:owner/:repo.git/git-upload-pack', serve),
  ];
}

/** Who may read the contents through the REST API may fetch them; a private repository is hidden from all others. */
async function refusalOf(parts: FrontParts, exchange: Exchange, repository: string): Promise<Answer | undefined> {
  const { holder } = exchange;
  const found = await parts.upstream.get(`/repos/${repository}`);
  const headers = { 'www-authenticate': 'Basic realm="GitHub"' };
  if (holder.kind === 'none') {
    return found?.private === false ? undefined : { ...errorAnswer(401, 'Authentication required'), headers };
  }
  const token = tokenOf(exchange.headers.authorization);
  const path = `/repos/${repository}/commits?per_page=1`;
  const asked = { method: 'GET', path, headers: { authorization: `token ${token}` }, body: Buffer.alloc(0) };
  const named = holder.kind === 'installation' ? parts.accounts.repositoriesOf(holder) : [repository];
  const allowed = found?.private === false || named.includes(repository);
  if (allowed && isSuccess(await parts.upstream.pass(asked))) return undefined;
  return errorAnswer(404, 'Repository not found.');
}

/** Runs `git http-backend` as a CGI program (RFC 3875). */
async function httpBackend(mirror: GitMirror, exchange: Exchange, path: string): Promise<Answer> {
  const { method, url, headers, body } = exchange;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: await mirror.root(),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      // The repositories of a test belong to whoever runs it; `safe.directory` is about others'.
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: method,
      PATH_INFO: path,
      QUERY_STRING: url.search.slice(1),
      CONTENT_LENGTH: String(body.byteLength),
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: headers['git-protocol']?.toString() ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // It may answer before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  return fromCgi(Buffer.concat(chunks));
}

function fromCgi(output: Buffer): Answer {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) return errorAnswer(500, 'git http-backend gave no answer');
  const headers: IncomingHttpHeaders = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('utf8').split('\r\n')) {
    const [name = '', value = ''] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else headers[name.toLowerCase()] = value;
  }
  return { status, headers, body: output.subarray(end + 4) };
}
