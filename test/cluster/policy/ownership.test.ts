import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { type NetworkPolicy, Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('own');
const other = await palisade.namespace('own');
await palisade.operator(ns, other);
test.after(() => palisade.close());

/** The name that a policy `web` gives its NetworkPolicy: the same in every namespace. */
const baseName = async (): Promise<string> => {
  await palisade.apply(other, 'web', { network: { isolate: ['Ingress'] } });
  await palisade.ready(other, 'web');
  const [name = ''] = await palisade.names(KINDS.NetworkPolicy, other);
  return name;
};
const name = await baseName();

const foreign = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: ns },
  spec,
});

const mine = { podSelector: { matchLabels: { mine: 'yes' } }, policyTypes: ['Ingress'] };
const identical = { podSelector: {}, policyTypes: ['Ingress'] };

test('invariant 4: children live in the namespace of the policy, under its UID, with our labels only', async () => {
  const { metadata } = await palisade.policy(other, 'web');
  const patch = {
    metadata: { labels: { 'argocd.argoproj.io/instance': 'app', 'kustomize.toolkit.fluxcd.io/name': 'app' } },
  };
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'web', patch, { namespace: other, type: 'merge' });
  await palisade.apply(other, 'web', { network: { isolate: ['Ingress', 'Egress'] } });
  await palisade.ready(other, 'web');
  const [child] = await palisade.list(KINDS.NetworkPolicy, other);
  assert.equal(child?.metadata.labels, {
    'app.kubernetes.io/managed-by': 'palisade',
    'security.palisade.dev/policy': 'web',
  });
  assert.equal(child?.metadata.ownerReferences, [
    {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ContainerSecurityPolicy',
      name: 'web',
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
});

for (const [what, spec] of [
  ['of the same name', mine],
  ['of the same name and content', identical],
] as const) {
  test(`invariant 4: another client's NetworkPolicy ${what} is never taken over`, async () => {
    const before = await palisade.admin.create<KubeObject & { spec: object }>(KINDS.NetworkPolicy, foreign(spec), {
      namespace: ns,
      fieldManager: 'kubectl-create',
    });
    await palisade.apply(ns, 'web', { network: { isolate: ['Ingress'] } });
    const { status } = await palisade.condition(ns, 'web', 'NetworkReady', 'False', 'NameConflict');
    assert.is(
      status?.conditions?.find((c) => c.type === 'Stalled')?.message,
      `Network: NetworkPolicy ${ns}/${name} exists and was not created by this policy: delete or rename it; Palisade does not take it over`,
    );
    const after = await palisade.admin.get<NetworkPolicy>(KINDS.NetworkPolicy, name, ns);
    assert.equal(after.spec, spec);
    assert.is(after.metadata.uid, before.metadata.uid);
    assert.is(after.metadata.labels, undefined);
    assert.is(after.metadata.ownerReferences, undefined);
    await palisade.deletePolicy(ns, 'web');
    await until(
      'the policy is gone',
      async () => (await palisade.policy(ns, 'web').catch(() => undefined)) === undefined,
    );
    assert.is(
      (await palisade.admin.get(KINDS.NetworkPolicy, name, ns)).metadata.uid,
      before.metadata.uid,
      'and not deleted',
    );
    await palisade.admin.delete(KINDS.NetworkPolicy, name, { namespace: ns });
  });
}

test('invariant 4: an object relabelled to look like ours is neither changed nor deleted', async () => {
  await palisade.apply(ns, 'web', {});
  await palisade.ready(ns, 'web');
  const labels = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'web' };
  const body = { ...foreign(mine), metadata: { name: 'decoy', namespace: ns, labels } };
  const before = await palisade.admin.create(KINDS.NetworkPolicy, body, { namespace: ns });
  await palisade.apply(ns, 'web', { network: { isolate: ['Egress'] } });
  await palisade.ready(ns, 'web');
  await palisade.apply(ns, 'web', {});
  await palisade.condition(ns, 'web', 'Ready', 'True', 'Empty');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), ['decoy']);
  assert.is(
    (await palisade.admin.get(KINDS.NetworkPolicy, 'decoy', ns)).metadata.resourceVersion,
    before.metadata.resourceVersion,
  );
});

test('names of children differ when policies share a long prefix or differ only in dots', async () => {
  const long = 'p'.repeat(60);
  const policies = [`${long}-1`, `${long}-2`, 'a.b', 'a-b'];
  for (const policy of policies) {
    await palisade.apply(ns, policy, {
      network: { isolate: ['Ingress'] },
      access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }] },
    });
  }
  for (const policy of policies) await palisade.ready(ns, policy);
  const names = (await palisade.names(KINDS.NetworkPolicy, ns)).filter((n) => n !== 'decoy');
  assert.is(new Set(names).size, policies.length);
  assert.is((await palisade.names(KINDS.RoleBinding, ns)).length, policies.length);
  assert.ok(names.every((n) => n.length <= 63));
});

test('a policy that is deleted and recreated at once comes into force though its leftovers still exist', async () => {
  // Without a finalizer, the name is free at once.
  const spec = { scan: {} };
  await palisade.apply(other, 'again', spec);
  const first = await palisade.ready(other, 'again');
  await palisade.deletePolicy(other, 'again');
  await palisade.apply(other, 'again', spec);
  const second = await palisade.ready(other, 'again');
  assert.is.not(second.metadata.uid, first.metadata.uid);
  const [scan] = await palisade.list(IMAGE_SCAN, other);
  assert.is(scan?.metadata.ownerReferences?.[0]?.uid, second.metadata.uid);
});

test.run();
