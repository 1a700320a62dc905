import { expect, test } from 'vitest';
import { exampleItem } from './example.ts';

test('an example is one item of a list, however it stands in the code', () => {
  const item = '- labels:\n    scheme:\n      - a\n';
  expect(exampleItem('labels:\n  scheme:\n    - a')).toBe(item);
  expect(exampleItem('\n    labels:\n      scheme:\n        - a\n  ')).toBe(item);
  expect(exampleItem('\n  - labels:\n      scheme:\n        - a\n')).toBe(item);
  expect(exampleItem('labels')).toBe('- labels\n');
});
