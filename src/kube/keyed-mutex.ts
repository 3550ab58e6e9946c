/** Lets work on the same thing run one after the other, in the order of the calls. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(name) ?? Promise.resolve()).then(work);
    const settled: Promise<void> = result.then(
      () => this.#forget(name, settled),
      () => this.#forget(name, settled),
    );
    this.#last.set(name, settled);
    return result;
  }

  #forget(name: string, settled: Promise<void>): void {
    if (this.#last.get(name) === settled) this.#last.delete(name);
  }
}
