import type { Clock } from '../../../kube/clock.ts';
import { DelayingQueue } from '../../../kube/workqueue/delaying-queue.ts';

/** How long after a pause the number of pauses in a row is kept, milliseconds. */
const MEMORY_MS = 24 * 3_600_000;

interface Pause {
  /** Pauses in a row, without an answer between. */
  failures: number;
  until: number;
  /** The keys that wait for its end. */
  readonly keys: Set<string>;
}

/** Registries that asked to wait, and the keys that need them. All times are milliseconds of a clock that is never set. */
export class RegistryPauses {
  readonly #pauses = new Map<string, Pause>();
  readonly #ends: DelayingQueue;
  readonly #clock: Clock;

  /** @param onEnd gets the keys that waited for a registry, in their order, and makes each leave it */
  constructor(clock: Clock, onEnd: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#ends = new DelayingQueue(clock, (registry) => onEnd([...(this.#pauses.get(registry)?.keys ?? [])]));
  }

  /**
   * The registry asked to wait. Requests that began before its pause ended do not lengthen it: they were sent before it was
   * known, or at a user's request.
   * @param begunAt start of the scan that it limited
   * @param pauseMs how long to wait, by the number of pauses in a row
   */
  begin(registry: string, begunAt: number, pauseMs: (failures: number) => number): void {
    this.#forget();
    const pause = this.#pauses.get(registry) ?? { failures: 0, until: 0, keys: new Set() };
    this.#pauses.set(registry, pause);
    if (begunAt >= pause.until) pause.failures += 1;
    pause.until = Math.max(pause.until, this.#clock.now() + pauseMs(pause.failures));
    this.#ends.addAt(registry, pause.until);
  }

  /** The registry served a scan. */
  answered(registry: string): void {
    const pause = this.#pauses.get(registry);
    if (pause === undefined || pause.until > this.#clock.now()) return;
    if (pause.keys.size === 0) this.#pauses.delete(registry);
    else pause.failures = 0;
  }

  /** When the registry's pause ends; undefined when there is none. */
  until(registry: string): number | undefined {
    const until = this.#pauses.get(registry)?.until ?? 0;
    return until > this.#clock.now() ? until : undefined;
  }

  /** Of registries that can serve a key, the one whose pause ends first; undefined when one of them may be asked now. */
  holding(registries: readonly string[]): string | undefined {
    const end = (registry: string): number => this.until(registry) ?? 0;
    const [first] = registries.toSorted((a, b) => end(a) - end(b));
    return first !== undefined && end(first) > 0 ? first : undefined;
  }

  /** The key waits for the end of the registry's pause. */
  wait(registry: string, key: string): void {
    this.#pauses.get(registry)?.keys.add(key);
  }

  leave(registry: string, key: string): void {
    this.#pauses.get(registry)?.keys.delete(key);
  }

  clear(): void {
    this.#pauses.clear();
    this.#ends.clear();
  }

  #forget(): void {
    const before = this.#clock.now() - MEMORY_MS;
    for (const [registry, { until, keys }] of this.#pauses) {
      if (until < before && keys.size === 0) this.#pauses.delete(registry);
    }
  }
}
