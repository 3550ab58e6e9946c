import type { ObjectMeta } from '../../src/api/meta.ts';
import type { ContainerSecurityPolicy, PolicySpec, PolicyStatus } from '../../src/api/policy.ts';

/** A policy as the API server would serve it: payments in team-a, generation 1. */
export const policyOf = (
  spec: PolicySpec,
  { metadata, status }: { metadata?: Partial<ObjectMeta>; status?: PolicyStatus } = {},
): ContainerSecurityPolicy => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ContainerSecurityPolicy',
  metadata: { name: 'payments', namespace: 'team-a', uid: 'uid-1', resourceVersion: '7', generation: 1, ...metadata },
  spec,
  ...(status && { status }),
});
