import Bottleneck from 'bottleneck';

/**
 * How fast one installation (or the App itself) may be written to, from this process.
 *
 * GitHub asks for a second between writes and refuses more than 80 new contents a minute. The throttling plugin's own
 * groups keep strictly to one write a second, and to one comment or pull request in three, so that even a bot's second
 * write waits. These allow the same rate over a minute, but a burst at its start.
 */
const burst = 20;
/** Bottleneck looks every 5 s whether a bucket is to be filled. */
const refillEveryMs = 5_000;
/** A key that nobody used for that long is forgotten, and with it how much of its burst is left. */
const forgetAfterMs = 120_000;

/** All writes: the burst, and 60 a minute. */
const write = bucket({ perRefill: 5 });
/** Writes that send a notification, such as comments: the burst, and 24 a minute. */
const notifications = bucket({ perRefill: 2 });

export const pacing = { write, notifications } as const;

function bucket({ perRefill }: { perRefill: number }): Bottleneck.Group {
  return new Bottleneck.Group({
    timeout: forgetAfterMs,
    reservoir: burst,
    reservoirIncreaseAmount: perRefill,
    reservoirIncreaseInterval: refillEveryMs,
    reservoirIncreaseMaximum: burst,
  });
}
