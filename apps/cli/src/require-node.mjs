/**
 * Plain JavaScript, so that a Node that cannot read TypeScript says what is wrong instead of how.
 * @param {string} version such as `24.12.0`
 * @returns {string | undefined} what to do, when this Node is too old
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 12)) return undefined;
  return (
    `octo-bots needs Node 24.12 or newer; this is Node ${version}. Install a newer one (https://nodejs.org), or run it by ` +
    '"npx octo-bots" in its repository, which brings its own.'
  );
}
