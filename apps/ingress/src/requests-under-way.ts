/** Counts requests, so that a shutdown can wait for the last one. open → closed: `close` was called, and stays so. */
export class RequestsUnderWay {
  #count = 0;
  #closed = false;
  readonly #idle = Promise.withResolvers<void>();

  get closed(): boolean {
    return this.#closed;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    this.#settle();
  }

  /** @returns when the last request ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#settle();
    return this.#idle.promise;
  }

  #settle(): void {
    if (this.#closed && this.#count === 0) this.#idle.resolve();
  }
}
