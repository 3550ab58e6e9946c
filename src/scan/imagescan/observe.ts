import type { ImageScan } from '../../api/imagescan.ts';
import { BY_NAMESPACE } from '../../kube/cache/store.ts';
import type { Clock } from '../../kube/clock.ts';
import { objectKey } from '../../kube/object.ts';
import { type DatabaseVersion, isOldDatabase, isSameDatabase } from '../database-version.ts';
import type { ScanEngine } from '../engine/engine.ts';
import { imageTarget, tagTarget } from '../engine/scan-target.ts';
import { exceptionProblems } from '../findings/exceptions.ts';
import type { ScannerVersion } from '../findings/match.ts';
import { imageKey } from '../image.ts';
import { withSecretProblems } from '../registry/error-response.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { Scanner } from '../scanner/scanner.ts';
import type { ScanCaches } from './caches.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { EvaluatedImages } from './evaluation/evaluations.ts';
import { findImages, type Inventory, lookupsOf, takeInventory, type WantedLookup } from './inventory/inventory.ts';
import { usualPlatform } from './inventory/node.ts';
import type { Observation, ObservedImage } from './observation.ts';
import { earlierFailures, type Reconciliation } from './reconciliation.ts';
import type { ScanSession } from './session.ts';
import { failureKey } from './stored-record.ts';

export interface ObserveOptions {
  readonly caches: ScanCaches;
  readonly engine: ScanEngine;
  readonly scanner: Pick<Scanner, 'database' | 'databaseProblem'>;
  readonly scannerVersion: ScannerVersion;
  /** Absent: a Trivy server has the database. */
  readonly databaseRepository?: string;
  /** Is never set. */
  readonly monotonic: Clock;
}

/** Takes the inventory of an ImageScan and hands it to the engine. @param now milliseconds since 1970 */
export const observe = (
  options: ObserveOptions,
  scan: ImageScan,
  session: ScanSession,
  now: number,
): Reconciliation => {
  const { engine, monotonic } = options;
  const request = session.rescan.pending(scan, monotonic.now());
  const isNewRequest = request !== undefined || scan.metadata.generation !== scan.status?.observedGeneration;
  // No watch reports that the operator may read a Secret now, but a user who grants that changes the ImageScan or requests
  // a scan. This precedes every scan for it: cached credentials may be of an earlier namespace of this name.
  if (isNewRequest) engine.rereadSecrets(scan.metadata.namespace);
  if (request !== undefined) engine.rescanRequested(request.at);
  const inventory = updateInventory(options, scan, session);
  const plan = session.plans.of(scan, now);
  return { scan, session, inventory, plan, ...(request !== undefined && { request }), now };
};

const updateInventory = ({ caches, engine }: ObserveOptions, scan: ImageScan, { record }: ScanSession): Inventory => {
  const key = objectKey(scan);
  const { namespace } = scan.metadata;
  const { target, pullSecrets = [] } = scan.spec;
  const found = findImages(target, {
    pods: caches.pods.byIndex(BY_NAMESPACE, namespace),
    templates: Object.values(caches.templates).flatMap((store) => store.byIndex(BY_NAMESPACE, namespace)),
    platformOf: (node) => (node === undefined ? undefined : caches.nodes.get(node)?.platform),
    usualPlatform: usualPlatform(caches.nodes.list()),
  });
  const toTarget = ({ reference, runs }: WantedLookup) => tagTarget(key, reference, runs);
  engine.watchTags(key, lookupsOf(found).map(toTarget), record.digests());
  const inventory = takeInventory(found, (wanted) => engine.digestOf(toTarget(wanted)));
  engine.setImages(key, { namespace, pullSecrets: pullSecrets.map(({ name }) => name), images: inventory.images });
  return inventory;
};

/** The observation of the ImageScan now. */
export const toObservation = (
  { engine, scanner, scannerVersion, databaseRepository }: ObserveOptions,
  reconciliation: Reconciliation,
  { evaluations, failures, distinct, kev }: EvaluatedImages,
): Observation => {
  const { scan, session, inventory, plan, now } = reconciliation;
  const { planned, next } = plan;
  const current = scanner.database();
  const database = current?.updatedAt;
  const databaseProblem = scanner.databaseProblem();
  const handledRescan = session.rescan.handled;
  const unreadable = engine.unreadableSecrets(objectKey(scan));
  const earlier = earlierFailures(engine, reconciliation);
  const images = inventory.images.map(({ id, reference, pods, origin, problem }): ObservedImage => {
    const evaluation = evaluations.get(imageKey(id));
    const failure =
      engine.failure(imageTarget(id)) ??
      failures.get(imageKey(id)) ??
      (problem && { ...problem, retries: true }) ??
      earlier.get(imageKey(id));
    return {
      reference,
      ...id,
      pods,
      ...(origin !== undefined && { origin }),
      ...(evaluation !== undefined && { evaluation }),
      ...(failure !== undefined && { failure: withSecretProblems(failure, unreadable) }),
      outdated: evaluation !== undefined && isOutdated(evaluation, { planned, database: current, now }),
    };
  });
  const others = inventory.others.map(({ reference, platform, pods, origin, runs, problem }): ObservedImage => {
    const failure: ScanFailure | undefined =
      engine.failure(tagTarget(objectKey(scan), reference, runs)) ??
      (problem && { ...problem, retries: false }) ??
      earlier.get(failureKey({ reference, platform }));
    return {
      reference,
      platform,
      pods,
      ...(origin !== undefined && { origin }),
      ...(failure !== undefined && { failure: withSecretProblems(failure, unreadable) }),
      outdated: false,
    };
  });
  return {
    images: [...images, ...others],
    distinctFindings: distinct,
    ...(planned !== undefined && { planned }),
    ...(next !== undefined && { next }),
    scanner: scannerVersion,
    ...(database !== undefined && { database }),
    ...(databaseRepository !== undefined && { databaseRepository }),
    ...(databaseProblem !== undefined && { databaseProblem }),
    databaseOld: database !== undefined && isOldDatabase(database, now),
    ...(kev !== undefined && { kev }),
    stalled: stalledBy(engine, reconciliation),
    ...(handledRescan !== undefined && { handledRescan }),
  };
};

const stalledBy = (
  engine: Pick<ScanEngine, 'unreadableSecrets'>,
  { scan, plan: { error } }: Reconciliation,
): Observation['stalled'] => [
  ...(error === undefined ? [] : [{ reason: 'InvalidSchedule' as const, message: error }]),
  ...exceptionProblems(scan.spec.exceptions ?? []).map((message) => ({ reason: 'InvalidException' as const, message })),
  ...engine.unreadableSecrets(objectKey(scan)).map((message) => ({ reason: 'PullSecretUnreadable' as const, message })),
];

interface Present {
  readonly planned: number | undefined;
  readonly database: DatabaseVersion | undefined;
  readonly now: number;
}

const isOutdated = ({ scannedAt, database }: Evaluation, present: Present): boolean => {
  const at = Date.parse(scannedAt);
  if (at > present.now || at < (present.planned ?? at)) return true;
  return present.database !== undefined && !isSameDatabase(database, present.database);
};
