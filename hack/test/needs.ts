/** In this order. */
export const needs = ['cluster', 'scanner'] as const;
/** What a test file asks to be there before it starts: a cluster, or the programs that scanning is tested with. */
export type Need = (typeof needs)[number];

export interface Provided {
  /** Added to that of each file that needs it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export type Providers = Readonly<Record<Need, () => Promise<Provided>>>;

/** Sets up each need once, and only what some file needs. */
export class Provisions {
  readonly #providers: Providers;
  readonly #provided = new Map<Need, Promise<Provided>>();
  #isSettled = true;
  #settled: Promise<void> = Promise.resolve();

  constructor(providers: Providers) {
    this.#providers = providers;
  }

  /** One after another: any of them may be the compiler for minutes. */
  start(wanted: ReadonlySet<Need>): void {
    this.#isSettled = false;
    let last: Promise<unknown> = Promise.resolve();
    for (const need of needs.filter((name) => wanted.has(name))) {
      const provided = last.then(this.#providers[need]);
      this.#provided.set(need, provided);
      last = provided.catch(() => {});
    }
    this.#settled = last.then(() => {
      this.#isSettled = true;
    });
  }

  /** Nothing is being set up. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Resolves when nothing is being set up any more, whether it is there or not. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** @throws an error that names the missing need and its cause */
  async environment(wanted: readonly Need[]): Promise<Record<string, string>> {
    const environments = wanted.map(async (need) => {
      const provided = await this.#provided.get(need)?.catch((cause: Error) => {
        throw new Error(`no ${need}: ${cause.message}`, { cause });
      });
      return provided?.environment ?? {};
    });
    return Object.assign({}, ...(await Promise.all(environments)));
  }

  async stop(): Promise<void> {
    for (const provided of this.#provided.values()) await (await provided.catch(() => undefined))?.stop();
  }
}
