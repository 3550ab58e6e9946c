import { randomUUID } from 'node:crypto';
import { CustomObjectsApi } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { KINDS } from '../../harness/install.ts';
import { type NetworkPolicy, Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('delete');
const going = await palisade.namespace('going');
const foreground = await palisade.namespace('foreground');
const light = await palisade.namespace('light');
const orphaned = await palisade.namespace('orphaned');
const nobodys = await palisade.namespace('nobodys');
await palisade.operator(ns, going, foreground, light, orphaned, nobodys);
test.after(() => palisade.close());

const anywhere = [{ anywhere: true as const }];
const overlapping = {
  network: {
    allow: {
      ingress: [
        { pods: { matchLabels: { app: 'web' } }, from: anywhere, ports: [{ port: 8080 }] },
        { pods: { matchLabels: { tier: 'front' } }, from: anywhere, ports: [{ port: 9090 }] },
      ],
    },
  },
  podSecurity: { level: 'baseline' as const },
};
const viewerForEve = {
  access: { bindings: [{ profile: 'viewer' as const, subjects: [{ kind: 'User' as const, name: 'eve' }] }] },
};
const binding = (name: string, metadata: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name, ...metadata },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'palisade-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'devs' }],
});
const gone = (namespace: string, name: string, ms?: number) =>
  until(`${name} is gone`, async () => !(await palisade.policy(namespace, name).catch(() => undefined)), ms);

/** The garbage collector discovers new kinds only every 30 s. */
const COLLECTED_MS = 60_000;

interface Deletions {
  readonly names: string[];
  /** Resource versions of the deletions. */
  readonly versions: number[];
  stop(): void;
}

/** The objects of a kind in the order of their deletion, from now on. */
const recordDeletions = async (namespace: string, kind: Resource = KINDS.NetworkPolicy): Promise<Deletions> => {
  const { metadata } = await palisade.admin.list(kind, { namespace });
  const names: string[] = [];
  const versions: number[] = [];
  const stop = new AbortController();
  const options = {
    namespace,
    resourceVersion: metadata.resourceVersion,
    allowWatchBookmarks: false,
    timeoutSeconds: 60,
    signal: stop.signal,
  };
  const watch = async (): Promise<void> => {
    for await (const event of palisade.admin.watch(kind, options)) {
      if (event.type !== 'DELETED') continue;
      const { name, resourceVersion } = (event.object as KubeObject).metadata;
      names.push(name);
      versions.push(Number(resourceVersion));
    }
  };
  watch().catch(() => {});
  return { names, versions, stop: () => stop.abort() };
};

test('invariant 1: on deletion the isolation of all pods goes first, and the last NetworkPolicy allows its pods everything', async () => {
  await palisade.apply(ns, 'web', overlapping);
  await palisade.ready(ns, 'web');
  const before = await palisade.list<NetworkPolicy>(KINDS.NetworkPolicy, ns);
  const widths = new Map(before.map((p) => [p.metadata.name, width(p)]));
  assert.equal([...widths.values()].sort(), [0, 1, 1, 2], 'all pods, two selections, and the pods in both');
  const deletions = await recordDeletions(ns);
  await palisade.deletePolicy(ns, 'web');
  await gone(ns, 'web');
  await until('all are deleted', () => deletions.names.length === 4);
  deletions.stop();
  assert.equal(
    deletions.names.map((name) => widths.get(name)),
    [0, 1, 1, 2],
  );
  assert.equal(await palisade.podSecurityLabels(ns), {});
});

/** Five rules for five labels, whose pods overlap in 31 ways. */
const fiveRules = {
  network: {
    isolate: ['Ingress' as const],
    allow: {
      ingress: [0, 1, 2, 3, 4].map((i) => ({
        pods: { matchLabels: { [`k${i}`]: 'x' } },
        from: anywhere,
        ports: [{ port: 8000 + i }],
      })),
    },
  },
  access: {
    roles: [
      {
        name: 'logs',
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        subjects: [{ kind: 'User' as const, name: 'eve' }],
      },
    ],
    bindings: [{ profile: 'viewer' as const, subjects: [{ kind: 'User' as const, name: 'eve' }] }],
  },
};
const width = (p: NetworkPolicy): number =>
  Object.keys((p.spec.podSelector as { matchLabels?: object }).matchLabels ?? {}).length;

for (const attemptNo of [1, 2, 3]) {
  test(`invariant 1: the order holds under deletion in the foreground, try ${attemptNo}`, async () => {
    await palisade.apply(foreground, 'five', fiveRules);
    await palisade.ready(foreground, 'five');
    const before = await palisade.list<NetworkPolicy>(KINDS.NetworkPolicy, foreground);
    const widths = new Map(before.map((p) => [p.metadata.name, width(p)]));
    const [networkPolicies, bindings, roles] = await Promise.all(
      [KINDS.NetworkPolicy, KINDS.RoleBinding, KINDS.Role].map((kind) => recordDeletions(foreground, kind)),
    );
    await palisade.admin.delete(CONTAINER_SECURITY_POLICY, 'five', {
      namespace: foreground,
      propagationPolicy: 'Foreground',
    });
    await gone(foreground, 'five', COLLECTED_MS);
    await until('all are deleted', () => networkPolicies?.names.length === widths.size);
    await until('the rights are gone', () => bindings?.names.length === 2 && roles?.names.length === 1);
    for (const recorded of [networkPolicies, bindings, roles]) recorded?.stop();
    const order = networkPolicies?.names.map((name) => widths.get(name) ?? Number.NaN) ?? [];
    assert.is(order[0], 0, 'the isolation of all pods goes first');
    assert.equal(order, [...order].sort(), 'then the widest');
    const versions = (recorded = bindings) => recorded?.versions ?? [];
    assert.ok(Math.max(...versions()) < Math.min(...versions(roles)), 'bindings before their Role');
  });
}

test('invariant 1: nothing is repaired while a policy is deleted in the foreground', async () => {
  await palisade.apply(foreground, 'web', overlapping);
  await palisade.ready(foreground, 'web');
  await palisade.admin.delete(CONTAINER_SECURITY_POLICY, 'web', {
    namespace: foreground,
    propagationPolicy: 'Foreground',
  });
  await gone(foreground, 'web', COLLECTED_MS);
  await until(
    'the children are gone',
    async () => (await palisade.names(KINDS.NetworkPolicy, foreground)).length === 0,
  );
  assert.equal(await palisade.podSecurityLabels(foreground), {});
});

test('invariant 8: a policy has a finalizer only where its deletion needs an order or concerns the namespace', async () => {
  await palisade.apply(light, 'scan-only', { scan: {} });
  assert.is((await palisade.ready(light, 'scan-only')).metadata.finalizers, undefined);
  for (const spec of [viewerForEve, { network: { isolate: ['Ingress' as const] } }]) {
    await palisade.apply(light, 'scan-only', spec);
    assert.equal((await palisade.ready(light, 'scan-only')).metadata.finalizers, ['security.palisade.dev/withdraw']);
  }
  await palisade.apply(light, 'scan-only', {});
  await palisade.ready(light, 'scan-only');
  await until(
    'its finalizer is gone',
    async () => (await palisade.policy(light, 'scan-only')).metadata.finalizers === undefined,
  );
});

test('invariant 1: a deletion that would leave objects behind is refused with the reason', async () => {
  await palisade.apply(orphaned, 'rights', viewerForEve);
  await palisade.ready(orphaned, 'rights');
  const options = { namespace: orphaned, propagationPolicy: 'Orphan' as const };
  const refusal = await palisade.admin.delete(CONTAINER_SECURITY_POLICY, 'rights', options).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(refusal, ApiError);
  assert.match(
    (refusal as ApiError).message,
    `propagationPolicy Orphan would leave NetworkPolicies and RoleBindings of ContainerSecurityPolicy ${orphaned}/rights in force without an owner: delete it with propagationPolicy Background (kubectl delete --cascade=background)`,
  );
  const { group, version, plural } = CONTAINER_SECURITY_POLICY;
  const old = { group, version, plural, namespace: orphaned, name: 'rights', orphanDependents: true };
  const kubeConfig = loadKubeConfig(palisade.kubeconfig);
  const deprecated = await kubeConfig
    .makeApiClient(CustomObjectsApi)
    .deleteNamespacedCustomObject(old)
    .then(
      () => undefined,
      (error: Error) => error,
    );
  const all = { group, version, plural, namespace: orphaned, propagationPolicy: 'Orphan' };
  const collection = await kubeConfig
    .makeApiClient(CustomObjectsApi)
    .deleteCollectionNamespacedCustomObject(all)
    .then(
      () => undefined,
      (error: Error) => error,
    );
  await kubeConfig.close();
  for (const { message } of [deprecated, collection].map((error) => error ?? new Error('not refused')))
    assert.match(message, `of ContainerSecurityPolicy ${orphaned}/rights in force without an owner`);
});

for (const finalizer of ['orphan', 'foregroundDeletion']) {
  test(`invariant 1: finalizer ${finalizer} of a policy leaves nothing in force when it is deleted`, async () => {
    await palisade.apply(orphaned, 'rights', viewerForEve);
    await palisade.ready(orphaned, 'rights');
    const add = [{ op: 'add', path: '/metadata/finalizers/-', value: finalizer }];
    await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'rights', add, { namespace: orphaned, type: 'json' });
    await palisade.deletePolicy(orphaned, 'rights');
    await gone(orphaned, 'rights', COLLECTED_MS);
    assert.equal(await palisade.names(KINDS.RoleBinding, orphaned), []);
  });
}

test('invariant 1: objects that were left without an owner are withdrawn, and those of others stay', async () => {
  await palisade.apply(orphaned, 'rights', { suspend: true });
  const { metadata } = await palisade.policy(orphaned, 'rights');
  const labels = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'gone' };
  const body = binding('left', { labels });
  await palisade.admin.create(KINDS.RoleBinding, body, { namespace: orphaned, fieldManager: 'kubectl-create' });
  for (const [name, policy] of [
    ['orphan', 'gone'],
    ['no-name', 'No_Name'],
    ['nameless', ''],
  ] as const) {
    const left = binding(name, { labels: { ...labels, 'security.palisade.dev/policy': policy } });
    await palisade.admin.create(KINDS.RoleBinding, left, { namespace: orphaned, fieldManager: 'palisade-access' });
  }
  const mine = binding('mine', { labels: { ...labels, 'security.palisade.dev/policy': metadata.name } });
  await palisade.admin.create(KINDS.RoleBinding, mine, { namespace: orphaned, fieldManager: 'palisade-access' });
  await until('it is gone', async () => {
    const names = await palisade.names(KINDS.RoleBinding, orphaned);
    return JSON.stringify(names) === JSON.stringify(['left', 'mine']);
  });
});

for (const [what, version, policy] of [
  ['a version that is not served', 'v9', 'nobody'],
  ['the name of a policy that exists, and the UID of none', 'v9', 'someone'],
  // The garbage collector asks for none of these, and keeps the object (1.36.3).
  ['a name with a slash', 'v1alpha1', 'no/body'],
  ['a name with a percent sign', 'v1alpha1', 'no%62ody'],
  ['a name that is a path', 'v1alpha1', '..'],
] as const) {
  test(`a binding whose controller has ${what} is deleted`, async () => {
    await palisade.apply(nobodys, 'someone', { suspend: true });
    const owner = {
      apiVersion: `security.palisade.dev/${version}`,
      kind: 'ContainerSecurityPolicy',
      name: policy,
      uid: randomUUID(),
      controller: true,
    };
    const body = binding('outlives', { ownerReferences: [owner] });
    await palisade.admin.create(KINDS.RoleBinding, body, { namespace: nobodys });
    await until('it is gone', async () => (await palisade.names(KINDS.RoleBinding, nobodys)).length === 0);
  });
}

test('invariant 8: the finalizer of another client stays', async () => {
  await palisade.apply(light, 'shared', { network: { isolate: ['Ingress'] } });
  await palisade.ready(light, 'shared');
  const add = [{ op: 'add', path: '/metadata/finalizers/-', value: 'example.com/mine' }];
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'shared', add, { namespace: light, type: 'json' });
  await palisade.deletePolicy(light, 'shared');
  const held = await until('our finalizer is gone', async () => {
    const policy = await palisade.policy(light, 'shared');
    return policy.metadata.finalizers?.includes('security.palisade.dev/withdraw') ? undefined : policy;
  });
  assert.equal(held.metadata.finalizers, ['example.com/mine']);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, light), [], 'withdrawn, and not recreated');
  await palisade.admin.patch(
    CONTAINER_SECURITY_POLICY,
    'shared',
    { metadata: { finalizers: null } },
    { namespace: light, type: 'merge' },
  );
  await gone(light, 'shared');
});

test('invariant 8: a deleted namespace does not hang', async () => {
  await palisade.apply(going, 'web', overlapping);
  await palisade.ready(going, 'web');
  await palisade.admin.delete(KINDS.Namespace, going);
  await until(
    `namespace ${going} is gone`,
    async () => (await palisade.admin.get(KINDS.Namespace, going).catch(() => undefined)) === undefined,
    60_000,
  );
});

test.run();
