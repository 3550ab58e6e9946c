/** An answer, and when it expires by the clock of its cache. */
export interface CachedAnswer<T> {
  readonly until: number;
  readonly answer: Promise<T>;
}

/** Answers for a short time. Those that fail are forgotten at once, and the oldest go first. */
export class ShortCache<T> {
  readonly #most: number;
  /** In order of expiry. */
  readonly #answers = new Map<string, CachedAnswer<T>>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, now: number): CachedAnswer<T> | undefined {
    const known = this.#answers.get(key);
    return known !== undefined && now < known.until ? known : undefined;
  }

  set(key: string, cached: CachedAnswer<T>): CachedAnswer<T> {
    this.#answers.delete(key);
    this.#answers.set(key, cached);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most && oldest !== undefined) this.#answers.delete(oldest);
    cached.answer.catch(() => {
      if (this.#answers.get(key) === cached) this.#answers.delete(key);
    });
    return cached;
  }
}
