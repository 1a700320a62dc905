/** The tokens that a fake gave: each lives its time, until it is forgotten. */
export class Tokens {
  readonly #live = new Map<string, number>();
  #given = 0;

  give(lifeSeconds: number): string {
    const token = `token-${++this.#given}`;
    this.#live.set(token, performance.now() + lifeSeconds * 1000);
    return token;
  }

  accepts(authorization: string | undefined): boolean {
    const until = this.#live.get(authorization?.replace(/^Bearer /, '') ?? '');
    return until !== undefined && performance.now() < until;
  }

  forget(): void {
    this.#live.clear();
  }
}
