export { runCli, type Terminal } from './cli.ts';
export { extensions } from './extensions.ts';
export { createOctoBots, type OctoBots, type OctoBotsOptions } from './octo-bots.ts';
export type { ServiceName } from './services.ts';
