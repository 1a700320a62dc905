const longestText = 500;
const deepest = 6;

/**
 * What people see of a run's data. The payload travels compressed in `body`, as text of any length: shown as how much it is,
 * so that the event, the delivery and the outcomes beside it can be found.
 */
export function printable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length <= longestText ? value : hidden(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '(deeper, not shown)';
  if (Array.isArray(value)) return value.map((item) => printable(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      depth === 0 && key === 'body' && typeof item === 'string' ? hidden(item) : printable(item, depth + 1),
    ]),
  );
}

function hidden(text: string): string {
  return `(${text.length.toLocaleString('en')} characters, not shown)`;
}
