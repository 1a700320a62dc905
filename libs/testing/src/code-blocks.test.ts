import { expect, test } from 'vitest';
import { codeBlocks } from './code-blocks.ts';

const markdown = `
\`\`\`sh
first
\`\`\`
1. In a list:
   \`\`\`sh
   second
     indented
   \`\`\`

\`\`\`yaml
- sh
\`\`\`
`;

test('blocks of one language are found, and those in a list are not indented any more', () => {
  expect(codeBlocks(markdown, 'sh')).toEqual(['first\n', 'second\n  indented\n']);
  expect(codeBlocks(markdown, 'yaml')).toEqual(['- sh\n']);
  expect(codeBlocks(markdown, 'json')).toEqual([]);
});
