export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** Its name in YAML. */
export const operationType = 'close-stale';

/** By these our comments are known again: the one that goes with a closing, and the one that goes with the stale label. */
export const closingMark = operationType;
export const stalenessMark = `${operationType}:marked`;
