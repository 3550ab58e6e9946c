import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSamples, type Sample } from '../../hack/demo/samples.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KINDS } from '../harness/install.ts';
import { type NetworkPolicy, Palisade } from '../harness/palisade.ts';

interface RoleBinding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects: { kind: string; name: string }[];
}

interface Expected {
  /** Of the condition Ready. */
  reason: 'InForce' | 'Audit';
  /** Specs by name. */
  networkPolicies?: Record<string, object>;
  /** What each RoleBinding binds to whom, by name. */
  bindings?: Record<string, string>;
  /** Rules by name. */
  roles?: Record<string, object[]>;
  /** Level and version that the namespace enforces. */
  enforces?: string;
  /** status.images. */
  images?: object;
  preview?: object;
}

const app = (name: string) => ({ matchLabels: { 'app.kubernetes.io/name': name } });
const namespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const tcp = (port: number | string) => ({ protocol: 'TCP', port });
const udp = (port: number) => ({ protocol: 'UDP', port });
const both = ['Ingress', 'Egress'];
const read = ['get', 'list', 'watch'];

const dnsPods = (name: string) => ({
  namespaceSelector: namespace('kube-system'),
  podSelector: { matchLabels: { 'k8s-app': name } },
});
const cache = (address: string) => ({ ipBlock: { cidr: `${address}/32` } });
const dns = [
  {
    to: [cache('169.254.20.10'), cache('169.254.25.10'), dnsPods('kube-dns'), dnsPods('node-local-dns')],
    ports: [udp(53), tcp(53)],
  },
];
const metrics = {
  from: [{ namespaceSelector: namespace('monitoring'), podSelector: app('prometheus') }],
  ports: [tcp('metrics')],
};
/** Stands for the rules to the API server, whose addresses are the cluster's. */
const apiServer = { to: 'the API server' };

const EXPECTED: Record<string, Expected> = {
  'audit-first.yaml': {
    reason: 'Audit',
    preview: {
      create: ['NetworkPolicy/legacy-base-2e14d173'],
      change: ['enforce', 'audit', 'warn'].flatMap((mode) => [
        `pod-security.kubernetes.io/${mode}: (none) → baseline`,
        `pod-security.kubernetes.io/${mode}-version: (none) → latest`,
      ]),
      isolatedPods: 0,
      violatingPods: 0,
    },
  },
  'batch-egress.yaml': {
    reason: 'InForce',
    networkPolicies: {
      'invoices-base-c1df1bd1': {
        podSelector: {},
        policyTypes: both,
        egress: [
          ...dns,
          {
            to: [{ ipBlock: { cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] } }],
            ports: [tcp(443), tcp(2222)],
          },
        ],
      },
    },
    bindings: {
      'invoices-log-reader-f7d13186': 'Role/invoices-log-reader-803406f3 to Group/invoice-support',
    },
    roles: {
      'invoices-log-reader-803406f3': [
        { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: read },
        { apiGroups: [''], resources: ['pods'], verbs: read },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    },
    enforces: 'restricted:latest',
  },
  'ci-deployer.yaml': {
    reason: 'InForce',
    images: { disallowedPods: 0 },
    networkPolicies: {
      'ci-base-3986f9ed': {
        podSelector: {},
        policyTypes: both,
        egress: [...dns, apiServer, { ports: [tcp(443), tcp(22)] }],
      },
    },
    bindings: {
      'ci-deployer-49e529c7': 'ClusterRole/palisade-deployer to ServiceAccount/pipeline',
      'ci-viewer-0a5c3599': 'ClusterRole/palisade-viewer to Group/developers',
    },
    enforces: 'baseline:latest',
  },
  'controller.yaml': {
    reason: 'InForce',
    networkPolicies: {
      'controller-base-173205b1': {
        podSelector: { matchLabels: { 'app.kubernetes.io/component': 'controller' } },
        policyTypes: both,
        ingress: [
          { ports: [tcp('webhook')] },
          {
            from: [{ namespaceSelector: { matchLabels: { 'example.com/role': 'monitoring' } }, podSelector: {} }],
            ports: [tcp('metrics')],
          },
        ],
        egress: [...dns, apiServer],
      },
    },
    bindings: {
      'controller-controller-3f00b0a5': 'Role/controller-controller-eb9272fb to ServiceAccount/controller',
    },
    roles: {
      'controller-controller-eb9272fb': [
        { apiGroups: [''], resources: ['configmaps', 'services'], verbs: read },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: read },
      ],
    },
    enforces: 'restricted:v1.36',
  },
  'database.yaml': {
    reason: 'InForce',
    networkPolicies: {
      'postgres-base-cdfb79d4': {
        podSelector: app('postgres'),
        policyTypes: both,
        ingress: [
          {
            from: [
              { namespaceSelector: namespace('shop'), podSelector: app('api') },
              { podSelector: app('postgres-backup') },
              { podSelector: app('postgres') },
            ],
            ports: [tcp(5432)],
          },
        ],
        egress: [...dns, { to: [{ podSelector: app('postgres') }], ports: [tcp(5432)] }],
      },
    },
    enforces: 'baseline:latest',
  },
  'isolated-by-default.yaml': {
    reason: 'InForce',
    networkPolicies: { 'isolated-base-475a4c91': { podSelector: {}, policyTypes: both, egress: dns } },
    enforces: 'restricted:latest',
  },
  'team-namespace.yaml': {
    reason: 'InForce',
    networkPolicies: {
      'team-base-0eaba08d': {
        podSelector: {},
        policyTypes: both,
        ingress: [{ from: [{ podSelector: {} }] }],
        egress: [...dns, { to: [{ podSelector: {} }] }, { ports: [tcp(443)] }],
      },
    },
    bindings: {
      'team-deployer-c55004e6': 'ClusterRole/palisade-deployer to Group/checkout-developers',
      'team-viewer-d91c14b2': 'ClusterRole/palisade-viewer to Group/checkout-support, User/auditor@example.com',
    },
    enforces: 'restricted:latest',
  },
  'trusted-images.yaml': {
    reason: 'InForce',
    images: { disallowedPods: 0 },
  },
  'web-behind-ingress.yaml': {
    reason: 'InForce',
    networkPolicies: {
      'shop-base-0a13a940': { podSelector: {}, policyTypes: both, ingress: [metrics], egress: dns },
      'shop-ingress-0c8e5c73': {
        podSelector: app('web'),
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: namespace('ingress-nginx'), podSelector: app('ingress-nginx') }],
            ports: [tcp(8080)],
          },
          metrics,
        ],
      },
      'shop-ingress-a7320548': {
        podSelector: app('api'),
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: app('web') }], ports: [tcp(9000)] }, metrics],
      },
      'shop-egress-90b04d02': {
        podSelector: app('web'),
        policyTypes: ['Egress'],
        egress: [...dns, { to: [{ podSelector: app('api') }], ports: [tcp(9000)] }],
      },
      'shop-egress-06abc5a8': {
        podSelector: app('api'),
        policyTypes: ['Egress'],
        egress: [
          ...dns,
          { to: [{ namespaceSelector: namespace('orders'), podSelector: app('postgres') }], ports: [tcp(5432)] },
        ],
      },
    },
    enforces: 'restricted:latest',
  },
};

const palisade = await Palisade.open();
const samples = await readSamples();
const namespaces = new Map(
  await Promise.all(
    samples.map(async ({ file, policy }) => [file, await palisade.namespace(policy.metadata.namespace)] as const),
  ),
);
await palisade.operator(...namespaces.values());
test.after(() => palisade.close());

interface EndpointSlice extends KubeObject {
  endpoints: { addresses: string[] }[];
  ports: { port: number }[];
}

interface Egress {
  to?: { ipBlock?: { cidr: string } }[];
  ports?: { port: number }[];
}

/** Where the cluster says that its API server is. */
const apiServerAddresses = async (): Promise<string[]> => {
  const slices = await palisade.list<EndpointSlice>(KINDS.EndpointSlice, 'default');
  const service = await palisade.admin.get<KubeObject & { spec: { clusterIP: string } }>(
    KINDS.Service,
    'kubernetes',
    'default',
  );
  const ready = slices.filter((s) => s.metadata.labels?.['kubernetes.io/service-name'] === 'kubernetes');
  return [...ready.flatMap((s) => s.endpoints.flatMap((e) => e.addresses)), service.spec.clusterIP].map(
    (a) => `${a}/32`,
  );
};

/** The spec with the rules to the API server's addresses, on numbered ports, as the one that stands for them. */
const withApiServer = (addresses: readonly string[], { egress = [], ...rest }: NetworkPolicy['spec']): object => {
  const isApiServer = ({ to = [], ports }: Egress) =>
    ports !== undefined && to.length > 0 && to.every((p) => addresses.includes(p.ipBlock?.cidr ?? ''));
  const rules = (egress as Egress[]).map((rule) => (isApiServer(rule) ? apiServer : rule));
  const unique = rules.filter((rule, i) => rule !== apiServer || rules.indexOf(apiServer) === i);
  return unique.length === 0 ? rest : { ...rest, egress: unique };
};

const byName = <T extends KubeObject, V>(objects: readonly T[], value: (object: T) => V): Record<string, V> =>
  Object.fromEntries(objects.map((o) => [o.metadata.name, value(o)]));

const describeBinding = ({ roleRef, subjects }: RoleBinding): string =>
  `${roleRef.kind}/${roleRef.name} to ${subjects.map((s) => `${s.kind}/${s.name}`).join(', ')}`;

const enforcedIn = async (ns: string): Promise<string | undefined> => {
  const labels = await palisade.podSecurityLabels(ns);
  return labels.enforce && `${labels.enforce}:${labels['enforce-version']}`;
};

const checkSample = async ({ file, policy }: Sample, expected: Expected): Promise<void> => {
  const ns = namespaces.get(file)!;
  await palisade.apply(ns, policy.metadata.name, policy.spec);
  const { status } = await palisade.condition(ns, policy.metadata.name, 'Ready', 'True', expected.reason);
  const addresses = await apiServerAddresses();
  const networkPolicies = await palisade.list<NetworkPolicy>(KINDS.NetworkPolicy, ns);
  assert.equal(
    byName(networkPolicies, ({ spec }) => withApiServer(addresses, spec)),
    expected.networkPolicies ?? {},
  );
  const bindings = await palisade.list<RoleBinding>(KINDS.RoleBinding, ns);
  assert.equal(byName(bindings, describeBinding), expected.bindings ?? {});
  const roles = await palisade.list<KubeObject & { rules: object[] }>(KINDS.Role, ns);
  assert.equal(
    byName(roles, ({ rules }) => rules),
    expected.roles ?? {},
  );
  assert.is(await enforcedIn(ns), expected.enforces);
  assert.equal(status?.images, expected.images);
  assert.equal(status?.preview, expected.preview);
};

test('there are samples, and every expectation belongs to one', () => {
  assert.equal(samples.map((s) => s.file).sort(), Object.keys(EXPECTED).sort());
});

test('every sample has a namespace of its own, and shows how to apply it', () => {
  assert.is(new Set(samples.map((s) => s.policy.metadata.namespace)).size, samples.length);
  for (const { file, policy, text } of samples) {
    assert.match(text, `#   kubectl create namespace ${policy.metadata.namespace}\n`);
    assert.match(text, `#   kubectl apply -f samples/${file}\n`);
  }
});

for (const sample of samples) {
  test(`samples/${sample.file} comes into force`, async () => {
    const expected = EXPECTED[sample.file];
    assert.ok(expected, `EXPECTED has no entry for ${sample.file}: say what it generates`);
    await checkSample(sample, expected);
  });
}

test.run();
