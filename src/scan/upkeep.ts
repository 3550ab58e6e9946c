import type { Logger } from 'pino';
import { type Clock, sleep } from '../kube/clock.ts';
import { backoffMs } from '../kube/workqueue/backoff.ts';
import type { ScanEngine } from './engine/engine.ts';
import type { EnrichmentSource } from './enrichment/enrichment-source.ts';
import type { ImageId } from './image.ts';
import type { ScanCaches } from './imagescan/caches.ts';
import type { OpenScanner } from './scanner/open-scanner.ts';
import type { ReportStore } from './store/report-store.ts';
import type { RecordedScan } from './store/scan-record.ts';

const COLLECT_MS = 600_000;
/** After a failure, doubled each time up to the usual interval. */
const DATABASE_RETRY_MS = 10_000;

/**
 * Images whose reports and analyses are needed: those that ImageScans cover, and the last known ones of suspended ImageScans,
 * because those may be resumed.
 * @param isAtRest whether the ImageScan of a record exists and is suspended
 * @throws StoreError
 */
export const imagesInUse = async (
  wanted: readonly ImageId[],
  store: Pick<ReportStore, 'listScans' | 'readScan'>,
  isAtRest: (scan: RecordedScan) => boolean,
): Promise<ImageId[]> => {
  const images = [...wanted];
  for (const { namespace, name } of store.listScans().filter(isAtRest)) {
    const record = await store.readScan(namespace, name);
    images.push(...(record?.images ?? []).map(({ id }) => id));
  }
  return images;
};

interface UpkeepOptions {
  readonly caches: Pick<ScanCaches, 'scans'>;
  readonly engine: Pick<ScanEngine, 'images' | 'isConsumer'>;
  readonly scanner: Pick<OpenScanner['scanner'], 'database' | 'refreshDatabase'>;
  readonly store: ReportStore;
  /** Absent: there is none. */
  readonly enrichment?: Pick<EnrichmentSource, 'refresh'> | undefined;
  readonly databaseIntervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the vulnerability database and the enrichment up to date, and removes what the report store no longer needs. */
export class Upkeep {
  readonly #options: UpkeepOptions;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Until the signal ends. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#refreshDatabase(signal), this.#refreshEnrichment(signal), this.#collect(signal)]);
  }

  /** Removes the records of ImageScans that were deleted while no operator ran. @throws StoreError */
  async removeOrphans(): Promise<void> {
    const { store } = this.#options;
    const orphans = store.listScans().filter((record) => !this.#isThere(record));
    for (const { namespace, name } of orphans) await store.removeScan(namespace, name);
  }

  #isThere({ namespace, name, uid }: RecordedScan): boolean {
    return this.#options.caches.scans.get(`${namespace}/${name}`)?.metadata.uid === uid;
  }

  /** Exists and is suspended. */
  #isAtRest(scan: RecordedScan): boolean {
    return this.#isThere(scan) && !this.#options.engine.isConsumer(`${scan.namespace}/${scan.name}`);
  }

  async #refreshDatabase(signal: AbortSignal): Promise<void> {
    const { scanner, log } = this.#options;
    await this.#refresh('the vulnerability database', signal, async () => {
      const changed = await scanner.refreshDatabase(signal);
      if (changed) log.info({ updatedAt: scanner.database()?.updatedAt }, 'the vulnerability database was updated');
    });
  }

  async #refreshEnrichment(signal: AbortSignal): Promise<void> {
    const { enrichment, log } = this.#options;
    if (enrichment === undefined) return;
    await this.#refresh('EPSS and KEV', signal, async () => {
      if (await enrichment.refresh(signal)) log.info('EPSS and KEV were updated');
    });
  }

  /** Again and again, sooner after a failure. */
  async #refresh(what: string, signal: AbortSignal, refresh: () => Promise<void>): Promise<void> {
    const { databaseIntervalMs, clock, log } = this.#options;
    let failures = 0;
    let logged: string | undefined;
    while (!signal.aborted) {
      try {
        await refresh();
        failures = 0;
        logged = undefined;
      } catch (error) {
        failures += 1;
        const { message } = error as Error;
        // The condition Fresh and a metric show how old the database is: the same failure is one line.
        const level = message === logged ? 'debug' : 'warn';
        if (!signal.aborted) log[level]({ failures }, `the operator did not update ${what}: ${message}`);
        logged = message;
      }
      const retryMs = backoffMs(failures, { baseMs: DATABASE_RETRY_MS, maxMs: databaseIntervalMs }, Math.random);
      await sleep(clock, failures === 0 ? databaseIntervalMs : retryMs, signal);
    }
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { engine, store, clock, log } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, COLLECT_MS, signal);
      if (signal.aborted) return;
      try {
        await store.use(await imagesInUse(engine.images(), store, (scan) => this.#isAtRest(scan)));
        const { files, bytes, overBytes } = await store.collect();
        if (files > 0) log.info({ files, bytes }, 'removed reports and analyses of images that no ImageScan covers');
        if (overBytes > 0) log.warn({ overBytes }, 'the report store exceeds its size limit, and all of it is in use');
      } catch (error) {
        log.warn(`garbage collection of the report store failed: ${(error as Error).message}`);
      }
    }
  }
}
