import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { type NetworkPolicy, Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('delete');
const going = await palisade.namespace('going');
const foreground = await palisade.namespace('foreground');
const light = await palisade.namespace('light');
await palisade.operator(ns, going, foreground, light);
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
const gone = (namespace: string, name: string, ms?: number) =>
  until(`${name} is gone`, async () => !(await palisade.policy(namespace, name).catch(() => undefined)), ms);

/** The garbage collector discovers new kinds only every 30 s. */
const COLLECTED_MS = 60_000;

/** Names of the NetworkPolicies in the order of their deletion, from now on. */
const recordDeletions = async (namespace: string): Promise<{ names: string[]; stop(): void }> => {
  const { metadata } = await palisade.admin.list(KINDS.NetworkPolicy, { namespace });
  const names: string[] = [];
  const stop = new AbortController();
  const options = {
    namespace,
    resourceVersion: metadata.resourceVersion,
    allowWatchBookmarks: false,
    timeoutSeconds: 60,
    signal: stop.signal,
  };
  const watch = async (): Promise<void> => {
    for await (const event of palisade.admin.watch(KINDS.NetworkPolicy, options)) {
      if (event.type === 'DELETED') names.push((event.object as KubeObject).metadata.name);
    }
  };
  watch().catch(() => {});
  return { names, stop: () => stop.abort() };
};

test('invariant 1: on deletion the isolation of all pods goes first, and the last NetworkPolicy allows its pods everything', async () => {
  await palisade.apply(ns, 'web', overlapping);
  await palisade.ready(ns, 'web');
  const width = (p: NetworkPolicy): number =>
    Object.keys((p.spec.podSelector as { matchLabels?: object }).matchLabels ?? {}).length;
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
  await palisade.apply(light, 'access-only', {
    access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }] },
  });
  const withAccess = await palisade.ready(light, 'access-only');
  assert.is(withAccess.metadata.finalizers, undefined);
  await palisade.apply(light, 'access-only', { network: { isolate: ['Ingress'] } });
  const withNetwork = await palisade.ready(light, 'access-only');
  assert.equal(withNetwork.metadata.finalizers, ['security.palisade.dev/withdraw']);
  await palisade.apply(light, 'access-only', {});
  await palisade.ready(light, 'access-only');
  await until(
    'its finalizer is gone',
    async () => (await palisade.policy(light, 'access-only')).metadata.finalizers === undefined,
  );
});

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
