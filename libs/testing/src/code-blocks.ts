/** @returns the fenced blocks of a Markdown text in this language, without the indentation that a list gives them. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = /^( *)```(\S*)\n([\s\S]*?)^ *```$/gm;
  return [...markdown.matchAll(fence)]
    .filter(([, , tag]) => tag === language)
    .map(([, indentation = '', , code = '']) => code.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''));
}
