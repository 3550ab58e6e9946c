import { FINALIZER } from '../api/keys.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';

/**
 * Only where deletion needs an order (isolation), must not leave rights behind whatever its propagation policy is
 * (access), or concerns the namespace (its labels); the rest is garbage-collected.
 */
export const needsFinalizer = ({ spec }: ContainerSecurityPolicy): boolean =>
  // Image rules label the namespace in mode Audit too.
  spec.images !== undefined ||
  (spec.mode !== 'Audit' &&
    (spec.network !== undefined || spec.podSecurity !== undefined || spec.access !== undefined));

export const hasFinalizer = ({ metadata }: ContainerSecurityPolicy): boolean =>
  metadata.finalizers?.includes(FINALIZER) === true;
