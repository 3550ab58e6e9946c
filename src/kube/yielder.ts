import { setImmediate } from 'node:timers/promises';

/** About 10 ms of following edges and comparing texts. */
const SLICE = 50_000;

/** Parts a long computation, so that whatever else waits for this thread has its turn in between. */
export class Yielder {
  #done = 0;

  /** Counts operations that were done. @returns whether it is time for `next` */
  isOver(operations: number): boolean {
    this.#done += operations;
    return this.#done >= SLICE;
  }

  async next(): Promise<void> {
    this.#done = 0;
    await setImmediate();
  }
}
