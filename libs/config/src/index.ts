export type { Extensions } from './extensions.ts';
export { type LoadResult, loadDeployment } from './load.ts';
export { type ConfigProblem, formatProblem, type Place } from './problem.ts';
