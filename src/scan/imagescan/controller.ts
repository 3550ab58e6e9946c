import type { Logger } from 'pino';
import type { ImageScan, ScanStatus } from '../../api/imagescan.ts';
import { BY_NAMESPACE } from '../../kube/cache/store.ts';
import type { Clock } from '../../kube/clock.ts';
import { objectKey } from '../../kube/object.ts';
import type { EventRecorder } from '../../kube/record/event-recorder.ts';
import { classify } from '../../kube/rest/errors.ts';
import { type Result, RetryError } from '../../kube/workqueue/work-queue.ts';
import type { DatabaseVersion } from '../database-version.ts';
import { databaseKey, isSameDatabase } from '../database-version.ts';
import type { ScanEngine } from '../engine/engine.ts';
import { PRIORITIES } from '../engine/queue/scan-request.ts';
import { imageTarget, type ScanTarget, type TagTarget, tagTarget } from '../engine/scan-target.ts';
import { exceptionProblems, expiringSoon, isExpired, nextExpiry, nextNotice } from '../findings/exceptions.ts';
import type { ScannerVersion } from '../findings/match.ts';
import { imageKey } from '../image.ts';
import type { Failure } from '../scan-error.ts';
import type { Scanner } from '../scanner/scanner.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { CachedScan, ScanCaches } from './caches.ts';
import { dueFor, type Occasion } from './due.ts';
import type { ImageView } from './evaluation/evaluation.ts';
import { Views } from './evaluation/evaluations.ts';
import { isMadeAgain, tell } from './events/events.ts';
import { type Inventory, takeInventory } from './inventory/inventory.ts';
import { usualPlatform } from './inventory/node.ts';
import type { ImageLook, Look } from './observation.ts';
import { failureKey, Records } from './records.ts';
import { untilNextLook } from './requeue-after.ts';
import { Requests } from './rescan-requests.ts';
import { type Plan, Plans } from './schedule/plan.ts';
import { PodCounts } from './status/debounce.ts';
import { computeStatus, sameStatus, suspendedStatus, unsupportedStatus } from './status/status.ts';

/** The database is made anew several times a day; after so long new vulnerabilities are missed. */
const DATABASE_OLD_MS = 7 * 86_400_000;
/** Credentials may have changed, and nothing tells: Secrets are not watched. */
const CREDENTIALS_RECHECK_MS = 300_000;

export interface ScanControllerOptions {
  readonly caches: ScanCaches;
  readonly engine: ScanEngine;
  readonly scanner: Pick<Scanner, 'database'>;
  readonly scannerVersion: ScannerVersion;
  readonly store: ReportStore;
  /** Writes the whole status. @throws ApiError */
  readonly setStatus: (scan: ImageScan, status: ScanStatus) => Promise<void>;
  readonly events: Pick<EventRecorder, 'record'>;
  /** The time of day. */
  readonly clock: Clock;
  /** Is never set. */
  readonly monotonic: Clock;
}

/** By failureKey. */
type Earlier = ReadonlyMap<string, Failure>;

interface Known {
  readonly views: ReadonlyMap<string, ImageView>;
  readonly earlier: Earlier;
  readonly plan: Plan;
}

/** Reconciles ImageScans: takes the inventory, asks for the scans that are due, and writes what is known into one status. */
export class ScanController {
  readonly #options: ScanControllerOptions;
  readonly #views: Views;
  readonly #records: Records;
  readonly #requests = new Requests();
  readonly #plans = new Plans();
  readonly #podCounts = new PodCounts();

  constructor(options: ScanControllerOptions) {
    this.#options = options;
    this.#views = new Views(options.store);
    this.#records = new Records(options.store);
  }

  /** @throws RetryError, StoreError, ApiError when the same ImageScan should be tried again soon. */
  async reconcile(scan: CachedScan, log: Logger): Promise<Result> {
    const key = objectKey(scan);
    const now = this.#options.clock.now();
    if (scan.metadata.deletionTimestamp !== undefined) return;
    if (scan.spec.suspend === true) {
      this.#options.engine.setImages(key, undefined);
      return await this.#writeStatus(scan, suspendedStatus(scan, now));
    }
    if (scan.unsupported !== undefined) {
      this.#options.engine.setImages(key, undefined);
      return await this.#writeStatus(scan, unsupportedStatus(scan, scan.unsupported, now));
    }
    await this.#records.load(scan);
    this.#options.engine.seedPredecessors(this.#records.of(scan)?.images ?? []);
    // It may have gone meanwhile, and what is wanted for it now would be wanted for ever.
    if (!this.#isThere(scan)) return;
    const request = this.#requests.of(scan, this.#options.monotonic.now());
    const isNews = request !== undefined || scan.metadata.generation !== scan.status?.observedGeneration;
    // Nothing tells that a Secret may be read now, but people ask again once they have seen to that. Before any scan can be
    // made for it: what is kept may be of an earlier namespace of this name.
    if (isNews) this.#options.engine.rereadSecrets(scan.metadata.namespace);
    const inventory = this.#demand(key, scan);
    const plan = this.#plans.of(scan, now);
    const views = await this.#views.of(scan, inventory.images, now);
    // It may have been deleted, and forgotten, while its reports were read.
    if (!this.#isThere(scan)) return this.#views.forget(scan);
    const earlier = this.#earlierFailures(scan, inventory);
    this.#askForDue(scan, inventory, earlier, { ...plan, ...(request !== undefined && { request }) });
    const waitsForCredentials = await this.#recheckCredentials(key, scan, inventory);
    const look = this.#look(scan, inventory, { views, earlier, plan }, now);
    const settlesMs = await this.#publish(scan, look, log, now);
    const again = [...(waitsForCredentials ? [CREDENTIALS_RECHECK_MS] : []), ...(settlesMs > 0 ? [settlesMs] : [])];
    return this.#nextLook(scan, look, again, now);
  }

  /** Nothing of it is needed any more. */
  async forget(scan: ImageScan): Promise<void> {
    this.#options.engine.setImages(objectKey(scan), undefined);
    this.#views.forget(scan);
    this.#requests.forget(scan);
    this.#plans.forget(scan);
    this.#podCounts.forget(scan);
    await this.#records.remove(scan.metadata);
  }

  #isThere({ metadata }: ImageScan): boolean {
    return this.#options.caches.scans.get(objectKey({ metadata }))?.metadata.uid === metadata.uid;
  }

  #demand(key: string, scan: ImageScan): Inventory {
    const { caches, engine } = this.#options;
    const { namespace } = scan.metadata;
    const { target, pullSecrets = [] } = scan.spec;
    const nodes = caches.nodes.list();
    engine.watchTags(key, target?.images ?? [], this.#records.digests(scan));
    const inventory = takeInventory(target, {
      pods: caches.pods.byIndex(BY_NAMESPACE, namespace),
      platformOf: (node) => (node === undefined ? undefined : caches.nodes.get(node)?.platform),
      usualPlatform: usualPlatform(nodes),
      lookUp: (reference) => engine.digestOf(tagTarget(key, reference)),
    });
    engine.setImages(key, { namespace, pullSecrets: pullSecrets.map(({ name }) => name), images: inventory.images });
    return inventory;
  }

  /** Failures of an earlier run of the operator, of what this one has not tried yet: a restart is no news of them. */
  #earlierFailures(scan: ImageScan, { images, others }: Inventory): Earlier {
    const { engine } = this.#options;
    const failures = this.#records.failures(scan);
    if (failures.size === 0) return failures;
    const isTried = (what: ScanTarget): boolean => engine.lastScan(what).triedAt !== undefined;
    const lookedUp = new Set(targetsOf(scan).flatMap((target) => (isTried(target) ? [target.reference] : [])));
    const open = [...images.filter(({ id }) => !isTried(imageTarget(id))), ...others].filter(
      ({ reference }) => !lookedUp.has(reference),
    );
    const keys = new Set(open.map((image) => failureKey('id' in image ? image.id : image)));
    return new Map([...failures].filter(([key]) => keys.has(key)));
  }

  #askForDue(
    scan: ImageScan,
    { images }: Inventory,
    earlier: Earlier,
    { planned, request }: Pick<Occasion, 'planned' | 'request'>,
  ): void {
    const { engine, scanner, clock } = this.#options;
    const database = scanner.database();
    const occasion = {
      now: clock.now(),
      ...(planned !== undefined && { planned }),
      ...(request !== undefined && { request }),
      ...(database !== undefined && { database: databaseKey(database) }),
    };
    const due = [
      ...images.map(({ id, pods }) => {
        const again = earlier.has(imageKey(id)) ? ({ priority: 'Scheduled' } as const) : undefined;
        const what = imageTarget(id);
        return { what, ask: dueFor(engine.lastScan(what), { ...occasion, runs: pods > 0 }) ?? again };
      }),
      ...targetsOf(scan).map((what) => ({ what, ask: dueFor(engine.lastScan(what), { ...occasion, runs: false }) })),
    ];
    // The first ones start at once: the most urgent must be among them.
    for (const priority of PRIORITIES) {
      for (const { what, ask } of due)
        if (ask?.priority === priority) engine.enqueue(what, { ...ask, by: scan.metadata.namespace });
    }
    if (request === undefined) return;
    const looks = [...images.map(({ id }) => imageTarget(id)), ...targetsOf(scan)].map((what) => engine.lastScan(what));
    if (looks.every(({ triedAt = 0 }) => triedAt >= request.at)) this.#requests.done(scan);
  }

  #recheckCredentials(key: string, scan: ImageScan, { images }: Inventory): Promise<boolean> {
    return this.#options.engine.recheckCredentials(key, [
      ...images.map(({ id }) => imageTarget(id)),
      ...targetsOf(scan),
    ]);
  }

  #look(scan: ImageScan, inventory: Inventory, { views, earlier, plan }: Known, now: number): Look {
    const { engine, scanner, scannerVersion } = this.#options;
    const present = scanner.database();
    const database = present?.updatedAt;
    const handledRescan = this.#requests.handled(scan);
    const { planned, next } = plan;
    const images = inventory.images.map(({ id, reference, pods, problem }): ImageLook => {
      const view = views.get(imageKey(id));
      const failure =
        engine.failure(imageTarget(id)) ?? (problem && { ...problem, retries: true }) ?? earlier.get(imageKey(id));
      return {
        reference,
        ...id,
        pods,
        ...(view !== undefined && { view }),
        ...(failure !== undefined && { failure }),
        outdated: view !== undefined && isOutdated(view, { planned, database: present, now }),
      };
    });
    const others = inventory.others.map(({ reference, platform, pods, problem }): ImageLook => {
      const failure: Failure | undefined =
        engine.failure(tagTarget(objectKey(scan), reference)) ??
        (problem && { ...problem, retries: false }) ??
        earlier.get(failureKey({ reference, platform }));
      return { reference, platform, pods, ...(failure !== undefined && { failure }), outdated: false };
    });
    return {
      images: [...images, ...others],
      ...(planned !== undefined && { planned }),
      ...(next !== undefined && { next }),
      scanner: scannerVersion,
      ...(database !== undefined && { database }),
      databaseOld: database !== undefined && now - Date.parse(database) > DATABASE_OLD_MS,
      stalled: this.#stalled(scan, plan),
      ...(handledRescan !== undefined && { handledRescan }),
    };
  }

  #stalled({ metadata, spec }: ImageScan, { error }: Plan): Look['stalled'] {
    const secrets = this.#options.engine.unreadableSecrets(objectKey({ metadata }));
    return [
      ...(error === undefined ? [] : [{ reason: 'InvalidSchedule', message: error }]),
      ...exceptionProblems(spec.exceptions ?? []).map((message) => ({ reason: 'InvalidException', message })),
      ...secrets.map((message) => ({ reason: 'PullSecretUnreadable', message })),
    ];
  }

  /** Status, Events and record. @returns how long that waits for more of the same, milliseconds; 0: all of it is written */
  async #publish(scan: ImageScan, look: Look, log: Logger, now: number): Promise<number> {
    const told = this.#records.of(scan)?.told;
    const madeAgain = isMadeAgain(told, scan.status?.lastScanTime !== undefined, look);
    const status = computeStatus(scan, { ...look, madeAgain }, now);
    const settlesMs = this.#podCounts.settle(scan, status, this.#options.monotonic.now());
    if (settlesMs === 0) await this.#writeStatus(scan, status);
    await this.#tell(scan, look, settlesMs > 0, log);
    return settlesMs;
  }

  /** @param settles there is nothing new but how many pods run */
  async #tell(scan: ImageScan, look: Look, settles: boolean, log: Logger): Promise<void> {
    const { events, clock } = this.#options;
    const { failOn = 'Critical', exceptions = [] } = scan.spec;
    const now = clock.now();
    const endingSoon = expiringSoon(exceptions, now);
    const ended = exceptions.filter((exception) => isExpired(exception, now));
    const record = this.#records.of(scan);
    const lost = record === undefined && scan.status?.lastScanTime !== undefined;
    const { entries, told } = tell(record?.told ?? [], look, { failOn, endingSoon, ended, lost });
    for (const entry of entries) {
      events.record({ regarding: scan, ...entry });
      log[entry.type === 'Normal' ? 'info' : 'warn']({ reason: entry.reason }, entry.note);
    }
    if (!this.#isThere(scan) || (settles && record !== undefined && entries.length === 0)) return;
    await this.#records.write(scan, look.images, told, clock.now());
  }

  async #writeStatus(scan: ImageScan, status: ScanStatus): Promise<void> {
    if (sameStatus(scan.status, status)) return;
    try {
      await this.#options.setStatus(scan, status);
    } catch (error) {
      const failure = classify(error);
      if (failure === 'Conflict') throw new RetryError('the ImageScan has changed since it was read', { cause: error });
      if (failure !== 'NotFound') throw error;
    }
  }

  #nextLook({ spec }: ImageScan, { next, database, images }: Look, again: readonly number[], now: number): Result {
    const { exceptions = [] } = spec;
    const old = database === undefined || images.length === 0 ? undefined : Date.parse(database) + DATABASE_OLD_MS + 1;
    const moments = [
      next,
      nextExpiry(exceptions, now),
      nextNotice(exceptions, now),
      old !== undefined && old > now ? old : undefined,
    ];
    // This took a while, and the clock may have been set meanwhile.
    const requeueAfterMs = untilNextLook(moments, again, this.#options.clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }
}

const targetsOf = ({ metadata, spec }: ImageScan): TagTarget[] =>
  (spec.target?.images ?? []).map((reference) => tagTarget(objectKey({ metadata }), reference));

interface Present {
  readonly planned: number | undefined;
  readonly database: DatabaseVersion | undefined;
  readonly now: number;
}

const isOutdated = ({ scannedAt, database }: ImageView, present: Present): boolean => {
  const at = Date.parse(scannedAt);
  if (at > present.now || at < (present.planned ?? at)) return true;
  return present.database !== undefined && !isSameDatabase(database, present.database);
};
