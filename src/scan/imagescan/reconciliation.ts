import type { ImageScan } from '../../api/imagescan.ts';
import { objectKey } from '../../kube/object.ts';
import type { ScanEngine } from '../engine/engine.ts';
import { imageTarget, type ScanTarget, type TagTarget, tagTarget } from '../engine/scan-target.ts';
import type { ScanFailure } from '../scan-error.ts';
import type { Occasion } from './due.ts';
import type { Inventory } from './inventory/inventory.ts';
import type { Plan } from './schedule/plan.ts';
import type { ScanSession } from './session.ts';
import { failureKey } from './stored-record.ts';

/** One reconcile of an ImageScan: the results of its first steps, for the later ones. */
export interface Reconciliation {
  readonly scan: ImageScan;
  readonly session: ScanSession;
  readonly inventory: Inventory;
  readonly plan: Plan;
  /** The user's request by annotation that is not done yet. */
  readonly request?: NonNullable<Occasion['request']>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The references whose digests the ImageScan needs. */
export const targetsOf = ({ scan, inventory }: Pick<Reconciliation, 'scan' | 'inventory'>): TagTarget[] =>
  inventory.wanted.map(({ reference, runs }) => tagTarget(objectKey(scan), reference, runs));

/**
 * Failures that an earlier operator process recorded, of images that this one has not tried yet, by failureKey: a restart
 * does not change them.
 */
export const earlierFailures = (
  engine: Pick<ScanEngine, 'lastScan'>,
  reconciliation: Reconciliation,
): ReadonlyMap<string, ScanFailure> => {
  const { images, others } = reconciliation.inventory;
  const failures = reconciliation.session.record.failures();
  if (failures.size === 0) return failures;
  const isTried = (target: ScanTarget): boolean => engine.lastScan(target).triedAt !== undefined;
  const lookedUp = new Set(targetsOf(reconciliation).flatMap((target) => (isTried(target) ? [target.reference] : [])));
  const untried = [...images.filter(({ id }) => !isTried(imageTarget(id))), ...others].filter(
    ({ reference }) => !lookedUp.has(reference),
  );
  const keys = new Set(untried.map((image) => failureKey('id' in image ? image.id : image)));
  return new Map([...failures].filter(([key]) => keys.has(key)));
};
