import type { ImagesSection, PolicySpec } from '../../../api/policy.ts';
import { type Disallowed, findDisallowed, type Inventory, isNothing } from './disallowed.ts';
import { fromRecord, toRecord } from './record.ts';

export interface Enforcement {
  /** The record of the rules in force afterwards; undefined: none. */
  readonly record: string | undefined;
  /** Enforcement waits for these pods and workloads, which the rules in force do not refuse. Absent: it does not wait. */
  readonly waitsFor?: Disallowed;
}

/**
 * Whether the rules of a policy may be in force: with onViolation Wait, once they refuse nothing that exists. What earlier
 * rules refuse already does not count, so that nobody can keep changed rules from being enforced by what is refused anyway.
 * @param recorded the record of the rules in force; undefined: none
 */
export const decideEnforcement = (
  { mode }: Pick<PolicySpec, 'mode'>,
  images: ImagesSection,
  recorded: string | undefined,
  inventory: Inventory,
): Enforcement => {
  if (mode === 'Audit') return { record: undefined };
  const written = toRecord(images);
  if (images.onViolation === 'Enforce' || recorded === written) return { record: written };
  const earlier = recorded === undefined ? undefined : fromRecord(recorded);
  const waitsFor = findDisallowed(images, inventory, earlier);
  return isNothing(waitsFor) ? { record: written } : { record: recorded, waitsFor };
};
