import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DnsPeer } from '../../../../src/policy/sections/network/context.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers, parseDnsSetting } from '../../../../src/policy/sections/network/dns.ts';

const pods = (namespace: string, key: string, value: string, port: number): DnsPeer => ({
  peer: {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: { [key]: value } },
  },
  port,
});
const network = (cidr: string, port: number): DnsPeer => ({ peer: { ipBlock: { cidr } }, port });

const good: [text: string, peers: DnsPeer[]][] = [
  [
    DEFAULT_DNS_PEERS,
    [
      pods('kube-system', 'k8s-app', 'kube-dns', 53),
      pods('kube-system', 'k8s-app', 'node-local-dns', 53),
      network('169.254.20.10/32', 53),
      network('169.254.25.10/32', 53),
    ],
  ],
  ['kube-system/k8s-app=kube-dns:53', [pods('kube-system', 'k8s-app', 'kube-dns', 53)]],
  [
    'openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353',
    [pods('openshift-dns', 'dns.operator.openshift.io/daemonset-dns', 'default', 5353)],
  ],
  ['dns/app=:1', [pods('dns', 'app', '', 1)]],
  ['10.0.0.0/8:65535', [network('10.0.0.0/8', 65535)]],
  ['0.0.0.0/0:53', [network('0.0.0.0/0', 53)]],
  ['fd00::a/128:53', [network('fd00::a/128', 53)]],
  [' a/b=c:53 , 10.0.0.1/32:53 ', [pods('a', 'b', 'c', 53), network('10.0.0.1/32', 53)]],
];

for (const [text, peers] of good) {
  test(`${text} is valid`, () => assert.equal(parseDnsPeers(text), peers));
}

const bad: [text: string, entry: string][] = [
  ['', ''],
  ['kube-dns', 'kube-dns'],
  ['kube-system/k8s-app=kube-dns', 'kube-system/k8s-app=kube-dns'],
  ['kube-system/k8s-app=kube-dns:', 'kube-system/k8s-app=kube-dns:'],
  ['kube-system/k8s-app=kube-dns:dns', 'kube-system/k8s-app=kube-dns:dns'],
  ['kube-system/k8s-app=kube-dns:0', 'kube-system/k8s-app=kube-dns:0'],
  ['kube-system/k8s-app=kube-dns:65536', 'kube-system/k8s-app=kube-dns:65536'],
  ['kube-system/k8s-app=kube-dns:-53', 'kube-system/k8s-app=kube-dns:-53'],
  ['kube-system/k8s-app=kube-dns:5e1', 'kube-system/k8s-app=kube-dns:5e1'],
  ['kube-system/k8s-app=kube-dns:0x35', 'kube-system/k8s-app=kube-dns:0x35'],
  ['kube-system/k8s-app=kube-dns:53.0', 'kube-system/k8s-app=kube-dns:53.0'],
  ['kube-system/k8s-app:53', 'kube-system/k8s-app:53'],
  ['k8s-app=kube-dns:53', 'k8s-app=kube-dns:53'],
  ['Kube-System/k8s-app=kube-dns:53', 'Kube-System/k8s-app=kube-dns:53'],
  ['kube-system/=kube-dns:53', 'kube-system/=kube-dns:53'],
  ['kube-system/a=b=c:53', 'kube-system/a=b=c:53'],
  ['10.0.0.1:53', '10.0.0.1:53'],
  ['10.0.0.0/33:53', '10.0.0.0/33:53'],
  ['10/8:53', '10/8:53'],
  ['010.0.0.0/8:53', '010.0.0.0/8:53'],
  ['0x0a000000/8:53', '0x0a000000/8:53'],
  ['10.0.0.0/08:53', '10.0.0.0/08:53'],
  ['10.0.0.0/8/8:53', '10.0.0.0/8/8:53'],
  ['fd00::a/129:53', 'fd00::a/129:53'],
  ['fd00::a/128', 'fd00::a/128'],
  ['::ffff:10.0.0.0/104:53', '::ffff:10.0.0.0/104:53'],
  ['fe80::1%eth0/64:53', 'fe80::1%eth0/64:53'],
  ['kube-system/k8s-app=kube-dns:53,', ''],
  ['kube-system/k8s-app=kube-dns:53,nonsense', 'nonsense'],
];

for (const [text, entry] of bad) {
  test(`"${text}" is refused`, () => {
    assert.throws(
      () => parseDnsPeers(text),
      (error: Error) =>
        error.message ===
        `"${entry}" is not a DNS peer: write auto, namespace/label=value:port or cidr:port, as in kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53`,
    );
  });
}

const KUBE_DNS = pods('kube-system', 'k8s-app', 'kube-dns', 53);

const settings: [text: string, auto: boolean, peers: DnsPeer[]][] = [
  ['auto', true, []],
  [' auto ', true, []],
  ['auto,auto', true, []],
  ['auto,169.254.10.11/32:53', true, [network('169.254.10.11/32', 53)]],
  ['kube-system/k8s-app=kube-dns:53,auto', true, [KUBE_DNS]],
  ['kube-system/k8s-app=kube-dns:53', false, [KUBE_DNS]],
];

for (const [text, auto, peers] of settings) {
  test(`setting ${text}`, () => assert.equal(parseDnsSetting(text), { auto, peers }));
}

for (const text of ['', 'Auto', 'auto:53', 'auto,', 'automatic', 'auto=true']) {
  test(`setting "${text}" is refused`, () =>
    assert.throws(() => parseDnsSetting(text), /is not a DNS peer: write auto,/));
}

test.run();
