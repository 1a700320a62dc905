/** The longest run of these backticks is shorter than the fence. */
export function fenceFor(text: string, atLeast: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  return '`'.repeat(Math.max(atLeast, longest + 1));
}

/** A path or a text of somebody else, as Markdown that means nothing but itself. */
export function inCode(text: string): string {
  const fence = fenceFor(text, 1);
  const pad = fence.length > 1 ? ' ' : '';
  return fence + pad + text.replaceAll(/[\r\n]/g, '␤') + pad + fence;
}
