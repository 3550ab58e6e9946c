import type { Logger } from 'pino';
import { IMAGE_SCAN } from '../api/group.ts';
import type { ImageScan, ScanStatus } from '../api/imagescan.ts';
import { objectKey } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import type { Result, WorkQueue } from '../kube/workqueue/work-queue.ts';
import { type CachedScan, type ScanCaches, toCachedScan } from '../scan/imagescan/caches.ts';
import { registerImageScanMetrics } from '../scan/imagescan/metrics.ts';
import { sameStatus, withoutScannerStatus } from '../scan/imagescan/status/status.ts';
import type { WantedReport, WantedSbom } from '../scan/report/endpoint/request.ts';
import { Scanning, type ScanningOptions, type ScanTools } from '../scan/scanning.ts';
import type { NamespaceSeries } from '../telemetry/namespace-series.ts';
import { applyStatus, type Feature } from './feature.ts';

/**
 * Opens the scanner, which only one process may use at a time: called when this operator leads. Returns the reason and
 * the cure when there is no scanner. Throws an error that must end the operator.
 */
export type OpenScanTools = (signal: AbortSignal, client: KubeClient) => Promise<ScanTools | string>;

interface ImageScanFeatureOptions extends Omit<ScanningOptions, 'client' | 'setStatus'> {
  readonly client: KubeClient;
  readonly namespaceSeries: NamespaceSeries;
  /** Absent: ImageScans are not reconciled. */
  readonly openScanTools: OpenScanTools | undefined;
}

/** Scans images as ImageScans request. */
export class ImageScanFeature implements Feature<CachedScan> {
  readonly resource = IMAGE_SCAN;
  readonly logField = 'imageScan';
  readonly #options: ImageScanFeatureOptions;
  #scanning: Scanning | undefined;
  /** The reason, with the cure, when there is no scanner. */
  #withoutScanner: string | undefined;

  constructor(options: ImageScanFeatureOptions) {
    this.#options = options;
    registerImageScanMetrics(options.registry, () => this.store.list(), options.namespaceSeries);
  }

  get store(): ScanCaches['scans'] {
    return this.#options.caches.scans;
  }

  /** Scans until the signal ends, while `reconciling` reconciles ImageScans. */
  async run(signal: AbortSignal, reconciling: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { openScanTools, client } = this.#options;
    const tools = await openScanTools?.(signal, client);
    signal.throwIfAborted();
    if (tools === undefined) return;
    if (typeof tools === 'string') this.#withoutScanner = tools;
    else {
      const setStatus = (scan: ImageScan, status: ScanStatus) => this.#setStatus(scan, status);
      this.#scanning = new Scanning({ ...this.#options, setStatus }, tools);
    }
    const reconcile = async (): Promise<void> => {
      await this.#scanning?.ready(signal);
      await reconciling(signal);
    };
    await Promise.all([reconcile(), this.#scanning?.run(signal)]);
  }

  connect(queue: WorkQueue): () => void {
    return this.#scanning?.connect(queue) ?? this.store.subscribe(({ object }) => queue.add(objectKey(object)));
  }

  async reconcile(scan: CachedScan, log: Logger): Promise<Result> {
    if (this.#scanning !== undefined) return await this.#scanning.reconcile(scan, log);
    const status = withoutScannerStatus(scan, this.#withoutScanner ?? '', this.#options.clock.now());
    if (!sameStatus(scan.status, status)) await this.#setStatus(scan, status);
  }

  /** Why no report can be served; undefined: reports are served. */
  unavailable(): string | undefined {
    if (this.#withoutScanner !== undefined) return this.#withoutScanner;
    const isOpening = this.#options.openScanTools !== undefined && this.#scanning === undefined;
    return isOpening ? 'the report store is being opened: try again' : undefined;
  }

  async report(wanted: WantedReport): ReturnType<Scanning['report']> {
    return await this.#scanning?.report(wanted);
  }

  async sbom(wanted: WantedSbom): ReturnType<Scanning['sbom']> {
    return await this.#scanning?.sbom(wanted);
  }

  async #setStatus(scan: ImageScan, status: ScanStatus): Promise<void> {
    this.store.upsert(toCachedScan(await applyStatus(this.#options.client, this.resource, scan, status)));
  }
}
