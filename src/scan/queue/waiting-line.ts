import { PRIORITIES, type ScanPriority } from './ask.ts';

/** Every so many turns the longest waiting key goes first, whatever its priority: no flood of better ones starves it. */
const FAIR_TURN = 8;

/** Keys that wait, the best priority first, and first come first served within one. */
export class WaitingLine {
  /** Key to its place: places rise within each of the maps. */
  readonly #lines = new Map<ScanPriority, Map<string, number>>(PRIORITIES.map((priority) => [priority, new Map()]));
  #places = 0;
  #turns = 0;

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

  /** Whose turn it is; undefined when nobody waits. It stays in the line, and the turn is not counted until `take`. */
  peek(): string | undefined {
    const heads = [...this.#lines.values()].flatMap((line) => line.entries().take(1).toArray());
    if ((this.#turns + 1) % FAIR_TURN === 0) heads.sort(([, a], [, b]) => a - b);
    return heads[0]?.[0];
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
