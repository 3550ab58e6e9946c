import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DnsState } from '../../../../src/policy/sections/network/context.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers, parseDnsSetting } from '../../../../src/policy/sections/network/dns.ts';
import { type DnsService, dnsServices, whyUnusable } from '../../../../src/policy/sections/network/dns-service.ts';
import { dnsPeers, dnsState } from '../../../../src/policy/sections/network/dns-state.ts';
import { OPENSHIFT, service, slice } from './dns-platforms.ts';

const KUBEADM = dnsServices([service()], [slice(['10.244.0.2'])]);
const NOT_READY = dnsServices([service()], []);
const OPENSHIFT_DNS = dnsServices(
  [service(OPENSHIFT)],
  [slice(['10.128.0.4'], { name: 'dns-default', namespace: 'openshift-dns', port: 5353 })],
);
const EXTERNAL = dnsServices([service({ selector: {} })], [slice(['192.0.2.7'])]);

type State = DnsState['state'];

const rows: [setting: string, what: string, services: DnsService[], nameservers: string[], State, message: RegExp][] = [
  ['auto', 'kubeadm', KUBEADM, [], 'Found', /^Service kube-system\/kube-dns at 10\.96\.0\.10$/],
  ['auto', 'kubeadm, from a pod', KUBEADM, ['10.96.0.10'], 'Found', /^Service kube-system\/kube-dns at 10\.96\.0\.10$/],
  [
    'auto',
    'a node-local cache, from a pod',
    KUBEADM,
    ['169.254.25.10'],
    'Found',
    /at 10\.96\.0\.10 and 169\.254\.25\.10, as in the operator's own pod$/,
  ],
  ['auto', 'GKE Cloud DNS, from a pod', NOT_READY, ['169.254.169.254'], 'Found', /^169\.254\.169\.254, as in/],
  ['auto', 'OpenShift', OPENSHIFT_DNS, [], 'Found', /^Service openshift-dns\/dns-default at 172\.30\.0\.10$/],
  [
    'auto',
    'nothing',
    [],
    [],
    'Unknown',
    /^Palisade finds no DNS Service, .*a cluster operator .*--dns-service.*--dns-peers/,
  ],
  ['auto', 'a nameserver that belongs to no Service', [], ['10.0.0.2'], 'Unknown', /^Palisade finds no DNS Service/],
  [
    'auto',
    'a Service without a ready endpoint',
    NOT_READY,
    [],
    'Unknown',
    /kube-dns has no ready endpoint, .*labels of its Service\. .*--dns-peers/,
  ],
  ['auto', 'the same, from a pod', NOT_READY, ['10.96.0.10'], 'Unknown', /no ready endpoint/],
  ['auto,169.254.10.11/32:53', 'nothing', [], [], 'Unverified', /not verified/],
  ['auto,169.254.10.11/32:53', 'kubeadm', KUBEADM, [], 'Found', /kube-dns/],

  [DEFAULT_DNS_PEERS, 'kubeadm', KUBEADM, [], 'Found', /^as --dns-peers names it, with Service kube-system\/kube-dns$/],
  [DEFAULT_DNS_PEERS, 'nothing', [], [], 'Unverified', /no DNS Service with a ready endpoint is seen$/],
  [DEFAULT_DNS_PEERS, 'a Service without a ready endpoint', NOT_READY, [], 'Unverified', /not verified/],
  [
    'kube-system/k8s-app=kube-dns:53',
    'OpenShift',
    OPENSHIFT_DNS,
    [],
    'Unknown',
    /covers Service openshift-dns\/dns-default/,
  ],
  [
    'openshift-dns/dns.operator.openshift.io/daemonset-dns=default:53',
    'OpenShift, wrong port',
    OPENSHIFT_DNS,
    [],
    'Unknown',
    /target port/,
  ],
  [
    'openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353',
    'OpenShift',
    OPENSHIFT_DNS,
    [],
    'Found',
    /dns-default/,
  ],
  ['kube-system/k8s-app=coredns:53', 'kubeadm, wrong value', KUBEADM, [], 'Unknown', /use auto/],
  [
    'kube-system/app=coredns:53',
    'kubeadm, a label that its selector lacks',
    KUBEADM,
    [],
    'Unknown',
    /labels of its selector/,
  ],
  ['default/k8s-app=kube-dns:53', 'kubeadm, wrong namespace', KUBEADM, [], 'Unknown', /use auto/],
  [
    '10.96.0.10/32:53',
    'kubeadm, its cluster IP alone',
    KUBEADM,
    [],
    'Unknown',
    /covers the pods of Service .*use auto/,
  ],
  ['10.96.0.0/12:53', 'kubeadm, the range of cluster IPs alone', KUBEADM, [], 'Unknown', /the pods of/],
  [
    '10.96.0.10/32:53,kube-system/k8s-app=kube-dns:53',
    'kubeadm, its cluster IP and its pods',
    KUBEADM,
    [],
    'Found',
    /kube-dns/,
  ],
  ['10.244.0.0/16:53', 'kubeadm, by the range of pods', KUBEADM, [], 'Unverified', /by address, .*Cilium/],
  ['10.96.0.10/32:5353', 'kubeadm, wrong port', KUBEADM, [], 'Unknown', /use auto/],
  ['10.96.0.11/32:53', 'kubeadm, wrong address', KUBEADM, [], 'Unknown', /use auto/],
  ['192.0.2.7/32:53', 'endpoints outside the cluster', EXTERNAL, [], 'Found', /kube-dns/],
  ['169.254.20.10/32:53', 'a cache that is not seen', KUBEADM, [], 'Unverified', /node-local cache is not seen$/],
  ['169.254.20.10/32:53', 'the cache that pods ask', KUBEADM, ['169.254.20.10'], 'Found', /with 169\.254\.20\.10$/],
  ['169.254.0.0/16:53', 'a range with the cache that pods ask', [], ['169.254.20.10'], 'Found', /169\.254\.20\.10/],
  [
    'kube-system/k8s-app=kube-dns:53',
    'pods ask a cache that is not covered',
    KUBEADM,
    ['169.254.25.10'],
    'Unknown',
    /resolves names at 169\.254\.25\.10, .* add 169\.254\.25\.10\/32:53 to it/,
  ],
  ['kube-system/k8s-app=kube-dns:53', 'GKE Cloud DNS', KUBEADM, ['169.254.169.254'], 'Unknown', /169\.254\.169\.254/],
  ['169.254.169.254/32:53', 'GKE Cloud DNS', KUBEADM, ['169.254.169.254'], 'Found', /169\.254\.169\.254/],
];

for (const [setting, what, services, nameservers, state, message] of rows) {
  test(`--dns-peers ${setting}, ${what}: ${state}`, () => {
    const found = dnsState(parseDnsSetting(setting), services, nameservers);
    assert.is(found.state, state, found.message);
    assert.match(found.message, message);
  });
}

const unusable: [setting: string, State, message: RegExp][] = [
  ['auto', 'Unknown', /^Service foo\/bar of --dns-service does not exist, so .* correct the Service or --dns-service$/],
  ['auto,169.254.10.11/32:53', 'Unverified', /not verified: Service foo\/bar of --dns-service does not exist$/],
  [DEFAULT_DNS_PEERS, 'Unverified', /not verified: Service foo\/bar of --dns-service does not exist$/],
];

for (const [setting, state, message] of unusable) {
  test(`--dns-peers ${setting}, and --dns-service of a Service that does not exist: ${state}`, () => {
    const found = dnsState(parseDnsSetting(setting), [], [], whyUnusable('foo/bar', [service()]));
    assert.is(found.state, state, found.message);
    assert.match(found.message, message);
  });
}

test('the Service of --dns-service may answer at another port alone', () => {
  assert.is(whyUnusable('kube-system/kube-dns', [service()]), undefined);
  const other = { ...service(), spec: { ports: [{ port: 5353 }] } };
  assert.is(
    whyUnusable('kube-system/kube-dns', [other]),
    'Service kube-system/kube-dns of --dns-service does not answer at port 53',
  );
});

const allowed: [what: string, setting: string, services: DnsService[], nameservers: string[], peers: string][] = [
  ['nothing is known: the usual peers', 'auto', [], [], DEFAULT_DNS_PEERS],
  ['kubeadm: its cluster IP too', 'auto', KUBEADM, ['10.96.0.10'], `${DEFAULT_DNS_PEERS},10.96.0.10/32:53`],
  [
    'a cache at another address',
    'auto',
    KUBEADM,
    ['169.254.10.11'],
    `${DEFAULT_DNS_PEERS},10.96.0.10/32:53,169.254.10.11/32:53`,
  ],
  ['peers beside auto', 'auto,10.0.0.2/32:53', [], [], `${DEFAULT_DNS_PEERS},10.0.0.2/32:53`],
  ['a list is what it says', '10.0.0.2/32:53', KUBEADM, ['169.254.10.11'], '10.0.0.2/32:53'],
];

for (const [what, setting, services, nameservers, peers] of allowed) {
  test(`peers: ${what}`, () =>
    assert.equal(dnsPeers(parseDnsSetting(setting), services, nameservers), parseDnsPeers(peers)));
}

test('the metadata service of clouds is allowed for names alone, and only where pods resolve them there', () => {
  const text = (nameservers: string[]) => JSON.stringify(dnsPeers(parseDnsSetting('auto'), KUBEADM, nameservers));
  assert.not.match(text([]), '169.254.169.254');
  assert.match(text(['169.254.169.254']), '{"peer":{"ipBlock":{"cidr":"169.254.169.254/32"}},"port":53}');
});

test.run();
