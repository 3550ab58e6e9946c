import type { ImagesSection, PolicySpec } from '../../../api/policy.ts';
import { type Disallowed, findDisallowed, type Inventory, isNothing } from './disallowed.ts';
import { fromRecord, toRecord } from './record.ts';

export interface Enforcement {
  /** What the rules refuse, or would refuse. */
  readonly found: Disallowed;
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
  const found = findDisallowed(images, inventory);
  if (mode === 'Audit') return { found, record: undefined };
  const written = toRecord(images);
  if (images.onViolation === 'Enforce' || recorded === written || isNothing(found)) return { found, record: written };
  const waitsFor = recorded === undefined ? found : findDisallowed(images, inventory, fromRecord(recorded));
  return isNothing(waitsFor) ? { found, record: written } : { found, record: recorded, waitsFor };
};
