import type { Applied } from '../../src/kube/object.ts';

export interface DemoPod {
  readonly namespace: string;
  readonly name: string;
  readonly app: string;
  /** restricted: meets that level; plain: has no securityContext; privileged: requests all rights. */
  readonly rights: 'restricted' | 'plain' | 'privileged';
}

const pod = (namespace: string, app: string, name = app, rights: DemoPod['rights'] = 'restricted'): DemoPod => ({
  namespace,
  name,
  app,
  rights,
});

/** The pods that run in the namespaces of samples/ before the policies are applied. */
export const PODS: readonly DemoPod[] = [
  pod('shop', 'web', 'web-0'),
  pod('shop', 'web', 'web-1'),
  pod('shop', 'api'),
  pod('orders', 'postgres', 'postgres-0', 'plain'),
  pod('invoices', 'upload'),
  pod('team-checkout', 'search'),
  pod('team-checkout', 'cart', 'cart-0', 'plain'),
  pod('team-checkout', 'cart', 'cart-1', 'plain'),
  pod('ci', 'runner', 'runner', 'plain'),
  pod('legacy', 'reports', 'reports', 'plain'),
  pod('legacy', 'node-tuner', 'node-tuner', 'privileged'),
];

const SECURITY: Record<DemoPod['rights'], object> = {
  restricted: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  plain: {},
  privileged: { privileged: true },
};

export const toManifest = ({ namespace, name, app, rights }: DemoPod): Applied => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { 'app.kubernetes.io/name': app } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name, image: 'registry.k8s.io/pause:3.10', securityContext: SECURITY[rights] }],
  },
});
