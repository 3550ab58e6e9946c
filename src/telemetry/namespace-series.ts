import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';

/** Labels of a series of one namespace, or of the sum. */
export type NamespaceLabels = { readonly namespace: string } | Record<string, never>;

interface NamespaceSeriesOptions {
  readonly registry: Registry;
  /** With more namespaces than these, only the sum is served; 0: always. */
  readonly most: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

interface Namespaced {
  readonly metadata: { readonly namespace: string };
}

/** Decides at each scrape whether gauges have a series for each namespace, all of them alike. */
export class NamespaceSeries {
  readonly #options: NamespaceSeriesOptions;
  readonly #sources: (() => readonly Namespaced[])[] = [];
  #isBeyond = false;

  constructor(options: NamespaceSeriesOptions) {
    this.#options = options;
    const serves = () => Number(this.#serves());
    new Gauge({
      name: 'palisade_metrics_per_namespace',
      help: '1 if policies, ImageScans, images and findings have a series for each namespace. 0 if they have only the sum, because there are more namespaces than --metrics-per-namespace.',
      registers: [options.registry],
      collect() {
        this.set(serves());
      },
    });
  }

  /** Adds objects whose namespaces count. @param objects read at each scrape */
  add(objects: () => readonly Namespaced[]): void {
    this.#sources.push(objects);
  }

  /** The objects of each series. Without any object, the sum, so that it is 0 and not missing. */
  group<T extends Namespaced>(objects: readonly T[]): (readonly [NamespaceLabels, readonly T[]])[] {
    if (objects.length === 0 || !this.#serves()) return [[{}, objects]];
    const byNamespace = Map.groupBy(objects, ({ metadata }) => metadata.namespace);
    return [...byNamespace].map(([namespace, its]) => [{ namespace }, its] as const);
  }

  #serves(): boolean {
    const { most, log } = this.#options;
    if (most === 0) return false;
    const names = new Set(this.#sources.flatMap((source) => source().map(({ metadata }) => metadata.namespace)));
    const isBeyond = names.size > most;
    if (isBeyond !== this.#isBeyond) {
      this.#isBeyond = isBeyond;
      const figures = { namespaces: names.size, most };
      if (isBeyond)
        log.warn(figures, 'metrics have no series for each namespace, only sums: raise --metrics-per-namespace');
      else log.info(figures, 'metrics have a series for each namespace again');
    }
    return !isBeyond;
  }
}
