import { describe, expect, it } from 'vitest';
import { renderMessage, unknownPlaceholders } from './message.ts';

const values = {
  author: 'mona',
  days: '61',
  'close-days': '7',
  kind: 'issue',
  label: 'stale',
  number: '3',
  repository: 'octo-org/hello-world',
  title: 'Crash',
};

describe('a message', () => {
  it('holds what it names, with or without spaces', () => {
    expect(renderMessage('@{{author}}: {{ kind }} {{number}} “{{title}}”, {{days}} days', values)).toBe(
      '@mona: issue 3 “Crash”, 61 days',
    );
  });

  it('holds a name as it is, so that it makes a working address', () => {
    expect(renderMessage('https://github.com/{{repository}}', { ...values, repository: 'octo-org/my_repo' })).toBe(
      'https://github.com/octo-org/my_repo',
    );
    expect(renderMessage('@{{author}}', { ...values, author: 'mona_corp' })).toBe('@mona_corp');
  });

  it('tells what it does not know', () => {
    expect(unknownPlaceholders('{{author}} {{ Author }} {{}} {{constructor}}')).toEqual([
      '{{ Author }}',
      '{{}}',
      '{{constructor}}',
    ]);
  });

  it('lets a title neither mention, nor refer, nor hide anything, nor name a placeholder', () => {
    const title =
      '@octo-org/all #1 GH-2 www.e.com <!-- octo-bots:close-stale --> **now** [x](https://e.com) {{author}}';
    const rendered = renderMessage('{{title}}', { ...values, title });
    expect(rendered).not.toMatch(/@octo|#1|GH-2|www\.|<!--|https:\/\/|mona/);
    expect(rendered).toContain('\\*\\*now\\*\\*');
  });
});
