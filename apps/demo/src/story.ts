import colors from 'picocolors';

/** Prints what a person sees: steps with the time since the start, details under them, and how it ended. */
export class Story {
  readonly #startedAt = performance.now();
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  title(text: string, subtitle: string): void {
    this.#write('');
    this.#write(`  ${colors.bold(text)}  ${colors.dim(subtitle)}`);
    this.#write('');
  }

  /** Something happened. */
  step(text: string): void {
    this.#write(`${colors.dim(this.#elapsed())}  ${colors.green('●')} ${text}`);
  }

  /** More about the step above. */
  detail(label: string, text: string): void {
    this.#write(`${' '.repeat(8)}    ${colors.dim(label.padEnd(10))} ${text}`);
  }

  /** The step did not come to what it should. */
  failure(text: string): void {
    this.#write(`${colors.dim(this.#elapsed())}  ${colors.red('✗')} ${colors.bold(text)}`);
  }

  heading(text: string): void {
    this.#write('');
    this.#write(`  ${colors.bold(text)}`);
  }

  pointer(label: string, text: string): void {
    this.#write(`    ${label.padEnd(22)} ${colors.cyan(text)}`);
  }

  blank(): void {
    this.#write('');
  }

  #elapsed(): string {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    return `${seconds.toFixed(1)} s`.padStart(8);
  }
}
