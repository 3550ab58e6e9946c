import { PRIORITIES, type ScanPriority } from './scan-request.ts';

/**
 * Every so many turns the longest waiting key of a rank goes first: no flood of better priorities starves it.
 * The rank (fair-share.ts) cannot do that: a namespace that floods the queue with a better priority starves its own keys,
 * which have the same rank. Nor can this turn do what the rank does: the keys of a flood wait longest, so another namespace
 * would wait for 8 turns for each of them.
 */
const FAIR_TURN = 8;

/** Keys that wait: the lowest rank first, in it the best priority, and in that first come first served. */
export class PriorityQueue {
  /** Key to its place: places rise within each of the maps. */
  readonly #lines = new Map<ScanPriority, Map<string, number>>(PRIORITIES.map((priority) => [priority, new Map()]));
  readonly #rankOf: (key: string) => number;
  #places = 0;
  #turns = 0;

  constructor(rankOf: (key: string) => number = () => 0) {
    this.#rankOf = rankOf;
  }

  /** At the end of its priority; a key that waits already moves only to a better one. */
  add(key: string, priority: ScanPriority): void {
    const before = this.#priorityOf(key);
    if (before !== undefined && PRIORITIES.indexOf(before) <= PRIORITIES.indexOf(priority)) return;
    this.delete(key);
    this.#places += 1;
    this.#lines.get(priority)?.set(key, this.#places);
  }

  delete(key: string): boolean {
    return [...this.#lines.values()].some((line) => line.delete(key));
  }

  clear(): void {
    for (const line of this.#lines.values()) line.clear();
  }

  /** The next key; undefined when none waits. It stays in the line, and the turn is not counted until `take`. */
  peek(): string | undefined {
    const isFair = (this.#turns + 1) % FAIR_TURN === 0;
    let best: { key: string; rank: number; place: number } | undefined;
    for (const line of this.#lines.values()) {
      for (const [key, place] of line) {
        const rank = this.#rankOf(key);
        const isBetter = best === undefined || rank < best.rank || (isFair && rank === best.rank && place < best.place);
        if (isBetter) best = { key, rank, place };
        // No key behind it in its line is better.
        if (rank === 0) break;
      }
    }
    return best?.key;
  }

  /** The key has its turn. */
  take(key: string): void {
    this.#turns += 1;
    this.delete(key);
  }

  depth(priority: ScanPriority): number {
    return this.#lines.get(priority)?.size ?? 0;
  }

  #priorityOf(key: string): ScanPriority | undefined {
    return PRIORITIES.find((priority) => this.#lines.get(priority)?.has(key));
  }
}
