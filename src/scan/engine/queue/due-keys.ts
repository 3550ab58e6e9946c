import type { Clock } from '../../../kube/clock.ts';

/** Keys that wait for their times, thousands of them with one timer. The clock is one that is never set. */
export class DueKeys {
  readonly #times = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Replaces the time that the key had. @param at by the clock */
  set(key: string, at: number): void {
    this.#times.set(key, at);
    if (at < this.#wakeAt) this.#wake(at);
  }

  /** When the key is due, by the clock. */
  get(key: string): number | undefined {
    return this.#times.get(key);
  }

  /** While others wait the timer may come for nothing, and looks for the next time then. */
  delete(key: string): void {
    this.#times.delete(key);
    if (this.#times.size === 0) this.#sleep();
  }

  clear(): void {
    this.#times.clear();
    this.#sleep();
  }

  #sleep(): void {
    this.#cancel();
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #wake(at: number): void {
    this.#sleep();
    this.#wakeAt = at;
    this.#cancel = this.#clock.after(at - this.#clock.now(), () => this.#look());
  }

  /** A timer of weeks comes early, because timers are shorter than that: then nothing is due. */
  #look(): void {
    this.#sleep();
    const now = this.#clock.now();
    const due = [...this.#times].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    for (const [key] of due) this.#times.delete(key);
    const next = this.#times.values().reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (next < Number.POSITIVE_INFINITY) this.#wake(next);
    for (const [key] of due) this.#onDue(key);
  }
}
