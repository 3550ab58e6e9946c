import type { Clock } from '../clock.ts';

interface Entry {
  dueAt: number;
  cancel: () => void;
}

/** Keys that wait for their time; each at most once. */
export class DelayedKeys {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Keeps the earlier of two times. @param ms milliseconds from now */
  schedule(key: string, ms: number): void {
    const dueAt = this.#clock.now() + ms;
    const earlier = this.#entries.get(key);
    if (earlier !== undefined && earlier.dueAt <= dueAt) return;
    earlier?.cancel();
    this.#arm(key, dueAt);
  }

  /** @returns whether it waited */
  cancel(key: string): boolean {
    this.#entries.get(key)?.cancel();
    return this.#entries.delete(key);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.cancel(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  #arm(key: string, dueAt: number): void {
    const cancel = this.#clock.after(dueAt - this.#clock.now(), () => {
      // A wait of weeks comes back early, because timers are shorter than that.
      if (this.#clock.now() + 1000 < dueAt) return this.#arm(key, dueAt);
      this.#entries.delete(key);
      this.#onDue(key);
    });
    this.#entries.set(key, { dueAt, cancel });
  }
}
