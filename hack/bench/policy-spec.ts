import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { PolicySpec } from '../../src/api/policy.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from '../kinds.ts';
import { inParallel } from './in-parallel.ts';

/** Requests at the same time, while nothing is measured. */
const LANES = 8;

export const BENCH_POLICY = 'bench';

export const namespaceOf = (i: number): string => `bench-${String(i).padStart(5, '0')}`;

/** Three NetworkPolicies, the Pod Security labels, one RoleBinding; one of the NetworkPolicies knows the API server. */
const spec: PolicySpec = {
  network: {
    allow: {
      sameNamespace: true,
      apiServer: true,
      ingress: ['web', 'api'].map((app) => ({
        pods: { matchLabels: { app } },
        from: [{ namespaces: ['ingress-nginx'] }],
        ports: [{ port: 8080 }],
      })),
    },
  },
  podSecurity: { level: 'restricted' },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }] },
};

/** One policy in each of `n` namespaces, numbered from `first`. */
export const createPolicies = (admin: KubeClient, first: number, n: number): Promise<void> => {
  const { group, version, kind } = CONTAINER_SECURITY_POLICY;
  const numbers = Array.from({ length: n }, (_, i) => first + i);
  return inParallel(numbers, LANES, async (i) => {
    const namespace = namespaceOf(i);
    await admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name: BENCH_POLICY, namespace }, spec };
    await admin.create(CONTAINER_SECURITY_POLICY, body, { namespace });
  });
};
