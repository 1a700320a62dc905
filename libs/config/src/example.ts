/** @returns the `example` of a declaration as one item of a YAML list, however it was indented; ends with a line break. */
export function exampleItem(example: string): string {
  const lines = example.split('\n').filter((line) => line.trim() !== '');
  const margin = Math.min(...lines.map((line) => line.search(/\S/)));
  const bare = lines.map((line) => line.slice(margin).trimEnd());
  const item = bare[0]?.startsWith('- ') ? bare : bare.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
  return `${item.join('\n')}\n`;
}
