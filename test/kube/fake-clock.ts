import type { Clock } from '../../src/kube/clock.ts';

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that a test moves by hand, and is never set. */
export class FakeClock implements Clock {
  /** The time of day: it moves along, and can be set, which no timer notices. */
  readonly wall: Clock = {
    now: () => this.#now + this.#wallAhead,
    after: (ms, callback) => this.after(ms, callback),
  };
  #now = Date.parse('2026-01-01T00:00:00Z');
  #wallAhead = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** @param time milliseconds since 1970 */
  setWall(time: number): void {
    this.#wallAhead = time - this.#now;
  }

  /** Timers that have not come back yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How long until the next timer, milliseconds. */
  get next(): number {
    return Math.min(...[...this.#timers].map((t) => t.at)) - this.#now;
  }

  /** Lets so much time pass: due timers in order, and after each what their callbacks started. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turn();
    for (;;) {
      const due = [...this.#timers].filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await turn();
    }
    this.#now = until;
    await turn();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
