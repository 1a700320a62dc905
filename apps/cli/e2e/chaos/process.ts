/**
 * One process of Octo Bots as `octo-bots ingress` and `octo-bots worker` start it, with the chaos suite's operations among
 * its extensions, and with locks so short that a killed worker's runs are taken over within seconds.
 *
 *     node process.ts ingress|worker <main file> <Redis URL>
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { serve } = await import('./serve.ts');
const [role = '', config = '', redisUrl = ''] = process.argv.slice(2);
await serve({ role, config, redisUrl });
