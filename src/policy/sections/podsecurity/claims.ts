import type { ContainerSecurityPolicy } from '../../../api/policy.ts';
import { isAtRest } from '../../at-rest.ts';
import type { CachedPolicy } from '../../caches.ts';
import type { Claim } from './decide.ts';
import { isLevel } from './level.ts';

/** A policy at rest keeps the request of its last reconcile, whatever its spec is now. */
const asBefore = (policy: ContainerSecurityPolicy): Claim[] => {
  const [level, version] = policy.status?.podSecurity?.requested?.split(':') ?? [];
  if (!isLevel(level) || version === undefined) return [];
  const { enforced } = policy.status?.podSecurity ?? {};
  const held = isLevel(enforced) ? { level: enforced, version: enforced === level ? version : 'latest' } : undefined;
  const frozen = held === undefined ? {} : { held };
  return [{ policy: policy.metadata.name, level, version, onViolation: 'Wait', frozen }];
};

/** The Pod Security level that a policy requests; none while it is being deleted, in mode Audit, or without the section. */
export const claimsOf = (policy: CachedPolicy): Claim[] => {
  const { spec, metadata } = policy;
  if (metadata.deletionTimestamp !== undefined) return [];
  if (isAtRest(policy)) return asBefore(policy);
  if (spec.mode === 'Audit' || spec.podSecurity === undefined) return [];
  const { level, version = 'latest', onViolation = 'Wait' } = spec.podSecurity;
  return [{ policy: metadata.name, level, version, onViolation }];
};
