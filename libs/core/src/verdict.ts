/** What a filter decides, always with the values it looked at. */
export interface FilterVerdict {
  /** True: this event is filtered out. */
  readonly filteredOut: boolean;
  readonly reason: string;
}

export function letThrough(reason: string): FilterVerdict {
  return { filteredOut: false, reason };
}

export function filterOut(reason: string): FilterVerdict {
  return { filteredOut: true, reason };
}
