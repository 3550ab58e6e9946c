import type { Logger } from 'pino';
import type { ImageScan, ScanStatus } from '../../api/imagescan.ts';
import { objectKey } from '../../kube/object.ts';
import type { Recorder } from '../../kube/record/event.ts';
import type { Result } from '../../kube/workqueue/work-queue.ts';
import { writeUnlessGone } from '../../kube/workqueue/write-unless-gone.ts';
import { DATABASE_OLD_MS } from '../database-version.ts';
import { imageTarget } from '../engine/scan-target.ts';
import type { Enrichment } from '../findings/enrichment.ts';
import { expiringSoon, isExpired, nextExpiry, nextNotice } from '../findings/exceptions.ts';
import { kevOldAt } from '../findings/known-exploited.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { EmittedEvents } from '../store/scan-record.ts';
import type { Compute } from '../threads/compute.ts';
import type { CachedScan } from './caches.ts';
import { CREDENTIALS_RECHECK_MS } from './durations.ts';
import { SharedEvaluations } from './evaluation/shared-evaluations.ts';
import { criticalNewsInSteps } from './events/critical-news.ts';
import { emittedBefore } from './events/emitted-events.ts';
import type { EventReason } from './events/event-reasons.ts';
import { areResultsLost, computeEvents, toLogMessage } from './events/events.ts';
import type { Observation } from './observation.ts';
import { type ObserveOptions, observe, toObservation } from './observe.ts';
import { type Reconciliation, targetsOf } from './reconciliation.ts';
import { type RequestOptions, requestScans } from './request-scans.ts';
import { requeueAfter } from './requeue-after.ts';
import { ScanSession } from './session.ts';
import { computeStatus, sameStatus, suspendedStatus, unsupportedStatus } from './status/status.ts';

interface ScanControllerOptions extends ObserveOptions, Omit<RequestOptions, 'scanner'> {
  readonly store: ReportStore;
  readonly compute: Compute;
  /** Absent: there is none. */
  readonly enrichment?: () => Enrichment | undefined;
  /** Writes the whole status. @throws ApiError */
  readonly setStatus: (scan: ImageScan, status: ScanStatus) => Promise<void>;
  readonly events: Recorder<EventReason>;
}

/** Reconciles ImageScans: takes the inventory, requests the scans that are due, and publishes the results. */
export class ScanController {
  readonly #options: ScanControllerOptions;
  /** By the UID of the ImageScan. */
  readonly #sessions = new Map<string, ScanSession>();
  readonly #shared = new SharedEvaluations();

  constructor(options: ScanControllerOptions) {
    this.#options = options;
  }

  /** @throws RetryError, StoreError, ApiError when the same ImageScan should be tried again soon. */
  async reconcile(scan: CachedScan, log: Logger): Promise<Result> {
    const now = this.#options.clock.now();
    if (scan.metadata.deletionTimestamp !== undefined) return;
    const inactive = inactiveStatus(scan, now);
    if (inactive !== undefined) {
      this.#options.engine.setImages(objectKey(scan), undefined);
      return await this.#writeStatus(scan, inactive);
    }
    const session = await this.#load(scan);
    if (session === undefined) return;
    const reconciliation = observe(this.#options, scan, session, now);
    const awaitsCredentials = await this.#request(reconciliation);
    const observation = await this.#evaluate(reconciliation);
    if (observation === undefined) return;
    const delayMs = await this.#publish(reconciliation, observation, log);
    const rescanMs = session.rescan.waitMs(scan);
    const waits = [
      ...(awaitsCredentials ? [CREDENTIALS_RECHECK_MS] : []),
      ...(delayMs > 0 ? [delayMs] : []),
      ...(rescanMs === undefined ? [] : [rescanMs]),
    ];
    return this.#requeueAfter(reconciliation, observation, waits);
  }

  /** Drops everything of an ImageScan that is gone. @throws StoreError */
  async forget(scan: ImageScan): Promise<void> {
    const { namespace, name } = scan.metadata;
    this.#options.engine.setImages(objectKey(scan), undefined);
    this.#drop(scan);
    await this.#options.store.removeScan(namespace, name);
  }

  /** undefined: it is gone. */
  async #load(scan: ImageScan): Promise<ScanSession | undefined> {
    const { store, engine, compute, enrichment } = this.#options;
    const session = this.#sessions.get(scan.metadata.uid) ?? new ScanSession(store, compute, this.#shared, enrichment);
    await session.record.load(scan);
    // If it was deleted meanwhile, its requests would never be withdrawn.
    if (!this.#isThere(scan)) return undefined;
    this.#sessions.set(scan.metadata.uid, session);
    engine.seedPredecessors(session.record.images);
    return session;
  }

  /** @returns whether an image waits for credentials */
  async #request(reconciliation: Reconciliation): Promise<boolean> {
    const { scan, inventory } = reconciliation;
    requestScans(this.#options, reconciliation);
    const targets = [...inventory.images.map(({ id }) => imageTarget(id)), ...targetsOf(reconciliation)];
    return await this.#options.engine.recheckCredentials(objectKey(scan), targets);
  }

  /** undefined: it is gone. */
  async #evaluate(reconciliation: Reconciliation): Promise<Observation | undefined> {
    const { scan, session, inventory, now } = reconciliation;
    const evaluated = await session.evaluations.of(scan, inventory.images, now);
    if (this.#isThere(scan)) return toObservation(this.#options, reconciliation, evaluated);
    // It was deleted and forgotten while its reports were read.
    session.evaluations.forget();
    return undefined;
  }

  /** Writes status, Events and record. @throws StoreError @returns how long a change of the status is delayed, milliseconds; 0: it is written */
  async #publish(reconciliation: Reconciliation, observation: Observation, log: Logger): Promise<number> {
    const { scan, session, now } = reconciliation;
    const hadResults = scan.status?.lastScanTime !== undefined;
    // A store that cannot be read delays Events, and never the status that says so.
    const read = await session.record.events(scan).then(
      (before) => ({ before }),
      (error: Error) => ({ error }),
    );
    const emitted = 'error' in read ? session.record.emitted : read.before;
    const resultsLost = areResultsLost(emitted, hadResults, observation);
    const status = computeStatus(scan, { ...observation, resultsLost }, now);
    const delayMs = session.debounce.remainingMs(scan.status, status, this.#options.monotonic.now());
    if (delayMs === 0) await this.#writeStatus(scan, status);
    if ('error' in read) throw read.error;
    await this.#recordEvents(reconciliation, observation, read.before, delayMs > 0, log);
    return delayMs;
  }

  /** @param before those that were emitted @param isDelayed nothing changed but how many pods run */
  async #recordEvents(
    { scan, session: { record } }: Reconciliation,
    observation: Observation,
    before: EmittedEvents | undefined,
    isDelayed: boolean,
    log: Logger,
  ): Promise<void> {
    const { events, clock } = this.#options;
    const { exceptions = [] } = scan.spec;
    const now = clock.now();
    const emitted = before ?? emittedBefore(scan.status, observation);
    const news = await criticalNewsInSteps(emitted.criticals, observation);
    const circumstances = {
      spec: scan.spec,
      now,
      expiring: expiringSoon(exceptions, now),
      expired: exceptions.filter((exception) => isExpired(exception, now)),
      lost: before === undefined && scan.status?.lastScanTime !== undefined,
    };
    const computed = computeEvents(emitted, observation, circumstances, news);
    for (const event of computed.events) {
      events.record({ regarding: scan, ...event });
      // The engine logs each failure, once for all ImageScans.
      if (event.reason !== 'ScanFailed') {
        log[event.type === 'Normal' ? 'info' : 'warn']({ reason: event.reason }, toLogMessage(event));
      }
    }
    if (!this.#isThere(scan) || (isDelayed && before !== undefined && computed.events.length === 0)) return;
    await record.write(scan, observation.images, computed.emitted, clock.now());
  }

  async #writeStatus(scan: ImageScan, status: ScanStatus): Promise<void> {
    if (sameStatus(scan.status, status)) return;
    await writeUnlessGone('the ImageScan', () => this.#options.setStatus(scan, status));
  }

  #requeueAfter(
    { scan, now }: Reconciliation,
    { next, database, images, kev }: Observation,
    waits: readonly number[],
  ): Result {
    const { exceptions = [], failOnKnownExploited = false } = scan.spec;
    const kevOld = failOnKnownExploited ? kevOldAt(kev) : undefined;
    const old = database === undefined || images.length === 0 ? undefined : Date.parse(database) + DATABASE_OLD_MS + 1;
    const moments = [
      next,
      nextExpiry(exceptions, now),
      nextNotice(exceptions, now),
      ...[old, kevOld].map((moment) => (moment !== undefined && moment > now ? moment : undefined)),
    ];
    // The reconcile took a while, and the clock may have been set meanwhile.
    const requeueAfterMs = requeueAfter(moments, waits, this.#options.clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  #isThere({ metadata }: ImageScan): boolean {
    return this.#options.caches.scans.get(objectKey({ metadata }))?.metadata.uid === metadata.uid;
  }

  #drop({ metadata: { uid } }: ImageScan): void {
    this.#sessions.get(uid)?.evaluations.forget();
    this.#sessions.delete(uid);
  }
}

/** The status of an ImageScan that is not scanned: it is suspended, or this release does not know all of its spec. */
const inactiveStatus = (scan: CachedScan, now: number): ScanStatus | undefined => {
  if (scan.spec.suspend === true) return suspendedStatus(scan, now);
  return scan.unsupported && unsupportedStatus(scan, scan.unsupported, now);
};
