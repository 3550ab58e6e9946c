import type { Logger } from 'pino';
import { parseReference } from '../../api/image-reference.ts';
import type { Clock } from '../../kube/clock.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { databaseKey, isSameDatabase } from '../database-version.ts';
import type { ImageSource } from '../image.ts';
import { type ImageId, imageKey, type Repository } from '../image.ts';
import type { RegistryClient } from '../registry/client.ts';
import { credentialsFor } from '../registry/docker-config.ts';
import { type Failure, type Problem, ScanError } from '../scan-error.ts';
import type { Scanner } from '../scanner/scanner.ts';
import { databaseOf } from '../store/entry.ts';
import { mergeReport } from '../store/merge.ts';
import type { ImageReport } from '../store/report.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { RecordedImage } from '../store/scan-record.ts';
import { StoreError } from '../store/store-error.ts';
import { type Demand, Demands, type ScannableImage, type Wanted } from './image-consumers.ts';
import type { LastScan } from './last-scan.ts';
import type { ScanMetrics } from './metrics.ts';
import { earlierOf, Predecessors } from './predecessors.ts';
import type { PullCredentials, PullSecrets } from './pull-secrets.ts';
import { ScanQueue } from './queue/scan-queue.ts';
import type { ScanRequest } from './queue/scan-request.ts';
import type { FinishedScan } from './queue/scan-state.ts';
import { askedOf, isLookupKey, lookupKey, TargetLookups, type TargetReference } from './tag-lookups.ts';

export interface EngineOptions {
  readonly scanner: Scanner;
  readonly store: ReportStore;
  readonly registry: Pick<RegistryClient, 'resolve'>;
  readonly pullSecrets: Pick<PullSecrets, 'read' | 'forget'>;
  /** Scans that run at the same time. */
  readonly concurrency: number;
  /** What a lookup of a tag may take, milliseconds. */
  readonly lookupMs: number;
  readonly metrics: ScanMetrics;
  readonly log: Logger;
  /** The time of day. */
  readonly clock: Clock;
  /** Is never set: waits and durations are by this one. */
  readonly monotonic: Clock;
  readonly random: () => number;
}

/** An entry that cannot be used is like none: another ImageScan's may do, and the registry says what it wants. */
const toSource = (repository: Repository, { entries }: PullCredentials): ImageSource => {
  try {
    const credentials = credentialsFor(entries, repository);
    return { ...repository, ...(credentials !== undefined && { credentials }) };
  } catch (error) {
    if (error instanceof ScanError) return { ...repository };
    throw error;
  }
};

/** Those with credentials first: a registry may show anonymous callers something else, or count them more strictly. */
const credentialsFirst = (sources: readonly ImageSource[]): ImageSource[] =>
  sources.toSorted((a, b) => Number(b.credentials !== undefined) - Number(a.credentials !== undefined));

interface NamespaceSources {
  readonly namespace: string;
  readonly sources: readonly ImageSource[];
}

/** Namespaces take turns, so that none can crowd out what another one's pull needs. */
const inTurns = (found: readonly NamespaceSources[]): ImageSource[] => {
  const byNamespace = [...Map.groupBy(found, ({ namespace }) => namespace).values()].map((same) =>
    credentialsFirst(same.flatMap(({ sources }) => sources)),
  );
  const rounds = Math.max(0, ...byNamespace.map((sources) => sources.length));
  const sources = [...Array(rounds).keys()].flatMap((round) =>
    credentialsFirst(byNamespace.flatMap((of) => of[round] ?? [])),
  );
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
};

/** As long as policies have: the process ends within 10 s of its signal. */
const DRAIN_MS = 6_000;

/**
 * Scans what ImageScans want: each image once for all of them, from its stored SBOM when there is one. Tells by
 * `subscribe` which ImageScans a finished scan concerns.
 */
export class ScanEngine {
  readonly #options: EngineOptions;
  readonly #demands = new Demands();
  readonly #lookups = new TargetLookups();
  readonly #predecessors = new Predecessors();
  readonly #queue: ScanQueue;
  /** When the last try that ended began, by key and the monotonic clock: reports know nothing of failures. */
  readonly #tried = new Map<string, number>();
  /** Of what is asked for, or was refused for its credentials: which credentials those were. */
  readonly #shown = new Map<string, string>();
  /** Why Secrets of an ImageScan gave no credentials when they were last read. */
  readonly #unreadable = new Map<string, readonly string[]>();

  constructor(options: EngineOptions) {
    const { concurrency, log, monotonic, random, metrics } = options;
    this.#options = options;
    this.#queue = new ScanQueue({
      limit: concurrency,
      handler: (key, signal) =>
        isLookupKey(key) ? this.#lookUp(key, signal) : explained(() => this.#scan(key, signal)),
      registriesOf: (key) => this.#registriesOf(key),
      namespacesOf: (key) => this.#namespacesOf(key),
      nameOf: (key, registry) => this.#nameOf(key, registry),
      log,
      clock: monotonic,
      random,
      drainMs: DRAIN_MS,
    });
    metrics.queue(() => this.#queue.counts());
  }

  /** Replaces what an ImageScan wants; undefined: nothing any more. */
  demand(scan: string, demand: Demand | undefined): void {
    const elsewhere = (demand?.images ?? []).filter((image) => this.#isNowElsewhere(image));
    for (const key of this.#demands.set(scan, demand)) this.#forget(key);
    // What one place did not give, another one may, whoever named the first.
    for (const { id } of elsewhere) this.#queue.changed(imageKey(id));
    if (demand !== undefined) return;
    this.name(scan, [], new Map());
    this.#unreadable.delete(scan);
  }

  /**
   * Replaces the references that an ImageScan names besides.
   * @param before digests that are known from an earlier run of the operator, by reference
   */
  name(scan: string, references: readonly string[], before: ReadonlyMap<string, string>): void {
    for (const key of this.#lookups.set(scan, references, before)) this.#forget(key);
  }

  /** Images of an ImageScan as an earlier run of the operator knew them. */
  recall(images: readonly RecordedImage[]): void {
    this.#predecessors.recall(images);
  }

  /** Asks for a scan of an image, or for a lookup of a reference. */
  ask(what: ImageId | TargetReference, ask: ScanRequest): void {
    this.#queue.add(keyOf(what), ask);
  }

  lastScan(what: ImageId | TargetReference): LastScan {
    const state = this.#queue.state(keyOf(what));
    const triedAt = this.#tried.get(keyOf(what));
    const last = {
      ...((state?.state === 'Failed' || state?.state === 'BackingOff') && { failedAt: this.#timeOfDay(state.since) }),
      ...(triedAt !== undefined && { triedAt }),
    };
    if ('scan' in what) return { ...this.#lookups.lastScan(what), ...last };
    const summary = this.#options.store.summary(what);
    if (summary === undefined) return last;
    const current = this.#options.scanner.database();
    const used = databaseOf(summary);
    const database = databaseKey(current !== undefined && isSameDatabase(used, current) ? current : used);
    return { scannedAt: Date.parse(summary.scannedAt), database, ...last };
  }

  /** Why the last try failed; undefined when it did not, or when none was made since. */
  failure(what: ImageId | TargetReference): Failure | undefined {
    const { state, reason, message } = this.#queue.state(keyOf(what)) ?? {};
    if (reason === undefined || message === undefined) return undefined;
    // A database comes by itself.
    return { reason, message, retries: state !== 'Failed' || reason === 'DatabaseMissing' };
  }

  digestOf(target: TargetReference): { digest?: string; problem?: Problem } {
    const failure = this.failure(target);
    return {
      ...this.#lookups.digestOf(target),
      ...(failure !== undefined && { problem: { reason: failure.reason, message: failure.message } }),
    };
  }

  /** Why Secrets that the ImageScan names gave no credentials. */
  unreadableSecrets(scan: string): readonly string[] {
    return this.#unreadable.get(scan) ?? [];
  }

  /** Somebody did something that may let the Secrets of the namespace be read, or changed them. */
  rereadSecrets(namespace: string): void {
    this.#options.pullSecrets.forget(namespace);
  }

  /** Tries again what was refused for its credentials, if they are others now. @returns whether anything still waits for that */
  async recheckCredentials(scan: string, keys: readonly (ImageId | TargetReference)[]): Promise<boolean> {
    const refused = keys.map(keyOf).filter((key) => this.#shown.has(key));
    for (const key of refused) {
      const { version } = await this.#sources(key);
      if (version !== this.#shown.get(key)) this.#queue.changed(key);
    }
    const demand = this.#demands.of(scan);
    if (demand !== undefined && this.unreadableSecrets(scan).length > 0) await this.#credentials(scan, demand);
    return refused.length > 0 || this.unreadableSecrets(scan).length > 0;
  }

  /** The database that is used changed, or there is one at last. */
  databaseChanged(): void {
    this.#queue.databaseArrived();
  }

  /** ImageScans, as `namespace/name`, that a finished scan concerns. @returns a function that ends it */
  subscribe(listener: (scans: readonly string[]) => void): () => void {
    return this.#queue.subscribe((finished) => {
      this.#note(finished);
      listener(this.#concernedBy(finished.key));
    });
  }

  /** Whether an ImageScan wants anything. */
  demands(scan: string): boolean {
    return this.#demands.of(scan) !== undefined;
  }

  /** Images that somebody wants. */
  wanted(): ImageId[] {
    return this.#demands.ids();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#queue.run(signal);
  }

  /** As the machine's clock shows it now, wherever that stood then. @param time by the monotonic clock */
  #timeOfDay(time: number): number {
    const { clock, monotonic } = this.#options;
    return clock.now() - (monotonic.now() - time);
  }

  /** The image can be had from a place that nobody has named before. */
  #isNowElsewhere({ id, repositories }: ScannableImage): boolean {
    const wanted = this.#demands.wanted(imageKey(id));
    if (wanted === undefined) return false;
    const known = new Set(repositoriesOf(wanted).map(nameOf));
    return repositories.some((repository) => !known.has(nameOf(repository)));
  }

  #forget(key: string): void {
    this.#queue.remove(key);
    this.#tried.delete(key);
    this.#shown.delete(key);
  }

  #concernedBy(key: string): string[] {
    const target = this.#lookups.get(key);
    return target !== undefined ? [target.scan] : [...(this.#demands.wanted(key)?.by.keys() ?? [])];
  }

  #note({ key, startedAt, endedAt, failure }: FinishedScan): void {
    const { log, metrics } = this.#options;
    const ms = endedAt - startedAt;
    this.#tried.set(key, startedAt);
    if (!isLookupKey(key)) metrics.scanned(failure?.reason);
    if (failure === undefined) log.debug({ image: key, ms }, 'scanned');
    // Usual at a first start: it is being downloaded, and that it cannot be is said where it is tried.
    else if (failure.reason === 'DatabaseMissing')
      log.info({ image: key, ms, reason: failure.reason }, failure.message);
    else log.warn({ image: key, ms, reason: failure.reason }, failure.message);
    if (failure?.reason !== 'Unauthorized') this.#shown.delete(key);
  }

  #registriesOf(key: string): string[] {
    const target = this.#lookups.get(key);
    if (target !== undefined) return namedBy(target.reference).map(({ registry }) => registry);
    const wanted = this.#demands.wanted(key);
    if (wanted === undefined || this.#options.store.hasSbom(wanted.id)) return [];
    return [...new Set(repositoriesOf(wanted).map(({ registry }) => registry))];
  }

  #namespacesOf(key: string): string[] {
    const target = this.#lookups.get(key);
    const by = target === undefined ? this.#demands.wanted(key)?.by.values() : [this.#demands.of(target.scan)];
    return [...new Set([...(by ?? [])].flatMap((demand) => demand?.namespace ?? []))];
  }

  #nameOf(key: string, registry: string): string {
    const target = this.#lookups.get(key);
    const wanted = this.#demands.wanted(key);
    if (target !== undefined || wanted === undefined) return target?.reference ?? key;
    const there = repositoriesOf(wanted).find((repository) => repository.registry === registry);
    return there === undefined ? key : `${nameOf(there)}@${wanted.id.digest}`;
  }

  /** Without those that asked to wait, unless there are no others: then somebody wants it at once. */
  #askable(sources: readonly ImageSource[]): ImageSource[] {
    const free = sources.filter(({ registry }) => !this.#queue.isPaused(registry));
    return free.length > 0 ? free : [...sources];
  }

  async #lookUp(key: string, signal: AbortSignal): Promise<void> {
    const { registry, scanner, clock } = this.#options;
    const target = this.#lookups.get(key);
    if (target === undefined) return;
    const { sources, version } = await this.#sources(key);
    this.#shown.set(key, version);
    const database = scanner.database();
    const [source] = sources as [ImageSource];
    const bound = AbortSignal.any([signal, AbortSignal.timeout(this.#options.lookupMs)]);
    const digest = await registry.resolve(source, askedOf(target.reference), bound);
    this.#lookups.found(key, digest, database && databaseKey(database), clock.now());
  }

  async #scan(key: string, signal: AbortSignal): Promise<void> {
    const { scanner, store, clock, metrics } = this.#options;
    const wanted = this.#demands.wanted(key);
    if (wanted === undefined) return;
    const { id } = wanted;
    const sbom = (await store.readSbom(id)) ?? (await metrics.timed('sbom', () => this.#makeSbom(id, key, signal)));
    const match = await metrics.timed('match', () => scanner.match(sbom, signal));
    const before = await store.readReport(id);
    const repositories = repositoriesOf(wanted);
    const earlier = before === undefined ? await this.#predecessor(id, repositories) : undefined;
    await store.writeReport(mergeReport(before, match, id, rfc3339(clock.now()), earlier));
    this.#predecessors.scanned(id, repositories);
  }

  /** What the images that stood there before knew, as of one; read one by one, since a report may be large. */
  async #predecessor(id: ImageId, repositories: readonly Repository[]): Promise<ImageReport | undefined> {
    let known: ImageReport | undefined;
    for (const before of this.#predecessors.of(id, repositories)) {
      const report = await this.#options.store.readReport(before);
      if (report !== undefined) known = earlierOf(known, report);
    }
    return known;
  }

  async #makeSbom(id: ImageId, key: string, signal: AbortSignal): Promise<Buffer> {
    const { scanner, store } = this.#options;
    const { sources, version } = await this.#sources(key);
    this.#shown.set(key, version);
    const sbom = await scanner.sbom({ image: id, sources: this.#askable(sources) }, signal);
    await store.writeSbom(id, sbom);
    return sbom;
  }

  /** Where to ask for an image, with the credentials of those who want it, and what those are. */
  async #sources(key: string): Promise<{ sources: ImageSource[]; version: string }> {
    const target = this.#lookups.get(key);
    const by = [...(target === undefined ? (this.#demands.wanted(key)?.by ?? []) : this.#demandOf(target))].sort();
    const found = await Promise.all(
      by.map(async ([scan, demand]) => {
        const credentials = await this.#credentials(scan, demand);
        const repositories = target === undefined ? repositoriesIn(demand, key) : namedBy(target.reference);
        const { namespace } = demand;
        return { namespace, sources: repositories.map((r) => toSource(r, credentials)), version: credentials.version };
      }),
    );
    return {
      sources: inTurns(found),
      version: found.map(({ version }) => version).join(' '),
    };
  }

  #demandOf({ scan }: TargetReference): [string, Demand][] {
    const demand = this.#demands.of(scan);
    return demand === undefined ? [] : [[scan, demand]];
  }

  async #credentials(scan: string, { namespace, pullSecrets }: Demand): Promise<PullCredentials> {
    const credentials = await this.#options.pullSecrets.read(namespace, pullSecrets);
    this.#unreadable.set(scan, credentials.problems);
    return credentials;
  }
}

/** A disk that is full, or gone, is for whoever runs the operator: the row says which it is, and the cure. */
const explained = async (scan: () => Promise<void>): Promise<void> => {
  try {
    await scan();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ScanError('ScannerFailed', error.message, { cause: error });
  }
};

const keyOf = (what: ImageId | TargetReference): string => ('scan' in what ? lookupKey(what) : imageKey(what));

const nameOf = ({ registry, repository }: Repository): string => `${registry}/${repository}`;

const namedBy = (reference: string): Repository[] => {
  const parsed = parseReference(reference);
  return parsed === undefined ? [] : [{ registry: parsed.registry, repository: parsed.repository }];
};

const repositoriesIn = ({ images }: Demand, key: string): readonly Repository[] =>
  images.find(({ id }) => imageKey(id) === key)?.repositories ?? [];

const repositoriesOf = ({ id, by }: Wanted): Repository[] =>
  [...by.values()].flatMap((demand) => repositoriesIn(demand, imageKey(id)));
