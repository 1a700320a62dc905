/**
 * Ends with the signal even while the work waits where no signal reaches it, such as in a queue or in a request that many
 * share. The work itself goes on; how it ends is then nobody's matter.
 * @throws signal.reason once the signal has fired
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([aborted.promise, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
