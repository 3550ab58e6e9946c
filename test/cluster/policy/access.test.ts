import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { AccessSection } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('access');
const refused = await palisade.namespace('refused');
const { registry } = await palisade.operator(ns, refused);
test.after(() => palisade.close());

interface RoleBinding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects?: object[];
}

const subjects = [{ kind: 'ServiceAccount' as const, name: 'shipper' }];
const logs = { name: 'logs', rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }], subjects };
const secrets = {
  name: 'secrets',
  rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }],
  subjects,
};

const refusedEscalations = async (): Promise<number> =>
  (await registry.getSingleMetric('palisade_escalations_refused_total')?.get())?.values[0]?.value ?? 0;

/** Whether a subject may do something, according to the API server. */
const may = async (
  user: string,
  groups: string[],
  verb: string,
  resource: string,
  namespace: string,
): Promise<boolean> => {
  const [name, subresource] = resource.split('/');
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes: { verb, resource: name, subresource, namespace, group: '' } },
  };
  const reviews = {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
  };
  const { status } = await palisade.admin.create<{ status: { allowed: boolean } }>(reviews, body);
  return status.allowed;
};
/** The authorizer learns of a new binding through its own watch. */
const becomes = (allowed: boolean, ...question: Parameters<typeof may>) =>
  until(`${question.slice(0, 4)} ${allowed}`, async () => (await may(...question)) === allowed);

test('profiles and roles grant rights in the namespace, and only there', async () => {
  const access: AccessSection = {
    bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }],
    roles: [logs],
  };
  await palisade.apply(ns, 'team', { access });
  const { status } = await palisade.ready(ns, 'team');
  assert.equal(status?.access, { roles: 1, bindings: 2 });
  await becomes(true, 'eve', ['readers'], 'list', 'pods', ns);
  await becomes(true, `system:serviceaccount:${ns}:shipper`, [], 'get', 'pods/log', ns);
  assert.not(await may('eve', ['readers'], 'list', 'pods', 'default'));
  assert.not(await may('eve', ['readers'], 'delete', 'pods', ns));
  assert.not(await may(`system:serviceaccount:${ns}:shipper`, [], 'list', 'pods', ns));
});

test('a changed profile gets another binding, and the old one is deleted', async () => {
  const old = await palisade.names(KINDS.RoleBinding, ns);
  await palisade.apply(ns, 'team', {
    access: { bindings: [{ profile: 'deployer', subjects: [{ kind: 'Group', name: 'readers' }] }] },
  });
  await palisade.ready(ns, 'team');
  const [binding, ...rest] = await palisade.list<RoleBinding>(KINDS.RoleBinding, ns);
  assert.is(rest.length, 0);
  assert.equal(binding?.roleRef.name, 'palisade-deployer');
  assert.not(old.includes(binding?.metadata.name ?? ''));
  assert.equal(await palisade.names(KINDS.Role, ns), [], 'the obsolete role is gone');
});

test('a subject that is removed from the list loses its rights', async () => {
  await palisade.apply(ns, 'team', {
    access: { bindings: [{ profile: 'deployer', subjects: [{ kind: 'User', name: 'bob' }] }] },
  });
  await palisade.ready(ns, 'team');
  const [binding] = await palisade.list<RoleBinding>(KINDS.RoleBinding, ns);
  assert.equal(binding?.subjects, [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }]);
});

test("a right that the operator does not hold is EscalationRefused with the API server's message; the rest works", async () => {
  await palisade.apply(refused, 'team', {
    network: { isolate: ['Ingress'] },
    podSecurity: { level: 'baseline' },
    access: { roles: [secrets, logs] },
  });
  const policy = await palisade.condition(refused, 'team', 'AccessReady', 'False', 'EscalationRefused');
  assert.is(await refusedEscalations(), 1);
  const { conditions } = policy.status ?? {};
  const message = findCondition(conditions, 'AccessReady')?.message ?? '';
  assert.match(
    message,
    'attempting to grant RBAC permissions not currently held: {APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
  );
  assert.match(message, 'request fewer rights, or have a cluster administrator extend ClusterRole palisade-grantable');
  assert.is(findCondition(conditions, 'Stalled')?.reason, 'EscalationRefused');
  assert.is(findCondition(conditions, 'NetworkReady')?.status, 'True');
  assert.is(findCondition(conditions, 'PodSecurityReady')?.status, 'True');
  assert.equal(policy.status?.access, { roles: 1, bindings: 1 }, 'the other role is there');
  assert.not((await palisade.names(KINDS.Role, refused)).some((name) => name.includes('secrets')));
  assert.not((await palisade.names(KINDS.RoleBinding, refused)).some((name) => name.includes('secrets')));
});

test('a Role that must not change keeps its old rules, and its subjects still follow the spec', async () => {
  const tooMuch = {
    ...logs,
    rules: [...logs.rules, ...secrets.rules],
    subjects: [{ kind: 'User' as const, name: 'bob' }],
  };
  await palisade.apply(refused, 'team', { access: { roles: [tooMuch] } });
  await palisade.condition(refused, 'team', 'AccessReady', 'False', 'EscalationRefused');
  assert.is(await refusedEscalations(), 2, 'each spec counts once');
  const [role] = await palisade.list<KubeObject & { rules: object[] }>(KINDS.Role, refused);
  const [binding] = await palisade.list<RoleBinding>(KINDS.RoleBinding, refused);
  assert.equal(role?.rules, [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]);
  assert.equal(binding?.subjects, [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }]);
});

test('once the missing right is granted, a refused policy comes into force on a reconcile request', async () => {
  const name = `palisade-test-${refused}`;
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name, namespace: refused },
    rules: secrets.rules,
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace: refused },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: 'palisade', namespace: 'palisade-system' }],
  };
  await palisade.admin.create(KINDS.Role, role, { namespace: refused });
  await palisade.admin.create(KINDS.RoleBinding, binding, { namespace: refused });
  await becomes(true, 'system:serviceaccount:palisade-system:palisade', [], 'list', 'secrets', refused);
  const { spec } = await palisade.policy(refused, 'team');
  await palisade.apply(refused, 'team', spec, { 'security.palisade.dev/reconcile-requested-at': '1' });
  await palisade.ready(refused, 'team');
});

test.run();
