import { describe, expect, it } from 'vitest';
import { OctoError } from './errors.ts';
import { defineRegistry } from './extension-list.ts';

const labels = { kind: 'operation', type: 'labels', summary: 'Sets labels.' };
const names = { kind: 'operation', type: 'names', summary: 'Checks names.' };

describe('a list of extensions', () => {
  it('keeps what it was given, in that order', () => {
    expect(defineRegistry([names, labels])).toEqual([names, labels]);
  });

  it('refuses two extensions of one type and names both', () => {
    const other = { ...labels, summary: 'Labels by file.' };
    const define = () => defineRegistry([labels, names, other]);
    expect(define).toThrow(OctoError);
    expect(define).toThrow(
      expect.objectContaining({
        code: 'EXTENSION_DUPLICATE',
        message: expect.stringMatching(/two operations .*"labels".*"Sets labels\.".*"Labels by file\."/),
      }),
    );
  });
});
