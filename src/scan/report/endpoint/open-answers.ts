/** Answers that are open at the same time. */
const MAX_OPEN = 16;
/** Of these, for one token and for one namespace: no client can occupy all. */
const MAX_OF_ONE = 4;
/** Above this size of all answers together, no further one is made: it may be as large again. */
const MAX_BYTES = 64 * 2 ** 20;

/** The place of one answer. */
interface Place {
  /** Counts the size of the answer. */
  grow(bytes: number): void;
  close(): void;
}

/** Reports that are being made or sent. Each may take tens of megabytes. */
export class OpenAnswers {
  readonly #ofOne = new Map<string, number>();
  #open = 0;
  #bytes = 0;

  /** @param owners the client and the namespace @returns undefined: the limit is reached */
  open(owners: readonly string[]): Place | undefined {
    if (this.#open >= MAX_OPEN || this.isFull()) return undefined;
    if (owners.some((owner) => (this.#ofOne.get(owner) ?? 0) >= MAX_OF_ONE)) return undefined;
    this.#count(owners, 1);
    let size = 0;
    return {
      grow: (bytes) => {
        size += bytes;
        this.#bytes += bytes;
      },
      close: () => {
        this.#count(owners, -1);
        this.#bytes -= size;
      },
    };
  }

  /** Whether the answers have reached the limit of bytes. */
  isFull(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  #count(owners: readonly string[], by: 1 | -1): void {
    this.#open += by;
    for (const owner of owners) {
      const count = (this.#ofOne.get(owner) ?? 0) + by;
      if (count === 0) this.#ofOne.delete(owner);
      else this.#ofOne.set(owner, count);
    }
  }
}
