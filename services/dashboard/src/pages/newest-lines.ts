import type { LogLine } from '../view/view.ts';

/** How many may wait, as a multiple of what is sent at once, before the oldest go: to sort costs more than to keep. */
const slack = 8;

/** Lines that wait to be sent: the newest by their times, as those of several containers come in bursts. */
export class NewestLines {
  readonly #max: number;
  #waiting: LogLine[] = [];
  #dropped = 0;

  /** @param max how many are sent at once */
  constructor(max: number) {
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(line: LogLine): void {
    this.#waiting.push(line);
    if (this.#waiting.length > slack * this.#max) this.#cut();
  }

  /** @returns what waits, the oldest first, and how many older ones were left out since the last time */
  take(): { readonly lines: readonly LogLine[]; readonly dropped: number } {
    this.#cut();
    const taken = { lines: this.#waiting, dropped: this.#dropped };
    this.#waiting = [];
    this.#dropped = 0;
    return taken;
  }

  #cut(): void {
    const kept = this.#waiting.toSorted((one, other) => one.atMs - other.atMs).slice(-this.#max);
    this.#dropped += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }
}
