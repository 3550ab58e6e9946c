import type { PodSecuritySection } from '../../../api/policy.ts';
import { isAtRest } from '../../at-rest.ts';
import type { CachedPolicy } from '../../caches.ts';
import type { Claim } from './decide.ts';

const claim = (policy: string, { level, version = 'latest', onViolation = 'Wait' }: PodSecuritySection): Claim => ({
  policy,
  level,
  version,
  onViolation,
});

/** The Pod Security level that a policy requests; none while it is at rest, being deleted, in mode Audit, or without the section. */
export const claimsOf = (policy: CachedPolicy): Claim[] => {
  const { spec, metadata } = policy;
  if (metadata.deletionTimestamp !== undefined || isAtRest(policy)) return [];
  if (spec.mode === 'Audit' || spec.podSecurity === undefined) return [];
  return [claim(policy.metadata.name, spec.podSecurity)];
};

/**
 * Whether the policy keeps the labels of its namespace as strict as they are. It is not reconciled, so nothing that it may
 * have set is withdrawn or weakened. Its status does not count: clients other than the operator could write it.
 */
export const holdsLabels = (policy: CachedPolicy): boolean =>
  policy.metadata.deletionTimestamp === undefined && isAtRest(policy) && policy.spec.podSecurity !== undefined;

/** The level that such a policy keeps, if it is in force. */
export const heldClaims = (policy: CachedPolicy): Claim[] =>
  holdsLabels(policy) && policy.spec.podSecurity !== undefined
    ? [claim(policy.metadata.name, policy.spec.podSecurity)]
    : [];
