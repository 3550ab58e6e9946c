/** How long a fact of the cluster that vanished stays in the rules: one that comes and goes then causes no writes. */
export const KEEP_MS = 300_000;

/** A source of ever new facts must not let the rules grow without end: the newest stay. */
const MAX_GONE = 32;

/** A fact of the cluster, such as an address of the API server. */
export interface Kept<T> {
  readonly fact: T;
  /** When it vanished, milliseconds; absent: it is there. */
  readonly goneAt?: number;
}

const key = (fact: unknown): string => JSON.stringify(fact);

/**
 * The facts that are there now, and those that vanished less than KEEP_MS ago. A new fact counts at once.
 * @param before the last result
 * @param at the time, by a clock that is never set back
 */
export const keep = <T>(before: readonly Kept<T>[], now: readonly T[], at: number): Kept<T>[] => {
  const present = new Map(now.map((fact) => [key(fact), { fact }]));
  const gone = before
    .filter(({ fact }) => !present.has(key(fact)))
    .map(({ fact, goneAt = at }) => ({ fact, goneAt }))
    .filter(({ goneAt }) => goneAt + KEEP_MS > at)
    .sort((a, b) => b.goneAt - a.goneAt)
    .slice(0, MAX_GONE);
  return [...present.values(), ...gone];
};

/** When the next fact leaves; Infinity: none is about to. */
export const nextExpiry = (...kept: readonly (readonly Kept<unknown>[])[]): number =>
  Math.min(...kept.flat().map(({ goneAt = Number.POSITIVE_INFINITY }) => goneAt + KEEP_MS));
