export { exampleItem } from './example.ts';
export type { Extensions } from './extensions.ts';
export { type LoadResult, loadDeployment } from './load.ts';
export { type ConfigOption, optionsOf, ownValueOf } from './option-list.ts';
export { type ConfigProblem, formatProblem, type Place } from './problem.ts';
export { BotDefinition, JobDefinition, MainFile, Settings } from './schemas.ts';
