import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Reach } from '../../src/reach/reach.ts';
import type { Answer, Endpoint, EndState, Verdict } from '../../src/reach/verdict.ts';
import type { ReachPod, ReachPolicy } from '../../src/reach/world.ts';
import { app, netpol, pod, world } from './worlds.ts';

const ADDRESSED = { addresses: ['10.1.0.5', 'fd00::5'] };
const web = pod('shop/web');
const db = pod('data/db', {
  ...ADDRESSED,
  ports: [
    { port: 5432, name: 'pg', protocol: 'TCP' },
    { port: 53, name: 'dns', protocol: 'UDP' },
    { port: 9, name: 'sig', protocol: 'SCTP' },
    { port: 1, name: 'twice', protocol: 'TCP' },
    { port: 2, name: 'twice', protocol: 'TCP' },
  ],
});

/** A NetworkPolicy for db that isolates ingress. */
const ingress = (...rules: NonNullable<NetworkPolicySpec['ingress']>): ReachPolicy =>
  netpol('data/in', { podSelector: app('db'), policyTypes: ['Ingress'], ingress: rules });
const egress = (...rules: NonNullable<NetworkPolicySpec['egress']>): ReachPolicy =>
  netpol('shop/out', { podSelector: app('web'), policyTypes: ['Egress'], egress: rules });

interface Asked {
  readonly from?: Endpoint;
  readonly to?: Endpoint;
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
}

const ask = (
  policies: readonly ReachPolicy[],
  { from = web, to = db, port = 5432, protocol = 'TCP' }: Asked = {},
): Verdict => new Reach(world({ pods: [web, db], policies })).verdict(from, to, { port, protocol });

const rows: [
  what: string,
  policies: ReachPolicy[],
  asked: Asked,
  allowed: Answer,
  egress: EndState,
  ingress: EndState,
][] = [
  ['no policy', [], {}, 'Yes', 'NotIsolated', 'NotIsolated'],
  ['another namespace', [netpol('shop/in', {})], {}, 'Yes', 'NotIsolated', 'NotIsolated'],
  ['no rules', [ingress()], {}, 'No', 'NotIsolated', 'Denied'],
  ['other pods', [netpol('data/in', { podSelector: app('api') })], {}, 'Yes', 'NotIsolated', 'NotIsolated'],
  ['an empty rule', [ingress({})], {}, 'Yes', 'NotIsolated', 'Allowed'],
  ['empty lists', [ingress({ from: [], ports: [] })], {}, 'Yes', 'NotIsolated', 'Allowed'],
  ['all pods here', [ingress({ from: [{ podSelector: {} }] })], {}, 'No', 'NotIsolated', 'Denied'],
  ['all namespaces', [ingress({ from: [{ namespaceSelector: {} }] })], {}, 'Yes', 'NotIsolated', 'Allowed'],
  [
    'a namespace by label',
    [ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] })],
    {},
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  [
    'a namespace by name',
    [ingress({ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] })],
    {},
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  [
    'namespace and pod in one peer',
    [ingress({ from: [{ namespaceSelector: {}, podSelector: app('api') }] })],
    {},
    'No',
    'NotIsolated',
    'Denied',
  ],
  [
    'NotIn of a label that a namespace lacks',
    [
      ingress({
        from: [{ namespaceSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }] } }],
      }),
    ],
    {},
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  ['another port', [ingress({ ports: [{ port: 80 }] })], {}, 'No', 'NotIsolated', 'Denied'],
  [
    'the default protocol is TCP',
    [ingress({ ports: [{ port: 53 }] })],
    { port: 53, protocol: 'UDP' },
    'No',
    'NotIsolated',
    'Denied',
  ],
  [
    'a protocol alone',
    [ingress({ ports: [{ protocol: 'UDP' }] })],
    { port: 53, protocol: 'UDP' },
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  [
    'SCTP',
    [ingress({ ports: [{ protocol: 'SCTP', port: 'sig' }] })],
    { port: 9, protocol: 'SCTP' },
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  [
    'the first port of a range',
    [ingress({ ports: [{ port: 5432, endPort: 5440 }] })],
    {},
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  ['the last one', [ingress({ ports: [{ port: 5400, endPort: 5432 }] })], {}, 'Yes', 'NotIsolated', 'Allowed'],
  ['behind a range', [ingress({ ports: [{ port: 5400, endPort: 5431 }] })], {}, 'No', 'NotIsolated', 'Denied'],
  ['a port name', [ingress({ ports: [{ port: 'pg' }] })], {}, 'Yes', 'NotIsolated', 'Allowed'],
  ['a name of another port', [ingress({ ports: [{ port: 'http' }] })], {}, 'No', 'NotIsolated', 'Denied'],
  [
    'a name is looked up with its protocol',
    [ingress({ ports: [{ port: 'dns' }] })],
    { port: 53, protocol: 'TCP' },
    'No',
    'NotIsolated',
    'Denied',
  ],
  ['a name of two ports', [ingress({ ports: [{ port: 'twice' }] })], { port: 2 }, 'Unknown', 'NotIsolated', 'Unknown'],
  [
    'egress looks names up at the destination',
    [egress({ ports: [{ port: 'pg' }] })],
    {},
    'Yes',
    'Allowed',
    'NotIsolated',
  ],
  ['not at the source', [egress({ ports: [{ port: 'http' }] })], { port: 8080 }, 'No', 'Denied', 'NotIsolated'],
  ['one end is not enough', [egress({}), ingress()], {}, 'No', 'Allowed', 'Denied'],
  ['both ends', [egress({ to: [{ namespaceSelector: {} }] }), ingress({})], {}, 'Yes', 'Allowed', 'Allowed'],
  ['policies add up', [ingress(), netpol('data/more', { ingress: [{}] })], {}, 'Yes', 'NotIsolated', 'Allowed'],
  ['without types and egress: ingress', [netpol('shop/a', {})], {}, 'Yes', 'NotIsolated', 'NotIsolated'],
  [
    'without types, with egress: both',
    [netpol('shop/a', { egress: [{ to: [{ podSelector: {} }] }] })],
    {},
    'No',
    'Denied',
    'NotIsolated',
  ],
  [
    'egress rules without their type',
    [netpol('shop/a', { policyTypes: ['Ingress'], egress: [{ to: [{ podSelector: {} }] }] })],
    {},
    'Yes',
    'NotIsolated',
    'NotIsolated',
  ],
  [
    'a network outside',
    [egress({ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] })],
    { to: { address: '203.0.113.9' } },
    'Yes',
    'Allowed',
    'NotGoverned',
  ],
  [
    'except',
    [egress({ to: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.8/30'] } }] })],
    { to: { address: '203.0.113.9' } },
    'No',
    'Denied',
    'NotGoverned',
  ],
  [
    'IPv6',
    [egress({ to: [{ ipBlock: { cidr: '2001:db8::/32' } }] })],
    { to: { address: '2001:db8::1' } },
    'Yes',
    'Allowed',
    'NotGoverned',
  ],
  [
    'IPv4 in IPv6',
    [egress({ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] })],
    { to: { address: '::ffff:203.0.113.9' } },
    'Yes',
    'Allowed',
    'NotGoverned',
  ],
  [
    'every IPv4 address is no IPv6 address',
    [egress({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })],
    { to: { address: '2001:db8::1' } },
    'No',
    'Denied',
    'NotGoverned',
  ],
  [
    'no selector selects an address',
    [egress({ to: [{ namespaceSelector: {} }] })],
    { to: { address: '203.0.113.9' } },
    'No',
    'Denied',
    'NotGoverned',
  ],
  [
    'no port of an address has a name',
    [egress({ ports: [{ port: 'http' }] })],
    { to: { address: '203.0.113.9' }, port: 8080 },
    'No',
    'Denied',
    'NotGoverned',
  ],
  [
    'from outside',
    [ingress({ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 'pg' }] })],
    { from: { address: '203.0.113.9' } },
    'Yes',
    'NotGoverned',
    'Allowed',
  ],
  ['a pod by its address', [ingress()], { to: { address: '10.1.0.5' } }, 'No', 'NotIsolated', 'Denied'],
  ['a pod by another spelling', [ingress()], { to: { address: 'fd00:0::0:5' } }, 'No', 'NotIsolated', 'Denied'],
  [
    'a network with the address of a pod',
    [egress({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] })],
    {},
    'Unknown',
    'Unknown',
    'NotIsolated',
  ],
  [
    'a network without it',
    [egress({ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] })],
    {},
    'No',
    'Denied',
    'NotIsolated',
  ],
  [
    'a network, and a pod without an address',
    [ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] })],
    {},
    'Unknown',
    'NotIsolated',
    'Unknown',
  ],
  [
    'no doubt where a rule allows it surely',
    [ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, {})],
    {},
    'Yes',
    'NotIsolated',
    'Allowed',
  ],
  [
    'unknown here and denied there',
    [egress(), ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] })],
    {},
    'No',
    'Denied',
    'Unknown',
  ],
  [
    'a namespace without known labels',
    [ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'x' } } }] })],
    { from: pod('new/web') },
    'Unknown',
    'NotIsolated',
    'Unknown',
  ],
  [
    'its name is known',
    [
      ingress({
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other', team: 'x' } } }],
      }),
    ],
    { from: pod('new/web') },
    'No',
    'NotIsolated',
    'Denied',
  ],
  ['to itself', [ingress()], { from: db }, 'Yes', 'NotGoverned', 'NotGoverned'],
  [
    'to another replica',
    [ingress()],
    { from: pod('data/db', { name: 'db-2', labels: { app: 'db' } }) },
    'No',
    'NotIsolated',
    'Denied',
  ],
  ['finished', [], { to: pod('data/db', { state: 'Finished' }) }, 'No', 'NotIsolated', 'Finished'],
  [
    'to the host network',
    [ingress()],
    { to: pod('data/db', { hostNetwork: true }) },
    'Yes',
    'NotIsolated',
    'NotGoverned',
  ],
  [
    'from the host network, by a selector',
    [ingress({ from: [{ namespaceSelector: {} }] })],
    { from: pod('shop/agent', { hostNetwork: true, node: 'a' }), to: pod('data/db', { node: 'b' }) },
    'Unknown',
    'NotGoverned',
    'Unknown',
  ],
  [
    'from the host network of another node',
    [ingress()],
    { from: pod('shop/agent', { hostNetwork: true, node: 'a' }), to: pod('data/db', { node: 'b' }) },
    'No',
    'NotGoverned',
    'Denied',
  ],
  [
    'from the host network of its own node',
    [ingress()],
    { from: pod('shop/agent', { hostNetwork: true, node: 'a' }), to: pod('data/db', { node: 'a' }) },
    'Yes',
    'NotGoverned',
    'NotGoverned',
  ],
  [
    'from the host network of some node',
    [ingress()],
    { from: pod('shop/agent', { hostNetwork: true }) },
    'Unknown',
    'NotGoverned',
    'Unknown',
  ],
];

for (const [what, policies, asked, allowed, egress, ingress] of rows) {
  test(what, () => {
    const verdict = ask(policies, asked);
    assert.equal([verdict.allowed, verdict.egress.state, verdict.ingress.state], [allowed, egress, ingress]);
  });
}

test('the rules that allow it, and the policies that isolate', () => {
  const [a, b] = [ingress({ ports: [{ port: 1 }] }, {}), netpol('data/more', { ingress: [{ from: [] }] })];
  const { ingress: end } = ask([a, b]);
  assert.equal(end.isolatedBy, [a, b]);
  assert.equal(end.allowedBy, [
    { policy: a, direction: 'Ingress', index: 1 },
    { policy: b, direction: 'Ingress', index: 0 },
  ]);
});

test('rules in doubt, with the reason', () => {
  const policy = egress({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, { to: [{ ipBlock: { cidr: 'nonsense' } }] });
  assert.equal(
    ask([policy]).egress.mayAllow.map(({ index, doubt }) => [index, doubt]),
    [
      [0, 'PodByAddress'],
      [1, 'UnreadableBlock'],
    ],
  );
});

test('the address of a node is in doubt, that of nothing else', () => {
  const to: ReachPod = pod('data/agent', { hostNetwork: true, addresses: ['192.0.2.1'] });
  const policies = [egress({ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] })];
  const nodes = [{ name: 'a', addresses: ['192.0.2.2'] }];
  const reach = new Reach(world({ pods: [web, to], policies, nodes }));
  const state = (address: string): EndState =>
    reach.verdict(web, { address }, { port: 80, protocol: 'TCP' }).egress.state;
  assert.equal(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(state), ['Unknown', 'Unknown', 'Allowed']);
});

test('a node reaches its own pods, by its address too', () => {
  const agent = pod('shop/agent', { hostNetwork: true, addresses: ['192.0.2.3'] });
  const nodes = ['a', 'b'].map((name, n) => ({ name, addresses: [`192.0.2.${n + 1}`, `2001:db8::${n + 1}`] }));
  const here = pod('data/db', { node: 'a' });
  const planned = pod('data/db', { state: 'Planned' });
  const reach = new Reach(world({ pods: [agent, here], policies: [ingress()], nodes }));
  const end = (address: string, to: ReachPod) => reach.verdict({ address }, to, { port: 80, protocol: 'TCP' }).ingress;
  const rows: [string, ReachPod, EndState, string | undefined][] = [
    ['192.0.2.1', here, 'NotGoverned', 'OwnNode'],
    ['2001:DB8:0::1', here, 'NotGoverned', 'OwnNode'],
    ['192.0.2.2', here, 'Denied', undefined],
    ['192.0.2.1', planned, 'Unknown', 'NodeUnknown'],
    // The node of the pod that has this address is not known.
    ['192.0.2.3', here, 'Unknown', 'NodeUnknown'],
    ['192.0.2.4', here, 'Denied', undefined],
  ];
  for (const [address, to, state, why] of rows) {
    const found = end(address, to);
    assert.equal([address, found.state, found.exemption ?? found.doubt], [address, state, why]);
  }
});

test('the name of a port that only a sidecar declares is in doubt', () => {
  const policies = [ingress({ ports: [{ port: 'stats' }] })];
  const own = { port: 15090, name: 'stats', protocol: 'TCP' } as const;
  const sidecar = { ...own, sidecar: true } as const;
  const end = (...ports: ReachPod['ports']) => ask(policies, { to: pod('data/db', { ports }), port: 15090 }).ingress;
  assert.equal(
    end(sidecar).mayAllow.map(({ doubt }) => doubt),
    ['SidecarPort'],
  );
  assert.equal(
    [end(sidecar), end(sidecar, own), end(own)].map(({ state }) => state),
    ['Unknown', 'Allowed', 'Allowed'],
  );
  // Pods that differ in this alone are of two classes.
  const reach = new Reach(world({ policies }));
  const [classOwn, classSidecar] = [own, sidecar].map((port) => reach.classOf(pod('data/db', { ports: [port] })));
  assert.is.not(classOwn, classSidecar);
});

test('an address that is none', () => {
  assert.throws(() => ask([], { to: { address: 'web.shop' } }), /^web\.shop is no IP address$/);
});

test.run();
