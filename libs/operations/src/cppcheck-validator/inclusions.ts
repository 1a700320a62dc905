import { readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Checkout } from '../checkout.ts';

/**
 * cppcheck follows `#include` to any file that the worker may read, a key or the environment of a process, and quotes what
 * stands there in findings whose places are all in the sources. So before it sees the files of a checkout, what leads out of
 * it is no inclusion any more. Lines and columns stay as they are.
 */
export async function keepInclusionsInside({ root, files }: Checkout, signal: AbortSignal): Promise<void> {
  for (const path of files) {
    await setImmediate();
    signal.throwIfAborted();
    const content = await readFile(join(root, path));
    const kept = withInclusionsInside(path, content);
    if (!kept.equals(content)) await writeFile(join(root, path), kept);
  }
}

/** @param path of the file from the root of the repository. */
export function withInclusionsInside(path: string, content: Buffer): Buffer {
  const [first, second] = content;
  // cppcheck reads UTF-16 too, by its mark.
  if (first === 0xff && second === 0xfe) return Buffer.from(inside(path, content.toString('utf16le')), 'utf16le');
  if (first === 0xfe && second === 0xff) {
    const even = content.subarray(0, content.byteLength & ~1);
    return Buffer.from(inside(path, Buffer.from(even).swap16().toString('utf16le')), 'utf16le').swap16();
  }
  return Buffer.from(inside(path, content.toString('latin1')), 'latin1');
}

/** The end of a line that goes on in the next one may stand in the middle of a word. */
const splice = String.raw`(?:(?:\\|\?\?/)[\x00-\x20]+)*`;
const word = [...'include'].join(splice);
const inclusion = new RegExp(
  String.raw`(?:(?<=__has_)|(?<![\w$\x80-\uffff]))${word}(?=_next|[^\w$\x80-\uffff]|$)`,
  'g',
);
const operand = /\(?[ \t]*(?:"([^"\r\n]{0,4096})"|<([^>\r\n]{0,4096})>)/y;

/**
 * More than directives are looked at, such as a comment or a variable of that name: it does no harm there. What is not plainly
 * an inclusion of a file inside, such as that of a macro, is taken for one of a file outside.
 */
function inside(path: string, text: string): string {
  const parts: string[] = [];
  let from = 0;
  inclusion.lastIndex = 0;
  for (let found = inclusion.exec(text); found !== null; found = inclusion.exec(text)) {
    const end = inclusion.lastIndex;
    operand.lastIndex = end;
    const [all = '', quoted, angled] = operand.exec(text) ?? [];
    const isInside = leadsInside(path, quoted ?? angled ?? '');
    // Only past what is inside: else an inclusion could hide in what looks like the name of a file.
    inclusion.lastIndex = isInside ? end + all.length : end;
    parts.push(text.slice(from, found.index), isInside ? found[0] : harmless(found[0]));
    from = end;
  }
  return parts.join('') + text.slice(from);
}

/** Without comments, other spellings of a character, and parts that mean nothing: two readers might not agree about them. */
function leadsInside(path: string, target: string): boolean {
  if (target === '' || !/^[^\p{Cc}"<>\\*?]+$/u.test(target) || target.includes('//') || target.startsWith('/'))
    return false;
  const reached = posix.join(posix.dirname(path), target);
  return reached !== '..' && !reached.startsWith('../');
}

/** The word of a directive that does nothing, as long as that of the inclusion. */
function harmless(name: string): string {
  const letters = [...'pragma '].values();
  return name.replaceAll(/[a-z]/g, () => letters.next().value ?? '');
}
