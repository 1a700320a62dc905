import { describe, expect, it } from 'vitest';
import { ownersOf, parseCodeowners } from './codeowners.ts';

const ownersIn = (text: string, ...files: string[]) => ownersOf(files, parseCodeowners(text));

describe('a pattern of CODEOWNERS', () => {
  it.each([
    // The examples of GitHub's documentation.
    { pattern: '*', yes: ['a', '.env', 'a/b/c.js'], no: [] },
    { pattern: '*.js', yes: ['a.js', 'a/b/c.js'], no: ['a.jsx', 'js'] },
    { pattern: '/build/logs/', yes: ['build/logs/a', 'build/logs/a/b'], no: ['x/build/logs/a', 'build/logs'] },
    { pattern: 'docs/*', yes: ['docs/getting-started.md'], no: ['docs/build-app/troubleshooting.md', 'a/docs/b'] },
    { pattern: 'apps/', yes: ['apps/a', 'x/apps/b/c'], no: ['apps', 'myapps/a'] },
    { pattern: '/docs/', yes: ['docs/a', 'docs/a/b'], no: ['x/docs/a'] },
    { pattern: '/scripts/', yes: ['scripts/a.sh'], no: ['scripts-old/a.sh'] },
    { pattern: '**/logs', yes: ['logs/a', 'build/logs/a', 'deeply/nested/logs/b', 'build/logs'], no: ['catalogs/a'] },
    { pattern: '/apps/github', yes: ['apps/github', 'apps/github/a/b'], no: ['x/apps/github', 'apps/github2'] },
    // Others.
    { pattern: '/*', yes: ['README.md'], no: ['src/a.c'] },
    { pattern: 'src/**', yes: ['src/a', 'src/a/b'], no: ['x/src/a'] },
    { pattern: 'src/**/test/', yes: ['src/test/a', 'src/a/b/test/c'], no: ['src/test', 'test/a'] },
    { pattern: 'src/*.c', yes: ['src/a.c'], no: ['src/a/b.c', 'x/src/a.c'] },
    { pattern: 'Makefile', yes: ['Makefile', 'a/Makefile'], no: ['makefile'] },
    { pattern: '/a?.txt', yes: ['ab.txt'], no: ['a.txt', 'a/.txt'] },
    { pattern: 'my\\ docs/', yes: ['my docs/a'], no: ['docs/a'] },
    { pattern: '/app/(login)/{id}/+page.ts', yes: ['app/(login)/{id}/+page.ts'], no: ['app/login/id/page.ts'] },
    { pattern: '/packages/@scope/a!b/', yes: ['packages/@scope/a!b/c'], no: ['packages/scope/ab/c'] },
    { pattern: '/', yes: [], no: ['a'] },
  ])('$pattern matches $yes and not $no', ({ pattern, yes, no }) => {
    const [line] = parseCodeowners(`${pattern} @ada`);
    expect([...yes, ...no].filter((path) => line?.matches(path))).toEqual(yes);
  });
});

describe('the owners of files', () => {
  it('are those of the last line that matches', () => {
    const text = '* @ada\n*.js @grace @octo-org/js\n/vendor/ @linus';
    expect(ownersIn(text, 'a.txt')).toEqual(['@ada']);
    expect(ownersIn(text, 'a.js')).toEqual(['@grace', '@octo-org/js']);
    expect(ownersIn(text, 'vendor/a.js')).toEqual(['@linus']);
  });

  it('are nobody where the last line that matches has none', () => {
    expect(ownersIn('* @ada\n/generated/', 'generated/a.c')).toEqual([]);
    expect(ownersIn('* @ada\n/generated/ # nobody', 'generated/a.c', 'b.c')).toEqual(['@ada']);
  });

  it('are named once, who owns most files first', () => {
    const text = '*.a @ada\n*.b @grace\n*.c @Ada @octo-org/c';
    expect(ownersIn(text, '1.b', '1.a', '1.c')).toEqual(['@ada', '@grace', '@octo-org/c']);
  });

  it('are read over comments, blank lines, spaces, and Windows line ends', () => {
    const text = '# All\r\n\r\n  *.md   @ada # words\r\n*.c\t@grace #@linus\r\n';
    expect(ownersIn(text, 'a.md', 'a.c')).toEqual(['@ada', '@grace']);
  });

  it('are not read from a line that GitHub does not understand', () => {
    const text = '* @ada\n!a.c @grace\n[ab].c @grace\n*.c grace\n*.c @grace linus\n\\#a.c @grace';
    expect(ownersIn(text, 'a.c', '#a.c')).toEqual(['@ada']);
  });

  it('may be an address', () => {
    expect(ownersIn('* ada@example.com', 'a')).toEqual(['ada@example.com']);
  });
});
