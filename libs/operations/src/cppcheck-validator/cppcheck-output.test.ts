import { describe, expect, it } from 'vitest';
import { findingsOf } from './cppcheck-output.ts';

function results(errors: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<results version="2"><cppcheck version="2.10"/><errors>${errors}</errors></results>`;
}

const one = '<error id="a" severity="style" msg="M" verbose="V"><location file="./a.c" line="2" column="1"/></error>';

describe('the XML of cppcheck', () => {
  it('may have nothing to say', () => {
    expect(findingsOf(results(''))).toEqual([]);
    expect(findingsOf(results('').replace('<errors></errors>', '<errors/>'))).toEqual([]);
  });

  it('tells each finding once, and those without a place not at all', () => {
    const placeless = '<error id="toomanyconfigs" severity="information" msg="M" verbose="V"/>';
    expect(findingsOf(results(one + one + placeless))).toEqual([
      { id: 'a', severity: 'style', message: 'V', cwe: undefined, locations: [{ path: 'a.c', line: 2, info: '' }] },
    ]);
  });

  it('has names in which every character stands for itself', () => {
    const odd = one.replace('./a.c', '&lt;&amp;&quot;&apos; 1.0\n.c').replace('verbose="V"', 'verbose="007"');
    expect(findingsOf(results(odd))).toMatchObject([{ message: '007', locations: [{ path: '<&"\' 1.0\n.c' }] }]);
  });

  it('gives a kind that nobody knows no weight', () => {
    expect(findingsOf(results(one.replace('style', 'none')))).toMatchObject([{ severity: 'information' }]);
  });

  it('takes what cppcheck was not told for no error of the code', () => {
    const macro = one.replace('"a"', '"unknownMacro"').replace('style', 'error');
    expect(findingsOf(results(macro))).toMatchObject([{ id: 'unknownMacro', severity: 'information' }]);
    expect(findingsOf(results(one.replace('style', 'error')))).toMatchObject([{ severity: 'error' }]);
  });

  it.each(['', 'Segmentation fault', '<?xml version="1.0"?><other/>', '<?xml version="1.0"?><results'])(
    'is refused when it is %j',
    (xml) => {
      expect(() => findingsOf(xml)).toThrow(expect.objectContaining({ code: 'PROGRAM_FAILED', retryable: false }));
    },
  );

  it('expands no entities of its own', () => {
    const bomb = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "hush"><!ENTITY b "&a;&a;&a;">]>';
    const xml = results(one.replace('verbose="V"', 'verbose="&b;"')).replace(/^<\?xml.*\?>/, bomb);
    expect(
      JSON.stringify(
        (() => {
          try {
            return findingsOf(xml);
          } catch (error) {
            return String(error);
          }
        })(),
      ),
    ).not.toContain('hushhush');
  });
});
