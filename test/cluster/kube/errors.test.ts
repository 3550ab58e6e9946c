import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NAMESPACES, PODS, ROLE_BINDINGS, ROLES } from '../../../src/kube/kinds.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { classify, type ErrorClass } from '../../../src/kube/rest/errors.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { testCluster } from '../../harness/controlplane.ts';
import { until } from '../../harness/until.ts';
import { CONFIG_MAPS, configMap, freshNamespace } from './kinds.ts';

const path = await testCluster();
const config = loadKubeConfig(path);
const client = new KubeClient(config);
const { name: namespace, remove } = await freshNamespace(client);
const account = `system:serviceaccount:${namespace}:limited`;
const fieldManager = 'kube-test';

const limitedConfig = loadKubeConfig(path);
limitedConfig.users = limitedConfig.users.map((user) => ({ ...user, impersonateUser: account }));
const limited = new KubeClient(limitedConfig);

const admission: Omit<Resource, 'plural' | 'kind'> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  namespaced: false,
};
const POLICIES: Resource = { ...admission, plural: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy' };
const BINDINGS: Resource = {
  ...admission,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};

const meta = (name: string) => ({ name, namespace });
const role = (name: string, ...resources: string[]) => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: meta(name) },
  rules: [{ apiGroups: [''], resources, verbs: ['get'] }],
});
const binding = (name: string, roleName: string) => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: meta(name) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: roleName },
  subjects: [{ kind: 'ServiceAccount', name: 'limited', namespace }],
});

async function failureOf(work: Promise<unknown>): Promise<ErrorClass | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return classify(error);
  }
}

test.before(async () => {
  const verbs = ['get', 'create', 'patch'];
  const mayGrant = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs };
  const rules = [mayGrant, { apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  await client.create(ROLES, { ...role('limits'), rules }, { namespace });
  await client.create(ROLE_BINDINGS, binding('limits', 'limits'), { namespace });
});

test.after(async () => {
  await remove();
  for (const name of [`${namespace}-deny`, `${namespace}-broken`]) {
    await client.delete(BINDINGS, name);
    await client.delete(POLICIES, name);
  }
  await config.close();
  await limitedConfig.close();
});

test('an account may grant its own rights, and more is EscalationRefused', async () => {
  const grant = (name: string, what: string) => limited.apply(ROLES, role(name, what), { fieldManager });
  await until('RBAC knows the account', async () => (await failureOf(grant('pods', 'pods'))) === 'none');
  assert.is(await failureOf(grant('secrets', 'secrets')), 'EscalationRefused');
});

test('a binding to a missing role is RoleNotFound', async () => {
  assert.is(await failureOf(limited.apply(ROLE_BINDINGS, binding('b', 'nope'), { fieldManager })), 'RoleNotFound');
  assert.is(await failureOf(limited.create(ROLE_BINDINGS, binding('b', 'b'), { namespace })), 'RoleNotFound');
  assert.is(await failureOf(limited.get(ROLE_BINDINGS, 'b', namespace)), 'NotFound');
});

test('a missing right is Forbidden', async () => {
  assert.is(await failureOf(limited.list(PODS, { namespace })), 'Forbidden');
});

async function policy(name: string, expression: string, reason?: string): Promise<void> {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [rule] },
    matchConditions: [{ name: 'ours', expression: `object.metadata.name == '${name}'` }],
    validations: [{ expression, message: 'not trusted', ...(reason && { reason }) }],
  };
  await client.create(POLICIES, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: POLICIES.kind,
    metadata: { name },
    spec,
  });
  const bound = { policyName: name, validationActions: ['Deny'] };
  await client.create(BINDINGS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: BINDINGS.kind,
    metadata: { name },
    spec: bound,
  });
}

for (const [name, expression, reason, failure] of [
  ['deny', 'false', 'Forbidden', 'AdmissionRefused'],
  ['broken', "object.data.missing == ''", undefined, 'AdmissionFailed'],
] as const) {
  test(`an admission policy that says ${name} is ${failure}`, async () => {
    const full = `${namespace}-${name}`;
    await policy(full, expression, reason);
    const attempt = () =>
      failureOf(client.create(CONFIG_MAPS, configMap(namespace, full), { namespace, dryRun: true }));
    await until('the policy is in force', async () => (await attempt()) !== 'none');
    assert.is(await attempt(), failure);
  });
}

test('a terminating namespace is NamespaceTerminating', async () => {
  const other = await freshNamespace(client);
  const held = { ...configMap(other.name, 'held'), metadata: { name: 'held', finalizers: ['example.com/held'] } };
  await client.create(CONFIG_MAPS, held, { namespace: other.name });
  await other.remove();
  const attempt = client.apply(CONFIG_MAPS, configMap(other.name, 'late'), { fieldManager });
  assert.is(await failureOf(attempt), 'NamespaceTerminating');
  const release = { metadata: { finalizers: null } };
  await client.patch(CONFIG_MAPS, 'held', release, { namespace: other.name, type: 'merge' });
});

test('a version from the future is Unavailable for a list', async () => {
  const future = { resourceVersion: '999999999999', resourceVersionMatch: 'NotOlderThan' as const };
  assert.is(await failureOf(client.list(NAMESPACES, { ...future, limit: 1 })), 'Unavailable');
});

test('a wrong token is Unauthorized', async () => {
  const cluster = config.getCurrentCluster()!;
  const wrong = loadKubeConfig(path);
  wrong.loadFromClusterAndUser(cluster, { name: 'nobody', token: 'wrong' });
  assert.is(await failureOf(new KubeClient(wrong).list(PODS)), 'Unauthorized');
  await wrong.close();
});

test.run();
