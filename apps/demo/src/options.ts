import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** End after the story instead of staying up. */
  readonly once: boolean;
  /** The secret that the server is given, where it should differ from the one that GitHub signs with. */
  readonly webhookSecret: string | undefined;
}

export const usage = `Usage: npm run demo [-- options]

Starts an emulated GitHub, a Redis and all of Octo Bots; opens a pull request and shows each step until the bot's answer is on it.

  --once                    end after that instead of staying up; exit code 0 when GitHub has the bots' answers, else 1
  --webhook-secret SECRET   give the server this webhook secret instead of GitHub's, to see what a wrong one does
  --help                    show this
`;

export type ParsedOptions = { readonly options: DemoOptions } | { readonly help: true } | { readonly mistake: string };

export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        'webhook-secret': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) return { help: true };
    return { options: { once: values.once ?? false, webhookSecret: values['webhook-secret'] } };
  } catch (error) {
    return { mistake: error instanceof Error ? error.message : String(error) };
  }
}
