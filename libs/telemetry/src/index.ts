export * from './describe-error.ts';
export * from './keys.ts';
export * from './logger.ts';
export * from './metrics.ts';
