import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ImageScan, ScanStatus } from '../api/imagescan.ts';
import { type Clock, sleep } from '../kube/clock.ts';
import { objectKey } from '../kube/object.ts';
import type { EventRecorder } from '../kube/record/event-recorder.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { backoffMs } from '../kube/workqueue/backoff.ts';
import type { Result, WorkQueue } from '../kube/workqueue/work-queue.ts';
import { ScanEngine } from './engine/engine.ts';
import { ScanMetrics } from './engine/metrics.ts';
import { PullSecrets } from './engine/pull-secrets.ts';
import { imagesInUse } from './images-in-use.ts';
import type { ScanCaches } from './imagescan/caches.ts';
import { ScanController } from './imagescan/controller.ts';
import { connectScanTriggers } from './imagescan/triggers.ts';
import type { Reports } from './report/endpoint/endpoint.ts';
import { OpenReportsPublisher } from './report/openreports/open-reports-publisher.ts';
import { MOST_REPORT_BYTES, readScanReport } from './report/read.ts';
import { type OpenScanner, openScanner } from './scanner/open-scanner.ts';
import type { ScanSettings } from './settings.ts';
import { registerStoreMetrics } from './store/metrics.ts';
import { REPORTS_DIRECTORY } from './store/report-reader.ts';
import { ReportStore } from './store/report-store.ts';
import type { RecordedScan } from './store/scan-record.ts';

/** Reports and SBOMs of images that nobody has had for so long are removed. */
const UNUSED_MS = 14 * 86_400_000;
const COLLECT_MS = 600_000;
/** A manifest has 4 MiB at most, and a registry that drips holds a place of the queue for so long. */
const LOOKUP_MS = 60_000;
/** After a failure, doubled each time up to the usual interval. */
const DATABASE_RETRY_MS = 10_000;

export interface ScanningOptions {
  readonly client: KubeClient;
  readonly caches: ScanCaches;
  readonly events: Pick<EventRecorder, 'record'>;
  /** Writes the whole status. @throws ApiError */
  readonly setStatus: (scan: ImageScan, status: ScanStatus) => Promise<void>;
  readonly registry: Registry;
  /** The time of day. */
  readonly clock: Clock;
  /** Is never set. */
  readonly monotonic: Clock;
  readonly log: Logger;
}

/** A scanner and a report store that can be used. */
export interface ScanTools {
  readonly settings: ScanSettings;
  readonly open: OpenScanner;
  readonly store: ReportStore;
}

/**
 * Opens what scanning needs; downloads nothing.
 * @param client for scanner mode job
 * @throws Error that names the cure: no Trivy, a setting that is wrong, a directory that cannot be written; the signal's
 * reason
 */
export const openScanTools = async (
  settings: ScanSettings,
  path: string,
  clock: Clock,
  log: Logger,
  client: KubeClient,
  signal: AbortSignal,
): Promise<ScanTools> => {
  const { directory, storeBytes, allowedRegistries, limits, trivy, server, databaseRepository, jobs } = settings;
  const options = { clock, log, maxBytes: storeBytes, unusedMs: UNUSED_MS };
  const store = await ReportStore.open(join(directory, REPORTS_DIRECTORY), options);
  const scanner = {
    path,
    workDirectory: join(directory, 'scanner'),
    databaseRepository,
    allowedRegistries,
    limits,
    clock,
    ...(trivy !== undefined && { trivy }),
    ...(server !== undefined && { server }),
    ...(jobs !== undefined && { jobs: { ...jobs, client, log } }),
  };
  return { settings, store, open: await openScanner(scanner, signal) };
};

const earlier = (one: Result, other: Result): Result => {
  const waits = [one, other].flatMap((result) => result?.requeueAfterMs ?? []);
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
};

/** Scanning, wired: the engine, the controller, the database that is kept up to date and the store that is kept small. */
export class Scanning {
  readonly #options: ScanningOptions;
  readonly #tools: ScanTools;
  readonly #engine: ScanEngine;
  readonly #controller: ScanController;
  readonly #openReports: OpenReportsPublisher | undefined;

  constructor(options: ScanningOptions, tools: ScanTools) {
    const { client, caches, events, setStatus, registry, clock, monotonic, log } = options;
    const { settings, store, open } = tools;
    const { scanner, version } = open;
    this.#options = options;
    this.#tools = tools;
    registerStoreMetrics(registry, store);
    this.#engine = new ScanEngine({
      scanner,
      store,
      registry: open.registry,
      pullSecrets: new PullSecrets(client, monotonic),
      concurrency: settings.concurrency,
      lookupMs: Math.min(LOOKUP_MS, settings.limits.timeMs),
      metrics: new ScanMetrics(registry, () => scanner.database()?.updatedAt),
      log,
      clock,
      monotonic,
      random: Math.random,
    });
    this.#controller = new ScanController({
      caches,
      engine: this.#engine,
      scanner,
      scannerVersion: version,
      store,
      setStatus,
      events,
      clock,
      monotonic,
    });
    if (settings.openReports) this.#openReports = new OpenReportsPublisher({ client, store, clock, log });
  }

  /** @throws RetryError, StoreError, ApiError */
  async reconcile(scan: ImageScan, log: Logger): Promise<Result> {
    const result = await this.#controller.reconcile(scan, log);
    return earlier(result, await this.#openReports?.publish(scan));
  }

  /** The report of an ImageScan that is there. @throws StoreError, ReportTooLarge */
  readonly report: Reports['find'] = async ({ namespace, name }) => {
    const now = this.#options.clock.now();
    const report = await readScanReport(this.#tools.store, { namespace, name }, now, MOST_REPORT_BYTES);
    const scan = this.#options.caches.scans.get(`${namespace}/${name}`);
    // A record of an earlier ImageScan of this name is nobody's.
    return report?.scan.uid === scan?.metadata.uid ? report : undefined;
  };

  /** Lets what the cluster and the scanner tell bring ImageScans into the queue. @returns a function that ends it */
  connect(queue: WorkQueue): () => void {
    const { caches, log } = this.#options;
    const { scanner } = this.#tools.open;
    return connectScanTriggers({
      caches,
      queue,
      onGone: (scan) => {
        this.#openReports?.forget(objectKey(scan));
        this.#controller
          .forget(scan)
          .catch((err: unknown) => log.warn({ err }, 'the record of an ImageScan was not removed'));
      },
      subscribeToScans: (listener) => this.#engine.subscribe(listener),
      subscribeToDatabase: (listener) =>
        scanner.onDatabaseChange(() => {
          this.#engine.databaseChanged();
          listener();
        }),
    });
  }

  /** Scans until the signal ends, and resolves when nothing of it runs any more. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#removeOrphans();
    const { open } = this.#tools;
    const leftovers = open.removeLeftovers(signal);
    await Promise.all([leftovers, this.#engine.run(signal), this.#refreshDatabase(signal), this.#collect(signal)]);
    await open.close();
  }

  /** Records of ImageScans that went while no operator ran. */
  async #removeOrphans(): Promise<void> {
    const { store } = this.#tools;
    const gone = store.listScans().filter((record) => !this.#isThere(record));
    for (const { namespace, name } of gone) await store.removeScan(namespace, name);
  }

  #isThere({ namespace, name, uid }: RecordedScan): boolean {
    return this.#options.caches.scans.get(`${namespace}/${name}`)?.metadata.uid === uid;
  }

  /** There, and suspended. */
  #isAtRest(scan: RecordedScan): boolean {
    return this.#isThere(scan) && !this.#engine.isConsumer(`${scan.namespace}/${scan.name}`);
  }

  async #refreshDatabase(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { scanner } = this.#tools.open;
    const { databaseIntervalMs } = this.#tools.settings;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const changed = await scanner.refreshDatabase(signal);
        if (changed) log.info({ updatedAt: scanner.database()?.updatedAt }, 'another vulnerability database');
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!signal.aborted) log.warn((error as Error).message);
      }
      const again = backoffMs(failures, { baseMs: DATABASE_RETRY_MS, maxMs: databaseIntervalMs }, Math.random);
      await sleep(clock, failures === 0 ? databaseIntervalMs : again, signal);
    }
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { store } = this.#tools;
    while (!signal.aborted) {
      await sleep(clock, COLLECT_MS, signal);
      if (signal.aborted) return;
      try {
        const images = await imagesInUse(this.#engine.images(), store, (scan) => this.#isAtRest(scan));
        await store.use(images);
        const { files, bytes, overBytes } = await store.collect();
        if (files > 0) log.info({ files, bytes }, 'removed reports and SBOMs of images that nobody has');
        if (overBytes > 0)
          log.warn({ overBytes }, 'the report store is larger than it may be, and all of it is in use');
      } catch (error) {
        log.warn(`the report store was not collected: ${(error as Error).message}`);
      }
    }
  }
}
