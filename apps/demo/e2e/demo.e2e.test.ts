import { fileURLToPath } from 'node:url';
import { runOctoBots } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const demo = (...args: string[]) => runOctoBots({ script, args, timeoutMs: 90_000 });

describe('npm run demo', () => {
  it('with --once reads the labels and the closed stale issue back from GitHub, and ends with 0', async () => {
    const { code, stdout } = await demo('--once');
    expect(stdout).toContain('Read back from GitHub: #2 has the labels prod, feature');
    expect(stdout).toContain('#1 "The login page is slow" is closed');
    expect(stdout).toMatch(/comment +octo-bots\[bot\]: Closed: nothing happened here for 60 days\./);
    expect(code).toBe(0);
  });

  it('names the delivery and its run', async () => {
    const { stdout } = await demo('--once');
    const delivery = /delivery +(\S+)/.exec(stdout)?.[1];
    expect(stdout).toContain(`run        ${delivery}.label-pull-requests`);
  });

  it('ends with 1 and says why when the server has another webhook secret than GitHub', async () => {
    const { code, stdout } = await demo('--once', '--webhook-secret', 'another');
    expect(stdout).toContain('answered 401');
    expect(stdout).toContain('its signature does not fit the webhook secret that the server was given');
    expect(code).toBe(1);
  });

  it('ends with 2 and its usage for an option that it does not know', async () => {
    const { code, stderr } = await demo('--onec');
    expect(stderr).toContain("Unknown option '--onec'");
    expect(stderr).toContain('Usage: npm run demo');
    expect(code).toBe(2);
  });
});
