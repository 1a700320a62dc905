/** Two operations know `close-stale`'s comments by these (marked-comment.ts): the one that goes with a closing … */
export const closingMark = 'close-stale';
/** … and the one that goes with the stale label. */
export const stalenessMark = 'close-stale:marked';
