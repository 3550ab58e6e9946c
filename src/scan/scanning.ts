import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ImageScan, ScanStatus } from '../api/imagescan.ts';
import { type Clock, sleep } from '../kube/clock.ts';
import { objectKey } from '../kube/object.ts';
import type { Recorder } from '../kube/record/event.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import type { Result, WorkQueue } from '../kube/workqueue/work-queue.ts';
import { ScanEngine } from './engine/engine.ts';
import { ScanMetrics } from './engine/metrics.ts';
import { PullSecrets } from './engine/pull-secrets.ts';
import { type Enrichments, openEnrichment } from './enrichment/open-enrichment.ts';
import type { ScanCaches } from './imagescan/caches.ts';
import { ScanController } from './imagescan/controller.ts';
import type { EventReason } from './imagescan/events/event-reasons.ts';
import { connectScanTriggers } from './imagescan/triggers.ts';
import type { Reports } from './report/endpoint/endpoint.ts';
import { OpenReportsPublisher } from './report/openreports/open-reports-publisher.ts';
import { ReportMaker } from './report/report-maker.ts';
import { SbomMaker } from './report/sbom-maker.ts';
import { type OpenScanner, openScanner } from './scanner/open-scanner.ts';
import type { ScanSettings } from './settings.ts';
import { registerStoreMetrics } from './store/metrics.ts';
import { REPORTS_DIRECTORY } from './store/report-reader.ts';
import { ReportStore } from './store/report-store.ts';
import { ComputeThread } from './threads/compute.ts';
import { Upkeep } from './upkeep.ts';

/** Reports and analyses of images that no ImageScan has covered for so long are removed. */
const UNUSED_MS = 14 * 86_400_000;
/** Scans do not wait longer for EPSS and KEV. */
const ENRICHMENT_WAIT_MS = 30_000;
/** A manifest has 4 MiB at most. A slow registry occupies a place of the queue for so long. */
const LOOKUP_MS = 60_000;

export interface ScanningOptions {
  readonly client: KubeClient;
  readonly caches: ScanCaches;
  readonly events: Recorder<EventReason>;
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
  readonly compute: ComputeThread;
  readonly enrichment: Enrichments | undefined;
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
  const {
    directory,
    storeBytes,
    allowedRegistries,
    limits,
    trivy,
    server,
    databaseRepository,
    jarIndexRepository,
    jobs,
  } = settings;
  const options = { clock, log, maxBytes: storeBytes, unusedMs: UNUSED_MS };
  const store = await ReportStore.open(join(directory, REPORTS_DIRECTORY), options);
  const compute = new ComputeThread();
  const scanner = {
    path,
    workDirectory: join(directory, 'scanner'),
    databaseRepository,
    jarIndexRepository,
    allowedRegistries,
    limits,
    clock,
    compute: compute.run,
    ...(trivy !== undefined && { trivy }),
    ...(server !== undefined && { server }),
    ...(jobs !== undefined && { jobs: { ...jobs, client, log } }),
  };
  const open = await openScanner(scanner, signal);
  return { settings, store, compute, open, enrichment: openEnrichment(settings, clock, compute.run) };
};

const earlier = (one: Result, other: Result): Result => {
  const waits = [one, other].flatMap((result) => result?.requeueAfterMs ?? []);
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
};

/** Scanning, wired: the engine, the controller and the upkeep of database and store. */
export class Scanning {
  readonly #options: ScanningOptions;
  readonly #tools: ScanTools;
  readonly #engine: ScanEngine;
  readonly #controller: ScanController;
  readonly #upkeep: Upkeep;
  readonly #reports: ReportMaker;
  readonly #sboms: SbomMaker;
  readonly #openReports: OpenReportsPublisher | undefined;

  constructor(options: ScanningOptions, tools: ScanTools) {
    const { client, caches, events, setStatus, registry, clock, monotonic, log } = options;
    const { settings, store, compute, open } = tools;
    const enrichment = tools.enrichment?.source;
    const current = enrichment && { enrichment: () => enrichment.current() };
    const { scanner, version } = open;
    this.#options = options;
    this.#tools = tools;
    registerStoreMetrics(registry, store);
    this.#engine = new ScanEngine({
      scanner,
      store,
      compute: compute.run,
      registry: open.registry,
      pullSecrets: new PullSecrets(client, monotonic),
      concurrency: settings.concurrency,
      lookupMs: Math.min(LOOKUP_MS, settings.limits.timeMs),
      metrics: new ScanMetrics(
        registry,
        () => scanner.database()?.updatedAt,
        () => enrichment?.current()?.kev,
      ),
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
      ...(settings.server === undefined && { databaseRepository: settings.databaseRepository }),
      store,
      compute: compute.run,
      ...current,
      setStatus,
      events,
      clock,
      monotonic,
    });
    this.#upkeep = new Upkeep({
      caches,
      engine: this.#engine,
      scanner,
      store,
      enrichment,
      databaseIntervalMs: settings.databaseIntervalMs,
      clock,
      log,
    });
    const directory = join(settings.directory, REPORTS_DIRECTORY);
    this.#reports = new ReportMaker({ directory, store, compute: compute.run, ...current });
    this.#sboms = new SbomMaker({ store, scanner, compute: compute.run });
    if (settings.openReports) {
      this.#openReports = new OpenReportsPublisher({ client, store, reports: this.#reports, clock, log });
    }
  }

  /** @throws RetryError, StoreError, ApiError */
  async reconcile(scan: ImageScan, log: Logger): Promise<Result> {
    const result = await this.#controller.reconcile(scan, log);
    return earlier(result, await this.#openReports?.publish(scan));
  }

  /** The report of an existing ImageScan. @throws StoreError, ReportTooLarge */
  readonly report: Reports['render'] = async ({ namespace, name, format, width }) => {
    const { caches, clock } = this.#options;
    const scan = caches.scans.get(`${namespace}/${name}`);
    return scan && (await this.#reports.render(scan.metadata, clock.now(), format, width));
  };

  /** The SBOM of an image of an existing ImageScan. @throws StoreError */
  readonly sbom: Reports['sbom'] = async (wanted) => {
    const scan = this.#options.caches.scans.get(`${wanted.namespace}/${wanted.name}`);
    return scan && (await this.#sboms.make(wanted, scan.metadata.uid));
  };

  /** Adds ImageScans to the queue when the cluster or the scanner changes. @returns a function that disconnects it */
  connect(queue: WorkQueue): () => void {
    const { caches, log } = this.#options;
    const { open, enrichment } = this.#tools;
    const { scanner } = open;
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
      ...(enrichment && { subscribeToEnrichment: (listener) => enrichment.source.subscribe(listener) }),
    });
  }

  /**
   * Resolves when results can be judged: EPSS and KEV were read, or could not be. Without it, each start would write a
   * status without them, and then one with them.
   */
  async ready(signal: AbortSignal): Promise<void> {
    const { enrichment } = this.#tools;
    if (enrichment === undefined) return;
    const ended = new AbortController();
    const bound = sleep(this.#options.monotonic, ENRICHMENT_WAIT_MS, AbortSignal.any([signal, ended.signal]));
    await Promise.race([enrichment.source.tried, bound]);
    ended.abort();
  }

  /** Scans until the signal ends, and resolves when all of it has stopped. */
  async run(signal: AbortSignal): Promise<void> {
    const { open, compute, enrichment } = this.#tools;
    await this.#upkeep.removeOrphans();
    const leftovers = open.removeLeftovers(signal);
    await Promise.all([leftovers, this.#engine.run(signal), this.#upkeep.run(signal)]);
    await Promise.all([open.close(), compute.close(), enrichment?.close()]);
  }
}
