import { setImmediate } from 'node:timers/promises';

/** About 10 ms of following edges and comparing texts. */
const SLICE = 50_000;

/** Splits a long computation into slices, so that other work on this thread runs in between. */
export class Yielder {
  #done = 0;

  /** Counts completed operations. @returns whether it is time for `pause` */
  shouldYield(operations: number): boolean {
    this.#done += operations;
    return this.#done >= SLICE;
  }

  async pause(): Promise<void> {
    this.#done = 0;
    await setImmediate();
  }
}
