import { type ImageId, imageKey, type Repository } from '../image.ts';
import type { Problem } from '../scan-error.ts';

/** An image that an ImageScan covers and that can be scanned. */
export interface ScannableImage {
  readonly id: ImageId;
  /** As users write it; of several the first by name. */
  readonly reference: string;
  /** Where it can be pulled from, sorted. */
  readonly repositories: readonly Repository[];
  /** How many pods run it. */
  readonly pods: number;
  /** Why its tag could not be looked up again; the digest is the last known one. */
  readonly problem?: Problem;
}

/** What one ImageScan wants to know about. */
export interface Demand {
  readonly namespace: string;
  /** Names of Secrets of its namespace. */
  readonly pullSecrets: readonly string[];
  readonly images: readonly ScannableImage[];
}

/** An image, and which ImageScans want it. */
export interface Wanted {
  readonly id: ImageId;
  readonly by: ReadonlyMap<string, Demand>;
}

interface Entry extends Wanted {
  readonly by: Map<string, Demand>;
}

/** Which ImageScan wants which image: results fan out along it. ImageScans are named `namespace/name`. */
export class Demands {
  readonly #demands = new Map<string, Demand>();
  readonly #images = new Map<string, Entry>();

  /** Replaces what the ImageScan wants; undefined: nothing. @returns images that nobody wants any more */
  set(scan: string, demand: Demand | undefined): string[] {
    const before = this.#demands.get(scan);
    if (demand === undefined) this.#demands.delete(scan);
    else this.#demands.set(scan, demand);
    for (const { id } of demand?.images ?? []) {
      const entry = this.#images.get(imageKey(id)) ?? { id, by: new Map<string, Demand>() };
      entry.by.set(scan, demand!);
      this.#images.set(imageKey(id), entry);
    }
    const kept = new Set(demand?.images.map(({ id }) => imageKey(id)));
    return (before?.images ?? []).flatMap(({ id }) => (kept.has(imageKey(id)) ? [] : this.#drop(imageKey(id), scan)));
  }

  of(scan: string): Demand | undefined {
    return this.#demands.get(scan);
  }

  /** @param key from imageKey */
  wanted(key: string): Wanted | undefined {
    return this.#images.get(key);
  }

  ids(): ImageId[] {
    return [...this.#images.values()].map(({ id }) => id);
  }

  scans(): string[] {
    return [...this.#demands.keys()];
  }

  #drop(key: string, scan: string): string[] {
    const entry = this.#images.get(key);
    entry?.by.delete(scan);
    if (entry === undefined || entry.by.size > 0) return [];
    this.#images.delete(key);
    return [key];
  }
}
