export * from './answers.ts';
export type { Tls } from './certificate.ts';
export { servicesPlugin } from './plugin.ts';
export * from './process.ts';
export * from './server.ts';
export * from './service.ts';
export * from './status-routes.ts';
