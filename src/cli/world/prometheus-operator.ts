import type { PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import { isObject } from '../../text/is-object.ts';
import { groupOf, type KubernetesObject } from './kubernetes-object.ts';

const GROUP = 'monitoring.coreos.com';

interface Spec {
  readonly portName?: string;
  readonly hostNetwork?: boolean;
  readonly serviceAccountName?: string;
  readonly podMetadata?: { readonly labels?: Readonly<Record<string, string>> };
}

const PORTS: Readonly<Record<string, (web: string) => { name: string; containerPort: number; protocol?: string }[]>> = {
  Prometheus: (name) => [{ name, containerPort: 9090 }],
  Alertmanager: (name) => [
    { name, containerPort: 9093 },
    { name: 'mesh-tcp', containerPort: 9094 },
    { name: 'mesh-udp', containerPort: 9094, protocol: 'UDP' },
  ],
};

/**
 * The pods that the Prometheus operator makes of a Prometheus or an Alertmanager: labels and ports as in makeSelectorLabels
 * and makeStatefulSetSpec of its release 0.85.
 */
export const operatedTemplate = (object: KubernetesObject): PodTemplateSpec | undefined => {
  const ports = groupOf(object) === GROUP && Object.hasOwn(PORTS, object.kind) ? PORTS[object.kind] : undefined;
  if (ports === undefined) return undefined;
  const {
    portName = 'web',
    hostNetwork,
    serviceAccountName,
    podMetadata,
  } = (isObject(object.spec) ? object.spec : {}) as Spec;
  const { name } = object.metadata;
  const app = object.kind.toLowerCase();
  const labels = {
    ...podMetadata?.labels,
    ...{ 'app.kubernetes.io/name': app, 'app.kubernetes.io/instance': name, [app]: name },
    'app.kubernetes.io/managed-by': 'prometheus-operator',
    ...(object.kind === 'Prometheus' && { 'operator.prometheus.io/name': name, 'operator.prometheus.io/shard': '0' }),
  };
  return {
    metadata: { labels },
    spec: {
      ...(hostNetwork === true && { hostNetwork }),
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      containers: [
        { name: app, ports: ports(portName) },
        { name: 'config-reloader', ports: [{ name: 'reloader-web', containerPort: 8080 }] },
      ],
    },
  };
};
