import type { ServiceObject, SliceObject } from '../../../../src/policy/sections/network/dns-service.ts';

type Ports = NonNullable<NonNullable<ServiceObject['spec']>['ports']>;

interface ServiceOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly clusterIPs?: string[];
  readonly selector?: Record<string, string>;
  readonly ports?: Ports;
  readonly type?: string;
}

const METRICS = { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 };

export const dnsPorts = (targetPort?: number | string, ofTcp = targetPort): Ports => [
  { name: 'dns', port: 53, protocol: 'UDP', ...(targetPort !== undefined && { targetPort }) },
  { name: 'dns-tcp', port: 53, protocol: 'TCP', ...(ofTcp !== undefined && { targetPort: ofTcp }) },
  METRICS,
];

/** As kubeadm makes it. */
export const service = ({
  name = 'kube-dns',
  namespace = 'kube-system',
  clusterIPs = ['10.96.0.10'],
  selector = { 'k8s-app': 'kube-dns' },
  ports = dnsPorts(53),
  type = 'ClusterIP',
}: ServiceOptions = {}): ServiceObject => ({
  metadata: { name, namespace, labels: { 'k8s-app': 'kube-dns' } },
  spec: { type, clusterIPs, selector, ports },
});

/** As the endpoint slice controller makes it for a Service. */
export const slice = (
  addresses: readonly string[],
  { name = 'kube-dns', namespace = 'kube-system', port = 53, ready = true, addressType = 'IPv4' } = {},
): SliceObject => ({
  metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType,
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
  ports: [
    { name: 'metrics', port: 9153, protocol: 'TCP' },
    { name: 'dns-tcp', port, protocol: 'TCP' },
    { name: 'dns', port, protocol: 'UDP' },
  ],
});

export const OPENSHIFT = {
  name: 'dns-default',
  namespace: 'openshift-dns',
  clusterIPs: ['172.30.0.10'],
  selector: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
  ports: dnsPorts('dns', 'dns-tcp'),
};
