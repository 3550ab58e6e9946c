import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection, Peer } from '../../../../src/api/policy.ts';
import { StalledError } from '../../../../src/policy/errors.ts';
import { MAX_NETWORK_POLICIES_MIB } from '../../../../src/policy/limits.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers } from '../../../../src/policy/sections/network/dns.ts';
import { allInForce } from '../../../../src/policy/sections/network/in-force.ts';
import { type RenderedNetwork, renderNetwork } from '../../../../src/policy/sections/network/render.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';

const PAYMENTS = { name: 'payments', namespace: 'team-a' };
const BASE = 'payments-base-64bd066f';

const CONTEXT: NetworkContext = {
  dnsPeers: parseDnsPeers(DEFAULT_DNS_PEERS),
  apiServer: [{ cidrs: ['10.0.0.1/32'], ports: [{ protocol: 'TCP', port: 6443 }] }],
};

const DNS_PORTS = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
];
const kubeSystemPods = (app: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': app } },
});
const DNS = [
  {
    to: [
      { ipBlock: { cidr: '169.254.20.10/32' } },
      { ipBlock: { cidr: '169.254.25.10/32' } },
      kubeSystemPods('kube-dns'),
      kubeSystemPods('node-local-dns'),
    ],
    ports: DNS_PORTS,
  },
];

const BOTH: NetworkPolicySpec['policyTypes'] = ['Ingress', 'Egress'];
const WEB = { matchLabels: { app: 'web' } };
const DB = { matchLabels: { app: 'db' } };

const render = (network: NetworkSection, context = CONTEXT): RenderedNetwork =>
  renderNetwork(PAYMENTS, network, context);

const specsOf = ({ policies }: RenderedNetwork) => policies.map((p) => [p.metadata.name, p.spec]);

const single: [what: string, network: NetworkSection, spec: NetworkPolicySpec][] = [
  ['nothing said: both directions denied, but for DNS', {}, { podSelector: {}, policyTypes: BOTH, egress: DNS }],
  ['DNS off', { allow: { dns: false } }, { podSelector: {}, policyTypes: BOTH }],
  ['only ingress needs no DNS', { isolate: ['Ingress'] }, { podSelector: {}, policyTypes: ['Ingress'] }],
  ['only egress', { isolate: ['Egress'] }, { podSelector: {}, policyTypes: ['Egress'], egress: DNS }],
  [
    'directions in another order are the same',
    { isolate: ['Egress', 'Ingress'] },
    { podSelector: {}, policyTypes: BOTH, egress: DNS },
  ],
  ['some pods', { podSelector: WEB, allow: { dns: false } }, { podSelector: WEB, policyTypes: BOTH }],
  [
    'the same namespace',
    { allow: { dns: false, sameNamespace: true } },
    {
      podSelector: {},
      policyTypes: BOTH,
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    },
  ],
  [
    'the same namespace, only ingress',
    { isolate: ['Ingress'], allow: { sameNamespace: true } },
    { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
  ],
  [
    'the API server',
    { allow: { dns: false, apiServer: true } },
    {
      podSelector: {},
      policyTypes: BOTH,
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ protocol: 'TCP', port: 6443 }] }],
    },
  ],
  ['empty lists of rules', { allow: { dns: false, ingress: [], egress: [] } }, { podSelector: {}, policyTypes: BOTH }],
  [
    'rules for all pods',
    {
      allow: {
        dns: false,
        ingress: [
          { from: [{ namespaces: ['ingress-nginx'], pods: WEB }], ports: [{ port: 8080 }] },
          { pods: {}, from: [{ cidr: '10.20.0.0/16', except: ['10.20.5.0/24'] }] },
        ],
        egress: [{ to: [{ anywhere: true }], ports: [{ port: 9000, endPort: 9010, protocol: 'UDP' }] }],
      },
    },
    {
      podSelector: {},
      policyTypes: BOTH,
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } },
              podSelector: WEB,
            },
          ],
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
        { from: [{ ipBlock: { cidr: '10.20.0.0/16', except: ['10.20.5.0/24'] } }] },
      ],
      egress: [
        {
          ports: [{ protocol: 'UDP', port: 9000, endPort: 9010 }],
        },
      ],
    },
  ],
  [
    'two rules with the same content are one, whatever they are described as',
    {
      isolate: ['Ingress'],
      allow: {
        ingress: [
          { description: 'one', from: [{ pods: WEB }], ports: [{ port: 80 }] },
          { description: 'two', from: [{ pods: WEB }], ports: [{ port: 80, protocol: 'TCP' }] },
        ],
      },
    },
    {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: WEB }], ports: [{ protocol: 'TCP', port: 80 }] }],
    },
  ],
  [
    'empty peers never become an empty list, which would allow everything',
    { allow: { dns: false, ingress: [{ from: [{}] }, { from: [] }], egress: [{ to: [{}] }] } },
    { podSelector: {}, policyTypes: BOTH },
  ],
  [
    'rules of a direction that is not isolated do nothing',
    {
      isolate: ['Ingress'],
      allow: { apiServer: true, dns: true, egress: [{ pods: WEB, to: [{ anywhere: true }] }] },
    },
    { podSelector: {}, policyTypes: ['Ingress'] },
  ],
  [
    'a rule whose pods are all pods of the policy',
    { podSelector: WEB, isolate: ['Ingress'], allow: { ingress: [{ pods: WEB, from: [{ pods: {} }] }] } },
    { podSelector: WEB, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
  ],
];

for (const [what, network, spec] of single) {
  test(`one NetworkPolicy: ${what}`, () => assert.equal(specsOf(render(network)), [[BASE, spec]]));
}

test('an unknown API server renders to no rule', () => {
  const rendered = render({ allow: { dns: false, apiServer: true } }, { ...CONTEXT, apiServer: [] });
  assert.equal(specsOf(rendered), [[BASE, { podSelector: {}, policyTypes: BOTH }]]);
});

test('DNS is at the configured address', () => {
  const dnsPeers = parseDnsPeers('openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353');
  assert.equal(render({ isolate: ['Egress'] }, { ...CONTEXT, dnsPeers }).policies[0]?.spec.egress, [
    {
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
          podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
        },
      ],
      ports: [
        { protocol: 'UDP', port: 5353 },
        { protocol: 'TCP', port: 5353 },
      ],
    },
  ]);
});

test('rules for some pods: one more NetworkPolicy for them, complete, before the one for all pods', () => {
  const rendered = render({
    allow: {
      sameNamespace: true,
      ingress: [
        { pods: WEB, from: [{ cidr: '192.0.2.0/24' }], ports: [{ port: 80 }] },
        { pods: DB, from: [{ pods: WEB }] },
      ],
      egress: [{ pods: WEB, to: [{ pods: DB }], ports: [{ port: 5432 }] }],
    },
  });
  const same = { podSelector: {} };
  assert.equal(specsOf(rendered), [
    [
      'payments-ingress-42204b8c',
      {
        podSelector: DB,
        policyTypes: ['Ingress'],
        ingress: [{ from: [same] }, { from: [{ podSelector: WEB }] }],
      },
    ],
    [
      'payments-ingress-d22cb71c',
      {
        podSelector: WEB,
        policyTypes: ['Ingress'],
        ingress: [
          { from: [same] },
          { from: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ protocol: 'TCP', port: 80 }] },
        ],
      },
    ],
    [
      'payments-egress-9ac04c3c',
      {
        podSelector: WEB,
        policyTypes: ['Egress'],
        egress: [...DNS, { to: [same] }, { to: [{ podSelector: DB }], ports: [{ protocol: 'TCP', port: 5432 }] }],
      },
    ],
    [BASE, { podSelector: {}, policyTypes: BOTH, ingress: [{ from: [same] }], egress: [...DNS, { to: [same] }] }],
  ]);
});

test('pods of two rules have their own NetworkPolicy, applied first', () => {
  const { policies } = render({
    isolate: ['Ingress'],
    allow: {
      ingress: [
        { pods: { matchLabels: { app: 'web' } }, from: [{ cidr: '192.0.2.1/32' }] },
        { pods: { matchLabels: { tier: 'x' } }, from: [{ cidr: '192.0.2.2/32' }] },
      ],
    },
  });
  const from = (n: number) => ({ from: [{ ipBlock: { cidr: `192.0.2.${n}/32` } }] });
  assert.equal(
    policies.map(({ spec }) => [spec.podSelector?.matchLabels, spec.ingress]),
    [
      [{ app: 'web', tier: 'x' }, [from(1), from(2)]],
      [{ app: 'web' }, [from(1)]],
      [{ tier: 'x' }, [from(2)]],
      [undefined, undefined],
    ],
  );
});

test('DNS peers are one rule for each port, the same in any order', () => {
  const dnsPeers = parseDnsPeers('kube-system/a=b:53,10.0.0.1/32:5353,10.96.0.10/32:53');
  const egress = (peers: typeof dnsPeers) =>
    render({ isolate: ['Egress'] }, { ...CONTEXT, dnsPeers: peers }).policies[0]?.spec.egress;
  assert.equal(
    egress(dnsPeers)?.map(({ to, ports }) => [to?.length, ports?.[0]?.port]),
    [
      [1, 5353],
      [2, 53],
    ],
  );
  assert.is(JSON.stringify(egress(dnsPeers.toReversed())), JSON.stringify(egress(dnsPeers)));
});

test("metadata: the policy's namespace, our labels and nothing else", () => {
  assert.equal(render({}).policies[0], {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: BASE,
      namespace: 'team-a',
      labels: { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'payments' },
    },
    spec: { podSelector: {}, policyTypes: BOTH, egress: DNS },
  });
});

const counts: [what: string, network: NetworkSection, ingress: number, egress: number][] = [
  ['nothing said', {}, 0, 1],
  ['DNS off', { allow: { dns: false } }, 0, 0],
  ['only ingress', { isolate: ['Ingress'], allow: { sameNamespace: true } }, 1, 0],
  ['only egress', { isolate: ['Egress'], allow: { sameNamespace: true } }, 0, 2],
  ['the API server', { allow: { apiServer: true } }, 0, 2],
  [
    'rules count as written',
    {
      allow: {
        sameNamespace: true,
        ingress: [{ from: [{ anywhere: true }] }, { pods: WEB, from: [{ pods: {} }] }],
        egress: [{ to: [{ pods: {} }] }],
      },
    },
    3,
    3,
  ],
  [
    'rules without effect do not count',
    {
      podSelector: WEB,
      allow: {
        dns: false,
        ingress: [{ pods: DB, from: [{ anywhere: true }] }, { from: [{}] }, { pods: WEB, from: [{ pods: {} }] }],
        egress: [{ to: [{ pods: { ...DB, matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db'] }] } }] }],
      },
    },
    1,
    0,
  ],
  [
    'a policy for no pod',
    { podSelector: { ...WEB, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } },
    0,
    0,
  ],
];

for (const [what, network, ingress, egress] of counts) {
  test(`rules in force: ${what}`, () => {
    const { ingressRules, egressRules } = allInForce(render(network));
    assert.equal([ingressRules, egressRules], [ingress, egress]);
  });
}

test('an unknown API server and DNS without an address are no rules in force', () => {
  assert.is(allInForce(render({ allow: { apiServer: true } }, { dnsPeers: [], apiServer: [] })).egressRules, 0);
});

test('too many overlaps are reported, not rendered', () => {
  const ingress = Array.from({ length: 7 }, (_, i) => ({
    pods: { matchLabels: { [`k${i}`]: 'v' } },
    from: [{ pods: {} }],
  }));
  assert.throws(
    () => render({ allow: { ingress } }),
    (e: unknown) => e instanceof StalledError && e.reason === 'TooManyOverlaps',
  );
});

test('anywhere on every port is a rule without fields', () => {
  const anywhere = [{ anywhere: true as const }, { cidr: '192.0.2.0/24' }];
  assert.equal(
    render({ allow: { dns: false, ingress: [{ from: anywhere }], egress: [{ to: anywhere }] } }).policies[0]?.spec,
    {
      podSelector: {},
      policyTypes: BOTH,
      ingress: [{}],
      egress: [{}],
    },
  );
});

/** Selectors of some 30 kB. */
const largePeers = (namespaces: number): Peer[] =>
  Array.from({ length: namespaces }, (_, n) => ({
    namespaces: [`namespace-${n}`],
    pods: {
      matchExpressions: [
        {
          key: 'app',
          operator: 'In' as const,
          values: Array.from({ length: 16 }, (_, v) => `${n}-${v}-`.padEnd(60, 'x')),
        },
      ],
    },
  }));

const tooLarge = (message: RegExp) => (e: unknown) =>
  e instanceof StalledError && e.reason === 'TooLarge' && message.test(e.message);

const MiB = (policies: readonly object[]): number => JSON.stringify(policies).length / 2 ** 20;

test('a legal policy of a megabyte whose NetworkPolicies would be many times larger is refused at once', () => {
  const ingress = Array.from({ length: 64 }, (_, i) => ({
    pods: { matchLabels: { [`k${i % 6}`]: 'v' } },
    from: largePeers(16),
    ports: [{ port: i + 1 }],
  }));
  const start = cpuMs();
  assert.throws(
    () => render({ allow: { ingress } }),
    tooLarge(
      /^the 64 NetworkPolicies of spec.network would have 3\d\.\d MiB together, and 4 MiB are allowed, since each repeats the rules of its pods: name fewer peers, select pods by fewer labels, or split the policy$/,
    ),
  );
  assert.ok(cpuMs() - start < 1000);
});

test('both directions count together', () => {
  const rules = Array.from({ length: 16 }, (_, i) => ({
    pods: { matchLabels: { [`k${i % 4}`]: 'v' } },
    ports: [{ port: i + 1 }],
  }));
  const ingress = rules.map((rule) => ({ ...rule, from: largePeers(16) }));
  const egress = rules.map((rule) => ({ ...rule, to: largePeers(16) }));
  assert.ok(MiB(render({ allow: { ingress } }).policies) < MAX_NETWORK_POLICIES_MIB);
  assert.throws(() => render({ allow: { ingress, egress } }), tooLarge(/^the 31 NetworkPolicies/));
});

test('a NetworkPolicy that etcd would refuse is refused', () => {
  const ingress = Array.from({ length: 64 }, (_, i) => ({ from: largePeers(24), ports: [{ port: i + 1 }] }));
  assert.throws(
    () => render({ allow: { ingress } }),
    tooLarge(/^a NetworkPolicy of spec.network would have 1\.\d MiB, and 1\.5 MiB are allowed: /),
  );
});

test('a large policy for different pods is rendered cheaply: each rule once', () => {
  const ingress = Array.from({ length: 64 }, (_, i) => ({
    pods: { matchLabels: { app: `v${i}` } },
    from: largePeers(16),
    ports: [{ port: i + 1 }],
  }));
  const start = cpuMs();
  const { policies } = render({ allow: { ingress } });
  assert.ok(cpuMs() - start < 1000);
  assert.is(policies.length, 65);
  assert.ok(MiB(policies) < 1.5);
});

const overlapping: NetworkSection = {
  allow: { ingress: [{ pods: WEB, from: [{ pods: {} }] }], egress: [{ pods: WEB, to: [{ pods: {} }] }] },
};

const namesOf = (name: string): string[] =>
  renderNetwork({ name, namespace: 'team-a' }, overlapping, CONTEXT).policies.map((p) => p.metadata.name);

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMES = [
  'a',
  '0',
  'a-b',
  'a.b',
  'a-base',
  'a-base-64bd066f',
  'x'.repeat(63),
  `${'x'.repeat(62)}y`,
  `${'x'.repeat(52)}.${'y'.repeat(10)}`,
  `${'x'.repeat(53)}-${'y'.repeat(9)}`,
  `${'x'.repeat(46)}-${'y'.repeat(16)}`,
  `${'x'.repeat(53)}.${'y'.repeat(9)}`,
  'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.0.1.2.3.4.5',
];

for (const name of NAMES) {
  test(`names of what ${name} generates are DNS subdomains of at most 63 characters`, () => {
    for (const generated of namesOf(name)) {
      assert.match(generated, SUBDOMAIN);
      assert.ok(generated.length <= 63, generated);
    }
  });
}

test('no two policies generate the same name, however similar their own names are', () => {
  const all = NAMES.flatMap(namesOf);
  assert.is(all.length, 3 * NAMES.length);
  assert.is(new Set(all).size, all.length);
});

/** What the API server would change by defaulting, or not store. */
const notAsStored = (value: unknown, path: string): string[] => {
  if (value === null || value === undefined) return [path];
  if (Array.isArray(value)) {
    return value.length === 0 ? [path] : value.flatMap((v, i) => notAsStored(v, `${path}[${i}]`));
  }
  if (typeof value !== 'object') return [];
  const missing = /\.ports\[\d+\]$/.test(path) && !('protocol' in value) ? [`${path}.protocol`] : [];
  // A rule without fields allows everything.
  const empty = Object.keys(value).length === 0 && !/(Selector|gress\[\d+\])$/.test(path) ? [path] : [];
  return [...missing, ...empty, ...Object.entries(value).flatMap(([k, v]) => notAsStored(v, `${path}.${k}`))];
};

test('the API server stores every rendered object unchanged', () => {
  const written: NetworkSection = {
    podSelector: { matchLabels: {}, matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] },
    allow: {
      apiServer: true,
      sameNamespace: true,
      ingress: [
        {
          pods: {},
          from: [{ cidr: '10.0.0.0/8', except: [] }, {}, { pods: { matchLabels: {} } }],
          ports: [{ port: 1 }],
        },
        { from: [{ anywhere: true }], ports: [{ protocol: 'UDP' }, { port: 'http' }] },
      ],
      egress: [{ pods: WEB, to: [{ namespaces: ['a', 'b'], pods: { matchExpressions: [] } }] }],
    },
  };
  for (const network of [written, ...single.map(([, network]) => network)]) {
    for (const { spec } of render(network).policies) {
      assert.equal(notAsStored(spec, 'spec'), []);
      assert.ok((spec.policyTypes?.length ?? 0) > 0);
    }
  }
});

test('rendering does not change its input', () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
    return Object.freeze(value);
  };
  const context = freeze(structuredClone(CONTEXT));
  for (const [, network] of single) render(freeze(structuredClone(network)), context);
});

test.run();
