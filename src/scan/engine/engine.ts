import type { Logger } from 'pino';
import type { Clock } from '../../kube/clock.ts';
import { DRAIN_MS } from '../../kube/workqueue/work-queue.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { databaseKey, isSameDatabase } from '../database-version.ts';
import type { ImageId, ImageSource } from '../image.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { Scanner } from '../scanner/scanner.ts';
import { databaseOf } from '../store/entry.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { RecordedImage } from '../store/scan-record.ts';
import { asBuffer } from '../threads/bytes.ts';
import type { Compute } from '../threads/compute.ts';
import { explained } from './explained.ts';
import { type ConsumedImage, type ImageConsumer, ImageConsumers, repositoriesOf } from './image-consumers.ts';
import type { LastScan } from './last-scan.ts';
import { logFinished } from './log-finished.ts';
import { lookUpDigest } from './look-up-digest.ts';
import { matchStored } from './match-stored.ts';
import type { ScanMetrics } from './metrics.ts';
import { Predecessors } from './predecessors.ts';
import type { PullSecrets } from './pull-secrets.ts';
import { type FoundSources, PullSources } from './pull-sources.ts';
import { ScanQueue } from './queue/scan-queue.ts';
import type { ScanRequest } from './queue/scan-request.ts';
import type { FinishedScan } from './queue/scan-state.ts';
import { type ScanTarget, type TagTarget, targetKey } from './scan-target.ts';
import { Subjects } from './subjects.ts';
import { type Lookup, TagLookups } from './tag-lookups.ts';

interface EngineOptions {
  readonly scanner: Scanner;
  readonly store: ReportStore;
  readonly compute: Compute;
  readonly registry: Pick<RegistryClient, 'resolve' | 'inspect'>;
  readonly pullSecrets: Pick<PullSecrets, 'read' | 'forget'>;
  /** Scans that run at the same time. */
  readonly concurrency: number;
  /** Time limit of the lookup of a tag, milliseconds. */
  readonly lookupMs: number;
  readonly metrics: ScanMetrics;
  readonly log: Logger;
  /** The time of day. */
  readonly clock: Clock;
  /** Must never be set: waits and durations are by this one. */
  readonly monotonic: Clock;
  readonly random: () => number;
}

/**
 * Scans the images of all ImageScans: each image once for all of them, from its stored analysis when there is one; and looks up
 * the tags that they name. `subscribe` reports which ImageScans a finished scan concerns.
 */
export class ScanEngine {
  readonly #options: EngineOptions;
  readonly #consumers = new ImageConsumers();
  readonly #lookups = new TagLookups();
  readonly #subjects = new Subjects(this.#consumers, this.#lookups);
  readonly #predecessors = new Predecessors();
  readonly #sources: PullSources;
  readonly #queue: ScanQueue;
  /** When the last try that ended began, by key and the monotonic clock: reports know nothing of failures. */
  readonly #tried = new Map<string, number>();
  /** Version of the credentials sent for keys that are queued, or whose credentials the registry rejected. */
  readonly #shown = new Map<string, string>();

  constructor(options: EngineOptions) {
    const { concurrency, log, monotonic, random, metrics, pullSecrets } = options;
    this.#options = options;
    this.#sources = new PullSources(pullSecrets);
    this.#queue = new ScanQueue({
      limit: concurrency,
      handler: (key, signal) => this.#handle(key, signal),
      registriesOf: (key) => this.#registriesOf(key),
      namespacesOf: (key) => this.#subjects.namespaces(key),
      nameOf: (key, registry) => this.#subjects.nameIn(registry, key),
      log,
      clock: monotonic,
      random,
      drainMs: DRAIN_MS,
    });
    metrics.queue(() => this.#queue.counts());
  }

  /** Replaces the images of an ImageScan; undefined: it needs neither images nor tags any more. */
  setImages(scan: string, consumer: ImageConsumer | undefined): void {
    const { dropped, relocated } = this.#consumers.setImages(scan, consumer);
    for (const key of dropped) this.#forget(key);
    // A new repository may serve an image that the others do not.
    for (const key of relocated) this.#queue.changed(key);
    if (consumer !== undefined) return;
    this.watchTags(scan, [], new Map());
    this.#sources.forget(scan);
  }

  /**
   * Replaces the references whose digests an ImageScan needs.
   * @param before digests that are known from an earlier run of the operator, by reference
   */
  watchTags(scan: string, targets: readonly TagTarget[], before: ReadonlyMap<string, string>): void {
    for (const key of this.#lookups.watch(scan, targets, before)) this.#forget(key);
  }

  /** Adds images of an ImageScan that an earlier run of the operator scanned. */
  seedPredecessors(images: readonly RecordedImage[]): void {
    this.#predecessors.seed(images);
  }

  /** Requests a scan of an image, or a lookup of a tag. */
  enqueue(target: ScanTarget, request: ScanRequest): void {
    this.#queue.add(targetKey(target), request);
  }

  lastScan(target: ScanTarget): LastScan {
    const state = this.#queue.state(targetKey(target));
    const triedAt = this.#tried.get(targetKey(target));
    const last = {
      ...((state?.state === 'Failed' || state?.state === 'BackingOff') && { failedAt: this.#timeOfDay(state.since) }),
      ...(triedAt !== undefined && { triedAt }),
    };
    if (target.kind === 'tag') return { ...this.#lookups.lastScan(target), ...last };
    const summary = this.#options.store.summary(target.id);
    if (summary === undefined) return last;
    const current = this.#options.scanner.database();
    const used = databaseOf(summary);
    const database = databaseKey(current !== undefined && isSameDatabase(used, current) ? current : used);
    return { scannedAt: Date.parse(summary.scannedAt), database, ...last };
  }

  /** Why the last try failed; undefined when it succeeded, or when there was none. */
  failure(target: ScanTarget): ScanFailure | undefined {
    const { state, reason, message } = this.#queue.state(targetKey(target)) ?? {};
    if (reason === undefined || message === undefined) return undefined;
    if (reason !== 'DatabaseMissing') return { reason, message, retries: state !== 'Failed' };
    // A database arrives by itself; the scan may have failed before the registry answered.
    const { scanner } = this.#options;
    const why = scanner.database() === undefined ? scanner.databaseProblem() : undefined;
    return { reason, message: why ?? message, retries: true };
  }

  digestOf(target: TagTarget): Lookup {
    const failure = this.failure(target);
    return {
      ...this.#lookups.digestOf(target),
      ...(failure !== undefined && { problem: { reason: failure.reason, message: failure.message } }),
    };
  }

  /** Why Secrets that the ImageScan names gave no credentials. */
  unreadableSecrets(scan: string): readonly string[] {
    return this.#sources.problems(scan);
  }

  /** Secrets of the namespace, or the right to read them, may have changed. */
  rereadSecrets(namespace: string): void {
    this.#options.pullSecrets.forget(namespace);
    this.#sources.changed(namespace);
  }

  /** A user requested scans. @param at by the monotonic clock */
  rescanRequested(at: number): void {
    this.#options.scanner.rescanRequested(this.#timeOfDay(at));
  }

  /**
   * Retries scans whose credentials were rejected, if these have changed; and reads Secrets that were not read yet, as those
   * of a changed spec: no image may be due. @returns whether a scan still waits for other credentials
   */
  async recheckCredentials(scan: string, targets: readonly ScanTarget[]): Promise<boolean> {
    const refused = targets.map(targetKey).filter((key) => this.#shown.has(key));
    for (const key of refused) {
      const { version } = await this.#findSources(key);
      if (version !== this.#shown.get(key)) this.#queue.changed(key);
    }
    const consumer = this.#consumers.consumer(scan);
    if (consumer !== undefined && !this.#sources.areReadable(scan, consumer)) {
      await this.#sources.readCredentials(scan, consumer);
    }
    return refused.length > 0 || this.unreadableSecrets(scan).length > 0;
  }

  /** The database changed, the first one arrived, or a download of it failed. */
  databaseChanged(): void {
    if (this.#options.scanner.database() !== undefined) this.#queue.databaseArrived();
  }

  /** ImageScans, as `namespace/name`, that a finished scan concerns. @returns a function that unsubscribes */
  subscribe(listener: (scans: readonly string[]) => void): () => void {
    return this.#queue.subscribe((finished) => {
      this.#note(finished);
      listener(this.#subjects.scans(finished.key));
    });
  }

  /** Whether the ImageScan has set its images. */
  isConsumer(scan: string): boolean {
    return this.#consumers.consumer(scan) !== undefined;
  }

  /** The images of all ImageScans. */
  images(): ImageId[] {
    return this.#consumers.ids();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#queue.run(signal);
  }

  /** A time by the monotonic clock as the machine's clock shows it now. @param time by the monotonic clock */
  #timeOfDay(time: number): number {
    const { clock, monotonic } = this.#options;
    return clock.now() - (monotonic.now() - time);
  }

  #forget(key: string): void {
    this.#queue.remove(key);
    this.#tried.delete(key);
    this.#shown.delete(key);
  }

  #note(scan: FinishedScan): void {
    const { key, startedAt, failure } = scan;
    const { log, metrics } = this.#options;
    this.#tried.set(key, startedAt);
    // A successful lookup is followed by the scan of the image; after a failed one there is none.
    if (failure !== undefined || this.#subjects.get(key)?.kind !== 'tag') metrics.scanned(failure?.reason);
    logFinished(
      log,
      scan,
      this.#subjects.scans(key).flatMap((one) => this.unreadableSecrets(one)),
    );
    if (failure?.reason !== 'Unauthorized') this.#shown.delete(key);
  }

  /** None when the analysis is stored: nothing is pulled then, unless it is outdated. */
  #registriesOf(key: string): string[] {
    const subject = this.#subjects.get(key);
    return subject?.kind === 'image' && this.#options.store.hasAnalysis(subject.id)
      ? []
      : this.#subjects.registries(key);
  }

  #findSources(key: string): Promise<FoundSources> {
    return this.#sources.find(this.#subjects.claims(key));
  }

  /** Without the registries that asked to wait, unless there are no others: then a user requested the scan. */
  #free(sources: readonly ImageSource[]): ImageSource[] {
    const free = sources.filter(({ registry }) => !this.#queue.isPaused(registry));
    return free.length > 0 ? free : [...sources];
  }

  async #handle(key: string, signal: AbortSignal): Promise<void> {
    const subject = this.#subjects.get(key);
    if (subject?.kind === 'tag') await this.#lookUp(key, subject, signal);
    else if (subject?.kind === 'image') await explained(key, () => this.#scan(key, subject, signal));
  }

  async #lookUp(key: string, target: TagTarget, signal: AbortSignal): Promise<void> {
    const { registry, scanner, clock } = this.#options;
    const { sources, version } = await this.#findSources(key);
    this.#shown.set(key, version);
    const database = scanner.database();
    const [source] = sources as [ImageSource];
    const bound = AbortSignal.any([signal, AbortSignal.timeout(this.#options.lookupMs)]);
    const candidates = this.#lookups.candidates(target);
    const digest = await lookUpDigest(registry, source, target, candidates, bound);
    this.#lookups.found(target, digest, database && databaseKey(database), clock.now());
  }

  async #scan(key: string, image: ConsumedImage, signal: AbortSignal): Promise<void> {
    const { store, compute, clock } = this.#options;
    const { id } = image;
    const match = await matchStored(id, this.#options, () => this.#analyze(id, key, signal), signal);
    const before = await store.readReportContent(id);
    const repositories = repositoriesOf(image);
    const predecessor =
      before === undefined ? await this.#predecessors.report(store, compute, id, repositories) : undefined;
    const about = { image: id, scannedAt: rfc3339(clock.now()) };
    const content = await compute('merge', {
      match,
      ...about,
      ...(before && { before }),
      ...(predecessor && { predecessor }),
    });
    await store.writeReportContent({ ...about, scanner: match.scanner, database: match.database }, asBuffer(content));
    this.#predecessors.scanned(id, repositories);
  }

  async #analyze(id: ImageId, key: string, signal: AbortSignal): Promise<Buffer> {
    const { scanner, store } = this.#options;
    const { sources, version } = await this.#findSources(key);
    this.#shown.set(key, version);
    const analysis = await scanner.analyze({ image: id, sources: this.#free(sources) }, signal);
    await store.writeAnalysis(id, analysis);
    return analysis;
  }
}
