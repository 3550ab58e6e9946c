import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TRUSTED_IMAGES_LABEL } from '../../src/api/keys.ts';
import type { ContainerSecurityPolicy, PolicySpec, PolicyStatus } from '../../src/api/policy.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { createCaches, type PolicyCaches } from '../../src/policy/caches.ts';
import type { CachedChild } from '../../src/policy/children/cached-child.ts';
import { ownerReference } from '../../src/policy/children/meta.ts';
import type { CachedNamespace } from '../../src/policy/namespace.ts';
import type { PodImages } from '../../src/policy/pod.ts';
import { parseDnsSetting } from '../../src/policy/sections/network/dns.ts';
import { NetworkFacts } from '../../src/policy/sections/network/facts.ts';
import { connectTriggers } from '../../src/policy/triggers.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { policyOf } from './policy.ts';

const policy = (
  name: string,
  spec: PolicySpec = {},
  {
    namespace = 'a',
    status,
    ...metadata
  }: { namespace?: string; status?: PolicyStatus } & Record<string, unknown> = {},
): ContainerSecurityPolicy =>
  policyOf(spec, {
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1', ...metadata },
    ...(status && { status }),
  });

const plain = (name: string, namespace: string | undefined, resourceVersion = '1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name, uid: name, resourceVersion, ...(namespace && { namespace }) },
});

const pod = (
  name: string,
  namespace: string,
  { version = '1', images = ['docker.io/library/nginx'], finished = false } = {},
): PodImages => ({ ...plain(name, namespace, version), images, finished });

const binding = (policyName: string) => ({
  ...plain('binding', undefined),
  policyName,
  actions: [],
  complete: [],
});

const cachedNamespace = (resourceVersion: string, records: Record<string, string> = {}): CachedNamespace => ({
  ...plain('a', undefined, resourceVersion),
  records: new Map(
    Object.entries(records).map(([uid, value]) => [
      `enforced-images.security.palisade.dev/${uid}`,
      { value, managers: ['palisade-images'] },
    ]),
  ),
  labels: new Map([['pod-security.kubernetes.io/enforce', { value: 'baseline', managers: [] }]]),
});

const child = (resourceVersion: string, owner: string | undefined, namespace = 'a'): CachedChild => ({
  ...plain('child', namespace, resourceVersion),
  metadata: {
    ...plain('child', namespace, resourceVersion).metadata,
    ...(owner !== undefined && { ownerReferences: [ownerReference({ name: owner, uid: `uid-${owner}` })] }),
  },
  kind: 'Role',
  foreignManagers: [],
  generated: true,
});

const apiServerSlice = (ready: boolean) => ({
  ...plain('s', 'default'),
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  ports: [{ port: 6443 }],
});

const dnsService = (port: number) => ({
  ...plain('kube-dns', 'kube-system'),
  spec: { clusterIPs: ['10.96.0.10'], selector: { 'k8s-app': 'kube-dns' }, ports: [{ port }] },
});

/** Namespace a has x, y, which waits, and z, namespace b has x, which waits, c isolates egress with dns and without, d has rules for images; what happens after that is what counts. */
const world = () => {
  const caches = createCaches();
  caches.policies.upsert(policy('x'));
  caches.policies.upsert(
    policy('y', { network: { allow: { apiServer: true } }, podSecurity: { level: 'restricted' } }),
  );
  caches.policies.upsert(policy('z', { podSecurity: { level: 'baseline' } }));
  caches.policies.upsert(policy('x', { podSecurity: { level: 'baseline' } }, { namespace: 'b', uid: 'uid-bx' }));
  caches.policies.upsert(
    policy('images', { images: { allowed: ['docker.io/library/nginx'] } }, { namespace: 'd', uid: 'uid-images' }),
  );
  caches.policies.upsert(policy('dns', { network: {} }, { namespace: 'c' }));
  caches.policies.upsert(policy('ingress', { network: { isolate: ['Ingress'] } }, { namespace: 'c' }));
  caches.policies.upsert(policy('nodns', { network: { allow: { dns: false } } }, { namespace: 'c' }));
  caches.pods.upsert(pod('allowed', 'd'));
  caches.pods.upsert(pod('refused', 'd', { images: ['busybox'] }));
  caches.namespaces.upsert(cachedNamespace('1'));
  caches.children.Role.upsert(child('1', 'x'));
  caches.pods.upsert(pod('pod', 'a'));
  const now: string[] = [];
  const later: [key: string, ms: number][] = [];
  const facts = new NetworkFacts({ caches, dns: parseDnsSetting('auto'), nameservers: [], clock: new FakeClock() });
  const stop = connectTriggers(caches, facts, {
    add: (key) => void now.push(key),
    addAfter: (key, ms) => void later.push([key, ms]),
  });
  return { caches, now, later, stop };
};

const ALL_OF_A = ['a/x', 'a/y', 'a/z'];

const rows: [what: string, happens: (caches: PolicyCaches) => void, keys: string[]][] = [
  ['nothing', () => {}, []],
  [
    'a new policy: all of its namespace, since the strictest decides',
    (c) => c.policies.upsert(policy('new')),
    ['a/new', ...ALL_OF_A],
  ],
  ['another status: it is ours', (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', status: {} })), []],
  [
    'another label of a policy',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', labels: { a: 'b' } })),
    [],
  ],
  ['another spec', (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', generation: 2 })), ALL_OF_A],
  [
    'the same generation by another definition of the kind',
    (c) => c.policies.upsert(policy('x', { mode: 'Audit' }, { resourceVersion: '2' })),
    ALL_OF_A,
  ],
  [
    'a policy that begins to go',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', deletionTimestamp: '2026-11-24T12:00:00Z' })),
    ALL_OF_A,
  ],
  [
    'its finalizer, which we add',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', finalizers: ['security.palisade.dev/withdraw'] })),
    [],
  ],
  [
    'its finalizer, which is taken away',
    (c) => {
      c.policies.upsert(policy('x', {}, { resourceVersion: '2', finalizers: ['security.palisade.dev/withdraw'] }));
      c.policies.upsert(policy('x', {}, { resourceVersion: '3' }));
    },
    ['a/x'],
  ],
  [
    'a finalizer of another client',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', finalizers: ['other'] })),
    [],
  ],
  [
    'a request to reconcile',
    (c) =>
      c.policies.upsert(
        policy(
          'x',
          {},
          { resourceVersion: '2', annotations: { 'security.palisade.dev/reconcile-requested-at': 'now' } },
        ),
      ),
    ['a/x'],
  ],
  [
    'another annotation',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', annotations: { a: 'b' } })),
    [],
  ],
  ['a policy that is gone', (c) => c.policies.remove(policy('x')), ALL_OF_A],
  [
    'a policy recreated under its name',
    (c) => c.policies.upsert(policy('x', {}, { resourceVersion: '2', uid: 'uid-x2' })),
    ALL_OF_A,
  ],
  ['a resync of policies: each for itself', (c) => c.policies.resync((p) => p.metadata.uid === 'uid-x'), ['a/x']],

  [
    'a generated object that another client changed',
    (c) => c.children.Role.upsert({ ...child('2', 'x'), rules: [] }),
    ['a/x'],
  ],
  ['a generated object that is as it was', (c) => c.children.Role.upsert(child('2', 'x')), []],
  ['a generated object that is gone', (c) => c.children.Role.remove(child('1', 'x')), ['a/x']],
  ['a generated object whose owner was taken away', (c) => c.children.Role.upsert(child('2', undefined)), ['a/x']],
  ['a generated object that changes hands', (c) => c.children.Role.upsert(child('2', 'y')), ['a/x', 'a/y']],
  [
    'a generated NetworkPolicy',
    (c) => c.children.NetworkPolicy.upsert({ ...child('1', 'y'), kind: 'NetworkPolicy' }),
    ['a/y'],
  ],
  [
    'a generated RoleBinding',
    (c) => c.children.RoleBinding.upsert({ ...child('1', 'y'), kind: 'RoleBinding' }),
    ['a/y'],
  ],
  ['an object of an owner in another namespace', (c) => c.children.Role.upsert(child('1', 'y', 'b')), []],
  ['an object of no policy', (c) => c.children.NetworkPolicy.upsert(child('1', undefined)), []],
  ['a resync of generated objects', (c) => c.children.Role.resync(), []],

  [
    'Pod Security labels of the namespace',
    (c) => c.namespaces.upsert({ ...cachedNamespace('2'), labels: new Map([['x', { value: 'y', managers: [] }]]) }),
    ALL_OF_A,
  ],
  [
    'the label of the namespace for image rules',
    (c) =>
      c.namespaces.upsert({
        ...cachedNamespace('2'),
        labels: new Map([[TRUSTED_IMAGES_LABEL, { value: 'true', managers: [] }]]),
      }),
    ALL_OF_A,
  ],
  [
    'the image rules in force of a policy: only that policy',
    (c) => c.namespaces.upsert(cachedNamespace('2', { 'uid-y': 'requireDigest' })),
    ['a/y'],
  ],
  [
    'the image rules in force of a policy that is gone',
    (c) => c.namespaces.upsert(cachedNamespace('2', { gone: 'requireDigest' })),
    [],
  ],
  ['other labels and annotations of the namespace', (c) => c.namespaces.upsert(cachedNamespace('2')), []],
  ['a namespace that is gone', (c) => c.namespaces.remove(cachedNamespace('1')), ALL_OF_A],
  ['a resync of namespaces', (c) => c.namespaces.resync(), []],

  ['addresses of the API server: who asked for them', (c) => c.apiServerSlices.upsert(apiServerSlice(true)), ['a/y']],
  ['addresses that are not ready', (c) => c.apiServerSlices.upsert(apiServerSlice(false)), []],
  [
    'the Service of the API server without endpoints',
    (c) => c.apiServerServices.upsert({ ...plain('kubernetes', 'default'), spec: {} }),
    [],
  ],
  ['a DNS Service: who may resolve names', (c) => c.dnsServices.upsert(dnsService(53)), ['a/y', 'c/dns']],
  ['a Service without port 53', (c) => c.dnsServices.upsert(dnsService(80)), []],
  [
    'an admission policy for image rules: who has such rules',
    (c) => c.admissionPolicies.upsert({ ...plain('palisade-trusted-images', undefined), reserved: [] }),
    ['d/images'],
  ],
  ['its binding', (c) => c.admissionBindings.upsert(binding('palisade-trusted-images')), ['d/images']],
  [
    'an admission policy of another client',
    (c) => c.admissionPolicies.upsert({ ...plain('x', undefined), reserved: [] }),
    [],
  ],
  ['a binding of another client', (c) => c.admissionBindings.upsert(binding('x')), []],
  ['a pod that comes', (c) => c.pods.upsert(pod('new', 'a')), []],
];

for (const [what, happens, keys] of rows) {
  test(`${what}: ${keys.length === 0 ? 'nothing to do' : keys.join(', ')}`, () => {
    const { caches, now, stop } = world();
    happens(caches);
    assert.equal([...new Set(now)].sort(), [...keys].sort());
    stop();
  });
  test(`${what}, after the end: nothing`, () => {
    const { caches, now, later, stop } = world();
    stop();
    happens(caches);
    assert.equal([now, later], [[], []]);
  });
}

const pods: [what: string, happens: (caches: PolicyCaches) => void, keys: string[]][] = [
  ['comes', (c) => c.pods.upsert(pod('new', 'a')), ['a/y']],
  ['comes to another namespace', (c) => c.pods.upsert(pod('new', 'b')), ['b/x']],
  ['comes where no policy waits', (c) => c.pods.upsert(pod('new', 'c')), []],
  ['goes', (c) => c.pods.remove(pod('pod', 'a')), ['a/y']],
  ['changes', (c) => c.pods.upsert(pod('pod', 'a', { version: '2' })), []],
  ['changes its image', (c) => c.pods.upsert(pod('pod', 'a', { version: '2', images: ['busybox'] })), []],
  ['with an allowed image comes', (c) => c.pods.upsert(pod('new', 'd')), []],
  ['with another image comes', (c) => c.pods.upsert(pod('new', 'd', { images: ['busybox'] })), ['d/images']],
  [
    'with another image that has finished comes',
    (c) => c.pods.upsert(pod('new', 'd', { images: ['busybox'], finished: true })),
    [],
  ],
  ['with another image goes', (c) => c.pods.remove(pod('refused', 'd')), ['d/images']],
  ['with another image changes', (c) => c.pods.upsert(pod('refused', 'd', { version: '2', images: ['busybox'] })), []],
  [
    'with another image finishes',
    (c) => c.pods.upsert(pod('refused', 'd', { version: '2', images: ['busybox'], finished: true })),
    ['d/images'],
  ],
  ['gets an allowed image', (c) => c.pods.upsert(pod('refused', 'd', { version: '2' })), ['d/images']],
  [
    'gets another image',
    (c) => c.pods.upsert(pod('allowed', 'd', { version: '2', images: ['busybox'] })),
    ['d/images'],
  ],
  ['gets another allowed image', (c) => c.pods.upsert(pod('allowed', 'd', { version: '2', images: ['nginx:2'] })), []],
  ['is resynced', (c) => c.pods.resync(), []],
];

const cronJob = (name: string, images: string[], version = '1') => ({
  ...plain(name, 'd', version),
  kind: 'CronJob',
  images,
});
const workloads: [what: string, happens: (cronJobs: PolicyCaches['workloads'][string]) => void, isAdded: boolean][] = [
  ['with an allowed image comes', (c) => c.upsert(cronJob('new', ['nginx'])), false],
  ['with another image comes', (c) => c.upsert(cronJob('new', ['busybox'])), true],
  ['with another image changes', (c) => c.upsert(cronJob('refused', ['busybox'], '2')), false],
  ['gets an allowed image', (c) => c.upsert(cronJob('refused', ['nginx'], '2')), true],
  ['with another image ends', (c) => c.upsert(cronJob('refused', [], '2')), true],
  ['with another image goes', (c) => c.remove(cronJob('refused', ['busybox'])), true],
];

for (const [what, happens, isAdded] of workloads) {
  test(`a workload ${what}: ${isAdded ? 'its image rules are looked at' : 'nothing is added'}`, () => {
    const { caches, later } = world();
    caches.workloads.CronJob!.upsert(cronJob('refused', ['busybox']));
    later.length = 0;
    happens(caches.workloads.CronJob!);
    assert.equal(later, isAdded ? [['d/images', 500]] : []);
  });
}

test('a workload comes: the preview of a proposal that limits images follows within a minute, no other one', () => {
  const { caches, later } = world();
  const images = { requireDigest: true };
  for (const [name, spec] of [
    ['limits', { proposed: { images } }],
    ['isolates', { proposed: { network: {} } }],
    ['suspended', { suspend: true, proposed: { images } }],
  ] as const)
    caches.policies.upsert(policy(name, spec, { namespace: 'd' }));
  caches.workloads.Deployment!.upsert({ ...plain('new', 'd'), images: ['nginx'] });
  assert.equal(later, [['d/limits', 50_000]]);
});

for (const [what, happens, keys] of pods) {
  test(`a pod ${what}: ${keys.length === 0 ? 'nothing is added' : `${keys} is added, a little later`}`, () => {
    const { caches, later } = world();
    happens(caches);
    assert.equal(
      later,
      keys.map((key) => [key, 500]),
    );
  });
}

/** Namespace e has previews. */
const previews: [what: string, happens: (caches: PolicyCaches) => void, keys: string[]][] = [
  ['comes', (c) => c.pods.upsert(pod('new', 'e')), ['e/isolates', 'e/levels']],
  ['goes', (c) => c.pods.remove(pod('pod', 'e')), ['e/isolates', 'e/levels']],
  ['finishes', (c) => c.pods.upsert(pod('pod', 'e', { version: '2', finished: true })), ['e/isolates', 'e/levels']],
  ['changes', (c) => c.pods.upsert(pod('pod', 'e', { version: '2' })), []],
  [
    'changes its labels',
    (c) => {
      const { metadata, ...rest } = pod('pod', 'e', { version: '2' });
      c.pods.upsert({ ...rest, metadata: { ...metadata, labels: { app: 'web' } } });
    },
    ['e/isolates', 'e/levels'],
  ],
  ['is resynced', (c) => c.pods.resync(), []],
];

for (const [what, happens, keys] of previews) {
  test(`a pod ${what}: ${keys.length === 0 ? 'no preview' : 'previews of its namespace'} within a minute`, () => {
    const { caches, later } = world();
    const uid = (name: string) => ({ namespace: 'e', uid: name });
    caches.policies.upsert(policy('isolates', { mode: 'Audit', network: {} }, uid('1')));
    caches.policies.upsert(policy('levels', { mode: 'Audit', podSecurity: { level: 'baseline' } }, uid('2')));
    caches.policies.upsert(policy('binds', { mode: 'Audit', access: {} }, uid('3')));
    caches.policies.upsert(policy('suspended', { mode: 'Audit', suspend: true, network: {} }, uid('4')));
    caches.policies.upsert(policy('enforces', { network: {} }, uid('5')));
    caches.pods.upsert(pod('pod', 'e'));
    later.length = 0;
    happens(caches);
    assert.equal(
      later,
      keys.map((key) => [key, 50_000]),
    );
  });
}

const proposals: [what: string, spec: PolicySpec, isAdded: boolean][] = [
  ['isolates', { proposed: { network: {} } }, true],
  ['sets a level', { proposed: { podSecurity: { level: 'baseline' } } }, true],
  ['limits images', { proposed: { images: { requireDigest: true } } }, true],
  ['binds', { proposed: { access: {} } }, false],
  ['removes everything', { network: {}, proposed: {} }, false],
  ['isolates, of a suspended policy', { suspend: true, proposed: { network: {} } }, false],
];

for (const [what, spec, isAdded] of proposals) {
  test(`a pod comes: ${isAdded ? 'within a minute' : 'no'} preview of a proposal that ${what}`, () => {
    const { caches, later } = world();
    caches.policies.upsert(policy('proposes', spec, { namespace: 'e' }));
    caches.pods.upsert(pod('new', 'e'));
    assert.equal(later, isAdded ? [['e/proposes', 50_000]] : []);
  });
}

test('a DNS Service concerns proposals that rely on it', () => {
  const { caches, now } = world();
  caches.policies.upsert(policy('proposes', { proposed: { network: {} } }, { namespace: 'e' }));
  now.length = 0;
  caches.dnsServices.upsert(dnsService(53));
  assert.equal(now.toSorted(), ['a/y', 'c/dns', 'e/proposes']);
});

test('a new policy and a changed one are added once each, for an addition during a run causes another run', () => {
  const { caches, now } = world();
  caches.policies.upsert(policy('new'));
  assert.equal(now, ['a/new', ...ALL_OF_A]);
  now.length = 0;
  caches.policies.upsert(policy('z', {}, { resourceVersion: '2', generation: 2 }));
  assert.equal(now.toSorted(), [...ALL_OF_A, 'a/new'].toSorted());
  assert.is(now[0], 'a/z');
});

test.run();
