const HALF_LIFE_MS = 3_600_000;
/** Of scan time, milliseconds: a namespace below it has the first rank, and each doubling costs one rank. */
const ORDINARY_MS = 300_000;

interface Use {
  readonly ms: number;
  readonly at: number;
}

/** How much scan time namespaces have used lately. It is halved every hour. All times are milliseconds. */
export class FairShare {
  readonly #used = new Map<string, Use>();

  /** A scan for these namespaces, each with an equal part, took `ms` and ended at `now`. */
  charge(namespaces: readonly string[], ms: number, now: number): void {
    for (const [namespace] of this.#used) if (this.#of(namespace, now) < 1) this.#used.delete(namespace);
    for (const namespace of namespaces) {
      this.#used.set(namespace, { ms: this.#of(namespace, now) + ms / namespaces.length, at: now });
    }
  }

  /** Namespaces whose use still counts. */
  get size(): number {
    return this.#used.size;
  }

  /** 0 or more, of the namespace that used least: lower ranks go first. */
  rank(namespaces: readonly string[], now: number): number {
    const least = Math.min(...namespaces.map((namespace) => this.#of(namespace, now)));
    return namespaces.length === 0 || least < ORDINARY_MS ? 0 : 1 + Math.floor(Math.log2(least / ORDINARY_MS));
  }

  #of(namespace: string, now: number): number {
    const { ms, at } = this.#used.get(namespace) ?? { ms: 0, at: now };
    return ms * 2 ** (-Math.max(0, now - at) / HALF_LIFE_MS);
  }
}
