import { DateTime } from 'luxon';

/** Which time counts towards an age. */
export interface Calendar {
  /** Saturdays and Sundays do not count. */
  readonly weekdaysOnly: boolean;
  /** Of the IANA database: where a day begins. */
  readonly timezone: string;
}

/**
 * @returns epoch milliseconds of the moment since which `durationMs` of counted time has passed until `now`. On weekdays only, a
 *   day is a day of the timezone: one with a change of the clocks has 23 or 25 hours.
 */
export function cutoff(now: number, durationMs: number, { weekdaysOnly, timezone }: Calendar): number {
  if (!weekdaysOnly) return now - durationMs;
  let moment = DateTime.fromMillis(now, { zone: timezone });
  let left = durationMs;
  for (;;) {
    // The day that ends here, when it is midnight.
    const day = moment.minus({ milliseconds: 1 }).startOf('day');
    if (!day.isWeekend) {
      const span = moment.toMillis() - day.toMillis();
      if (left <= span) return moment.toMillis() - left;
      left -= span;
    }
    moment = day;
  }
}
