import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

type Any = KubeObject & Record<string, unknown>;

const palisade = await Palisade.open();
const names = [
  'leftover',
  'copied',
  'going',
  'terminating',
  'stripped',
  'roleref',
  'frozen',
  'fight',
  'namesake',
  'conflict',
  'user-owned',
  'mutated',
  'stamped',
  'taken',
] as const;
const namespaces = await palisade.namespaces(names);
await palisade.operator(...Object.values(namespaces));
test.after(() => palisade.close());

const gone = (ns: string, name: string) =>
  until(`${name} is gone`, async () => (await palisade.policy(ns, name).catch(() => undefined)) === undefined);
const only = async (resource: Resource, ns: string): Promise<Any> => {
  const [found, ...rest] = await palisade.list<Any>(resource, ns);
  assert.ok(found !== undefined && rest.length === 0, `one ${resource.kind}`);
  return found;
};
const merge = (resource: Resource, { metadata }: KubeObject, patch: object) =>
  palisade.admin.patch(resource, metadata.name, patch, {
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    type: 'merge',
    fieldManager: 'kubectl-edit',
  });
const withFinalizers = (finalizers: string[] | null) => ({ metadata: { finalizers } });
const bindingTo = (user: string): PolicySpec => ({
  access: { bindings: [{ profile: 'admin', subjects: [{ kind: 'User', name: user }] }] },
});

test('the operator waits without a loop for a leftover with a foreign finalizer, and other policies proceed', async () => {
  const ns = namespaces.leftover;
  await palisade.apply(ns, 'web', { network: {}, ...bindingTo('alice') });
  await palisade.ready(ns, 'web');
  const old = await only(KINDS.NetworkPolicy, ns);
  await merge(KINDS.NetworkPolicy, old, withFinalizers(['example.com/cni']));
  await palisade.deletePolicy(ns, 'web');
  await until('it is terminating', async () => (await only(KINDS.NetworkPolicy, ns)).metadata.deletionTimestamp);
  await palisade.apply(ns, 'other', { access: {} });
  await palisade.ready(ns, 'other');
  const { metadata } = await palisade.condition(ns, 'web', 'Ready', 'False', 'HeldByFinalizers');
  assert.ok(
    metadata.deletionTimestamp !== undefined,
    'the policy is held until its deletion order is complete, but its rights are gone',
  );
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
  await merge(KINDS.NetworkPolicy, old, withFinalizers(null));
  await gone(ns, 'web');
});

for (const [what, ns, remove] of [
  ['the policy', namespaces.copied, () => palisade.deletePolicy(namespaces.copied, 'web')],
  ['its namespace', namespaces.going, () => palisade.admin.delete(KINDS.Namespace, namespaces.going)],
] as const) {
  test(`invariant 8: a finalizer that was applied with the manifest does not hold ${what}`, async () => {
    await palisade.apply(ns, 'web', { network: {} });
    const { apiVersion, kind, metadata, spec } = await palisade.ready(ns, 'web');
    const { name, namespace, finalizers = [] } = metadata;
    assert.equal(finalizers, ['security.palisade.dev/withdraw']);
    const exported = { apiVersion, kind, metadata: { name, namespace, finalizers }, spec };
    await palisade.admin.apply(CONTAINER_SECURITY_POLICY, exported, { fieldManager: 'restore', force: true });
    await remove();
    await gone(ns, 'web');
  });
}

test('a terminating binding follows the spec while it is in effect, and the status names its finalizers', async () => {
  const ns = namespaces.terminating;
  await palisade.apply(ns, 'team', bindingTo('alice'));
  await palisade.ready(ns, 'team');
  const binding = await only(KINDS.RoleBinding, ns);
  await merge(KINDS.RoleBinding, binding, withFinalizers(['example.com/hold']));
  await palisade.admin.delete(KINDS.RoleBinding, binding.metadata.name, { namespace: ns });
  await palisade.apply(ns, 'team', bindingTo('bob'));
  const policy = await palisade.condition(ns, 'team', 'AccessReady', 'False', 'HeldByFinalizers');
  assert.match(
    findCondition(policy.status?.conditions, 'Ready')?.message ?? '',
    'its finalizers keep it: example.com/hold',
  );
  const users = ((await only(KINDS.RoleBinding, ns)).subjects as { name: string }[]).map((s) => s.name);
  assert.equal(users, ['bob']);

  await palisade.apply(ns, 'team', {});
  await palisade.condition(ns, 'team', 'Ready', 'False', 'HeldByFinalizers');
  await merge(KINDS.RoleBinding, binding, withFinalizers(null));
  await palisade.condition(ns, 'team', 'Ready', 'True', 'Empty');
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
});

test('invariant 4: generated objects are found and withdrawn though their labels and owners were changed meanwhile', async () => {
  const ns = namespaces.stripped;
  await palisade.apply(ns, 'web', { network: {}, ...bindingTo('alice') });
  await palisade.ready(ns, 'web');
  await palisade.apply(ns, 'web', { suspend: true, network: {}, ...bindingTo('alice') });
  await palisade.condition(ns, 'web', 'Ready', 'Unknown', 'Suspended');
  const relabelled = { metadata: { labels: { 'app.kubernetes.io/managed-by': 'me' } } };
  await merge(KINDS.NetworkPolicy, await only(KINDS.NetworkPolicy, ns), relabelled);
  await merge(KINDS.RoleBinding, await only(KINDS.RoleBinding, ns), { metadata: { ownerReferences: null } });
  await palisade.apply(ns, 'web', {});
  await palisade.condition(ns, 'web', 'Ready', 'True', 'Empty');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), []);
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
});

test('invariant 3: a RoleBinding that was recreated with another role is restored', async () => {
  const ns = namespaces.roleref;
  await palisade.apply(ns, 'team', bindingTo('alice'));
  await palisade.ready(ns, 'team');
  const { apiVersion, kind, metadata, subjects } = await only(KINDS.RoleBinding, ns);
  const { name, labels, ownerReferences } = metadata;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' };
  const forged = { apiVersion, kind, metadata: { name, labels, ownerReferences }, subjects, roleRef };
  const swap = async (): Promise<boolean> => {
    await palisade.admin.delete(KINDS.RoleBinding, name, { namespace: ns });
    return palisade.admin.create(KINDS.RoleBinding, forged, { namespace: ns }).then(
      () => true,
      () => false,
    );
  };
  await until('the forged object exists first', swap);
  await until('it is restored', async () => {
    const [live] = await palisade.list<Any>(KINDS.RoleBinding, ns);
    return (live?.roleRef as { name: string } | undefined)?.name === 'palisade-admin';
  });
  await palisade.ready(ns, 'team');
});

test('invariant 6: a suspended policy raises nothing, whatever another policy of the namespace does', async () => {
  const ns = namespaces.frozen;
  await palisade.pod(ns, 'root', { privileged: true });
  await palisade.apply(ns, 'waits', { podSecurity: { level: 'restricted' } });
  await palisade.condition(ns, 'waits', 'PodSecurityReady', 'False', 'ViolatingPods');
  await palisade.apply(ns, 'waits', { suspend: true, podSecurity: { level: 'restricted', onViolation: 'Enforce' } });
  await palisade.condition(ns, 'waits', 'Ready', 'Unknown', 'Suspended');
  await palisade.admin.delete(KINDS.Pod, 'root', { namespace: ns });
  await palisade.apply(ns, 'other', { access: {} });
  await palisade.ready(ns, 'other');
  const labels = await palisade.podSecurityLabels(ns);
  assert.equal([labels.enforce, labels.audit], [undefined, 'restricted']);
});

for (const [manager, ns, who] of [
  ['foe', namespaces.fight, 'foe'],
  ['palisade-network', namespaces.namesake, "another writer with Palisade's field manager"],
] as const) {
  test(`a competing writer, ${manager}, is corrected at a bounded rate, and the status names it`, async () => {
    await palisade.apply(ns, 'web', { network: { isolate: ['Ingress'] } });
    await palisade.ready(ns, 'web');
    const opened = async (): Promise<boolean> => {
      const { metadata, spec } = await only(KINDS.NetworkPolicy, ns);
      if ((spec as { ingress?: unknown }).ingress === undefined) {
        const options = { namespace: ns, type: 'merge', fieldManager: manager } as const;
        await palisade.admin.patch(KINDS.NetworkPolicy, metadata.name, { spec: { ingress: [{}] } }, options);
      }
      const { status } = await palisade.policy(ns, 'web');
      return findCondition(status?.conditions, 'NetworkReady')?.reason === 'DriftStorm';
    };
    await until('the status reports it', opened);
    const { status } = await palisade.policy(ns, 'web');
    assert.match(
      findCondition(status?.conditions, 'Ready')?.message ?? '',
      `was reverted 20 times and changed again by ${who}`,
    );
  });
}

test('a name that becomes free is used at once', async () => {
  const ns = namespaces.conflict;
  await palisade.apply(namespaces.fight, 'name', { network: { isolate: ['Egress'] } });
  await palisade.ready(namespaces.fight, 'name');
  const name =
    (await palisade.names(KINDS.NetworkPolicy, namespaces.fight)).find((n) => n.startsWith('name-base-')) ?? '';
  const foreign = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
  await palisade.admin.create(KINDS.NetworkPolicy, foreign, { namespace: ns });
  await palisade.apply(ns, 'name', { network: { isolate: ['Egress'] } });
  await palisade.condition(ns, 'name', 'NetworkReady', 'False', 'NameConflict');
  await palisade.admin.delete(KINDS.NetworkPolicy, name, { namespace: ns });
  await palisade.ready(ns, 'name');
});

test('an object that names the policy as owner but not as controller is left alone', async () => {
  const ns = namespaces['user-owned'];
  await palisade.apply(ns, 'web', { network: {} });
  const { metadata } = await palisade.ready(ns, 'web');
  const { apiVersion, kind } = await palisade.policy(ns, 'web');
  const mine = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'mine', ownerReferences: [{ apiVersion, kind, name: 'web', uid: metadata.uid }] },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
  await palisade.admin.create(KINDS.NetworkPolicy, mine, { namespace: ns });
  await palisade.apply(ns, 'web', { network: { isolate: ['Ingress'] } });
  await palisade.ready(ns, 'web');
  const live = await palisade.list<Any>(KINDS.NetworkPolicy, ns);
  const types = live.map((np) => [np.metadata.name === 'mine', ...(np.spec as { policyTypes: string[] }).policyTypes]);
  assert.equal(
    types.sort(),
    [
      [false, 'Ingress'],
      [true, 'Ingress'],
    ],
    'and isolate is narrowed by server-side apply',
  );
});

test('an object that has another controller now is not deleted, and the status reports that it stays', async () => {
  const ns = namespaces.taken;
  await palisade.apply(ns, 'team', bindingTo('alice'));
  await palisade.ready(ns, 'team');
  const binding = await only(KINDS.RoleBinding, ns);
  const account = await until('an account', () =>
    palisade.admin.get(KINDS.ServiceAccount, 'default', ns).catch(() => undefined),
  );
  await palisade.apply(ns, 'team', { ...bindingTo('alice'), suspend: true });
  await palisade.condition(ns, 'team', 'Ready', 'Unknown', 'Suspended');
  const owner = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    name: 'default',
    uid: account.metadata.uid,
    controller: true,
  };
  await merge(KINDS.RoleBinding, binding, { metadata: { ownerReferences: [owner] } });
  await palisade.apply(ns, 'team', {});
  await palisade.condition(ns, 'team', 'Ready', 'False', 'NameConflict');
});

/** Changes every NetworkPolicy of the namespace as it is written, until the returned function is called. */
const changingAdmission = async (ns: string, expression: string): Promise<() => Promise<void>> => {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: ns };
  const resourceRules = [
    { apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], operations: ['*'], resources: ['networkpolicies'] },
  ];
  const spec = {
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    matchConstraints: { resourceRules },
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
  };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': ns } };
  const { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } = KINDS;
  await palisade.admin.create(MutatingAdmissionPolicy, { apiVersion, kind: 'MutatingAdmissionPolicy', metadata, spec });
  await palisade.admin.create(MutatingAdmissionPolicyBinding, {
    ...{ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata },
    spec: { policyName: ns, matchResources: { namespaceSelector } },
  });
  const probe = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'probe' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
  await until('the API server changes what is created', async () => {
    const stored = await palisade.admin.create<Any>(KINDS.NetworkPolicy, probe, { namespace: ns, dryRun: true });
    return (stored.spec as { policyTypes: string[] }).policyTypes[0] === 'Egress';
  });
  return async () => {
    await palisade.admin.delete(MutatingAdmissionPolicyBinding, ns);
    await palisade.admin.delete(MutatingAdmissionPolicy, ns);
  };
};
const TURN = 'JSONPatch{op: "replace", path: "/spec/policyTypes/0", value: "Egress"}';
const COUNT =
  'JSONPatch{op: "add", path: "/metadata/annotations", value: {"writes": ' +
  'oldObject == null || !has(oldObject.metadata.annotations) ? "1" : string(int(oldObject.metadata.annotations["writes"]) + 1)}}';

test('an object that admission changes on each write is not reported as in force, and not rewritten in a loop', async () => {
  for (const [ns, expression] of [
    [namespaces.mutated, `[${TURN}]`],
    [namespaces.stamped, `[${TURN}, ${COUNT}]`],
  ] as const) {
    const end = await changingAdmission(ns, expression);
    try {
      await palisade.apply(ns, 'web', { network: { isolate: ['Ingress'] } });
      await palisade.condition(ns, 'web', 'NetworkReady', 'False', 'ChangedByAdmission');
    } finally {
      await end();
    }
  }
  const ns = namespaces.stamped;
  await palisade.apply(ns, 'later', { access: {} });
  await palisade.ready(ns, 'later');
  const { annotations } = (await only(KINDS.NetworkPolicy, ns)).metadata;
  assert.ok(Number(annotations?.writes) <= 2, `written ${annotations?.writes} times`);
});

test.run();
