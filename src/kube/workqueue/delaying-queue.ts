import type { Clock } from '../clock.ts';

/** Keys with the times at which they are due: thousands of keys, one timer. The clock must not be set back. */
export class DelayingQueue {
  readonly #times = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Replaces the time that the key had. @param at by the clock */
  addAt(key: string, at: number): void {
    this.#times.set(key, at);
    if (at < this.#wakeAt) this.#wake(at);
  }

  /** Keeps the earlier of two times. @param ms milliseconds from now */
  addAfter(key: string, ms: number): void {
    const at = this.#clock.now() + ms;
    if (at < (this.dueAt(key) ?? Number.POSITIVE_INFINITY)) this.addAt(key, at);
  }

  /** When the key is due, by the clock. */
  dueAt(key: string): number | undefined {
    return this.#times.get(key);
  }

  /** The timer of a deleted key stays while other keys wait; when it fires, it is set for the next key. @returns whether the key waited */
  delete(key: string): boolean {
    const waited = this.#times.delete(key);
    if (this.#times.size === 0) this.#sleep();
    return waited;
  }

  clear(): void {
    this.#times.clear();
    this.#sleep();
  }

  #sleep(): void {
    this.#cancelTimer();
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #wake(at: number): void {
    this.#sleep();
    this.#wakeAt = at;
    this.#cancelTimer = this.#clock.after(at - this.#clock.now(), () => this.#release());
  }

  /** A timer of weeks fires early, because timers are shorter than that: then nothing is due. */
  #release(): void {
    this.#sleep();
    const now = this.#clock.now();
    const due = [...this.#times].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    const next = this.#times.values().reduce((a, b) => (b <= now ? a : Math.min(a, b)), Number.POSITIVE_INFINITY);
    if (next < Number.POSITIVE_INFINITY) this.#wake(next);
    for (const [key, at] of due) {
      // The callback of an earlier key may have deleted this one, or changed its time.
      if (this.#times.get(key) !== at) continue;
      this.delete(key);
      this.#onDue(key);
    }
  }
}
