import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DnsPeer } from '../../../../src/policy/sections/network/context.ts';
import { parseDnsPeers } from '../../../../src/policy/sections/network/dns.ts';
import {
  dnsServices,
  peersOf,
  type ServiceObject,
  type SliceObject,
} from '../../../../src/policy/sections/network/dns-service.ts';
import { dnsPorts, OPENSHIFT, service, slice } from './dns-platforms.ts';

const peers = (services: ServiceObject[], slices: SliceObject[]): DnsPeer[] =>
  dnsServices(services, slices).flatMap(peersOf);

const KUBEADM = '10.96.0.10/32:53,kube-system/k8s-app=kube-dns:53';

const rows: [what: string, services: ServiceObject[], slices: SliceObject[], expected: string][] = [
  ['kubeadm', [service()], [slice(['10.244.0.2', '10.244.0.3'])], KUBEADM],
  ['no endpoint yet: the rules do not wait for it', [service()], [], KUBEADM],
  ['a target port that is not written', [service({ ports: dnsPorts() })], [], KUBEADM],
  [
    'OpenShift: named target ports, which the EndpointSlices have as numbers',
    [service(OPENSHIFT)],
    [slice(['10.128.0.4'], { name: 'dns-default', namespace: 'openshift-dns', port: 5353 })],
    '172.30.0.10/32:53,openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353',
  ],
  ['OpenShift without endpoints: the port of its pods is not known', [service(OPENSHIFT)], [], '172.30.0.10/32:53'],
  [
    'another target port',
    [service({ ports: dnsPorts(1053) })],
    [],
    '10.96.0.10/32:53,kube-system/k8s-app=kube-dns:1053',
  ],
  [
    'different target ports of UDP and TCP',
    [service({ ports: dnsPorts(5300, 53) })],
    [],
    '10.96.0.10/32:53,kube-system/k8s-app=kube-dns:53,kube-system/k8s-app=kube-dns:5300',
  ],
  [
    'dual stack',
    [service({ clusterIPs: ['10.96.0.10', 'fd00:96::a'] })],
    [],
    '10.96.0.10/32:53,fd00:96::a/128:53,kube-system/k8s-app=kube-dns:53',
  ],
  ['headless', [service({ clusterIPs: ['None'] })], [], 'kube-system/k8s-app=kube-dns:53'],
  [
    'without a selector: the addresses of its endpoints',
    [service({ selector: {} })],
    [slice(['192.0.2.7', '192.0.2.6'])],
    '10.96.0.10/32:53,192.0.2.6/32:53,192.0.2.7/32:53',
  ],
  [
    'without a selector, not ready',
    [service({ selector: {} })],
    [slice(['192.0.2.7'], { ready: false })],
    '10.96.0.10/32:53',
  ],
  [
    'the upstream Service of a node-local cache too, sorted by name',
    [service({ name: 'kube-dns-upstream', clusterIPs: ['10.96.0.77'] }), service()],
    [],
    `${KUBEADM},10.96.0.77/32:53,kube-system/k8s-app=kube-dns:53`,
  ],
  [
    'kubespray',
    [service({ name: 'coredns', clusterIPs: ['10.233.0.3'] })],
    [],
    '10.233.0.3/32:53,kube-system/k8s-app=kube-dns:53',
  ],
  [
    'a namespace openshift-dns that somebody created beside the DNS of kube-system does not count',
    [service({ ...OPENSHIFT, selector: {}, clusterIPs: ['10.96.6.6'] }), service()],
    [slice(['192.0.2.66'], { name: 'dns-default', namespace: 'openshift-dns', port: 443 })],
    KUBEADM,
  ],
  [
    'a Service of kube-system that is no DNS hides none',
    [service(OPENSHIFT), service({ ports: [{ name: 'metrics', port: 9153 }] })],
    [],
    '172.30.0.10/32:53',
  ],
  ['an ExternalName', [service({ type: 'ExternalName', clusterIPs: [] })], [], ''],
  ['a Service of metrics alone', [service({ ports: [{ name: 'metrics', port: 9153 }] })], [], ''],
];

for (const [what, services, slices, expected] of rows) {
  test(what, () => assert.equal(peers(services, slices), expected === '' ? [] : parseDnsPeers(expected)));
  test(`${what}, in another order: the same`, () =>
    assert.equal(peers(services.toReversed(), slices.toReversed()), peers(services, slices)));
}

test('a selector with several labels is one peer, sorted', () => {
  const rke2 = service({
    selector: { 'k8s-app': 'kube-dns', 'app.kubernetes.io/name': 'rke2-coredns' },
    clusterIPs: [],
  });
  assert.equal(peers([rke2], [])[0]?.peer.podSelector, {
    matchLabels: { 'app.kubernetes.io/name': 'rke2-coredns', 'k8s-app': 'kube-dns' },
  });
});

test('only endpoints that are ready, and only those of the Service, count', () => {
  const slices = [
    slice(['10.244.0.2'], { ready: false }),
    slice(['10.244.0.3']),
    slice(['10.244.0.4'], { name: 'kube-dns-2' }),
    slice(['10.244.0.5'], { namespace: 'default' }),
    slice(['dns.example.com'], { addressType: 'FQDN' }),
  ];
  assert.equal(dnsServices([service()], slices)[0]?.ready, ['10.244.0.3']);
});

test.run();
