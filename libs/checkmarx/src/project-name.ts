/** The name as every product takes it. */
export function projectName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9\-_.@]/g, '_');
}
