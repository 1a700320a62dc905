import { runCommand } from '../executable.ts';
import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { type JsonObject, objectAt, textAt } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** GitHub lists no more files of a pull request. */
const mostFiles = 3000;

const statuses: Readonly<Record<string, string>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  T: 'changed',
  R: 'renamed',
};

/** docs.github.com/rest/pulls: the files that a pull request changes, as Git itself finds them. Without `patch`. */
export function pullFileRoutes(parts: FrontParts): Route[] {
  const { pulls, overlay, mirror } = parts;

  const files = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const allowed = await pass(parts, exchange);
    if (!isSuccess(allowed)) return allowed;
    const repository = `${owner}/${repo}`;
    const pull = await pulls.find(repository, Number(number));
    if (!pull) return errorAnswer(404, 'Not Found');
    const head = textAt(objectAt(overlay.showObject(pull), 'head'), 'sha') ?? '';
    const folder = await mirror.upToDate(repository);
    const base = textAt(pull, 'base', 'sha') ?? '';
    const args = ['-C', folder, 'diff', '--raw', '--no-abbrev', '-z', '--find-renames', `${base}...${head}`];
    const { code, output } = await runCommand('git', args);
    if (code !== 0) return errorAnswer(500, output);
    const { items, link } = pageOf(changes(output).slice(0, mostFiles), exchange.url);
    const { link: _, ...headers } = allowed.headers;
    return jsonAnswer(200, items, { ...headers, ...(link ? { link } : {}) });
  };

  return [route('GET', '/repos/:owner/:repo/pulls/:number/files', files)];
}

/** @param raw `:100644 100644 <old> <new> R100\0old name\0new name\0…` */
function changes(raw: string): JsonObject[] {
  const fields = raw.split('\0');
  const found: JsonObject[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const [, , , sha, status = ''] = (fields[at] ?? '').split(' ');
    const renamed = status.startsWith('R');
    const filename = fields[at + (renamed ? 2 : 1)];
    const previous = renamed ? { previous_filename: fields[at + 1] } : {};
    found.push({ sha, filename, status: statuses[status.charAt(0)] ?? 'changed', ...previous });
    at += renamed ? 3 : 2;
  }
  return found;
}
