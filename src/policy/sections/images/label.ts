import { FIELD_MANAGERS, TRUSTED_IMAGES_LABEL } from '../../../api/keys.ts';
import { isAtRest } from '../../at-rest.ts';
import type { CachedPolicy } from '../../caches.ts';
import type { OwnedLabel } from '../../namespace.ts';

const OURS = FIELD_MANAGERS.images;
const VALUE = 'true';

/** The label that our field manager owns, or nothing. */
type Labels = Readonly<Record<string, string>>;

export const ownedLabel = (label: OwnedLabel | undefined): Labels =>
  label?.managers.includes(OURS) === true ? { [TRUSTED_IMAGES_LABEL]: label.value } : {};

/** Whether the policy requires the label; in mode Audit too, where the API server warns and records. */
export const hasRules = (policy: CachedPolicy): boolean =>
  policy.metadata.deletionTimestamp === undefined && !isAtRest(policy) && policy.spec.images !== undefined;

/** A policy at rest keeps an existing label, and sets none. Its status does not count: others could write it. */
const keepsRules = (policy: CachedPolicy): boolean =>
  policy.metadata.deletionTimestamp === undefined && isAtRest(policy) && policy.spec.images !== undefined;

/** Only the presence of the label counts, so a value of another manager is as good. */
const hasOtherValue = (label: OwnedLabel | undefined): boolean => label !== undefined && label.value !== VALUE;

/** The label that our field manager must own on a namespace with these policies and this label. */
export const wantedLabel = (policies: readonly CachedPolicy[], label: OwnedLabel | undefined): Labels => {
  if (policies.some(hasRules)) return hasOtherValue(label) ? {} : { [TRUSTED_IMAGES_LABEL]: VALUE };
  return policies.some(keepsRules) ? ownedLabel(label) : {};
};
