// needs: cluster
// An operator that serves several namespaces, and has no rights in one of them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accountConfig } from '../../../hack/install.ts';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { loadKubeConfig, PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
const { admin } = palisade;
const { may, 'may-not': mayNot } = await palisade.namespaces(['may', 'may-not']);
const account = { namespace: may, name: 'narrow' };
const NARROW = `narrow-${may}`;
const rbac = 'rbac.authorization.k8s.io';
const subjects = [{ kind: 'ServiceAccount', ...account }];
const roleRef = (name: string) => ({ apiGroup: rbac, kind: 'ClusterRole', name });

test.after(async () => {
  await admin.delete(KINDS.ClusterRoleBinding, NARROW);
  await admin.delete(KINDS.ClusterRole, NARROW);
  await palisade.close();
});

/** All that the operator may do in a namespace, or only part of it. */
const grantIn = async (namespace: string, role: string): Promise<void> => {
  const metadata = { name: `narrow-${role}`, namespace };
  const binding = { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, subjects, roleRef: roleRef(role) };
  await admin.create(KINDS.RoleBinding, binding, { namespace });
};

const grantInCluster = async (): Promise<void> => {
  const rules = [
    { apiGroups: [''], resources: ['namespaces'], resourceNames: [may, mayNot], verbs: ['list', 'watch', 'patch'] },
    { apiGroups: [''], resources: ['nodes', 'services'], verbs: ['list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    // For the second namespace, later: rights on policies alone do not show the generated objects.
    { apiGroups: ['security.palisade.dev'], resources: ['containersecuritypolicies'], verbs: ['list', 'watch'] },
  ];
  await admin.create(KINDS.ClusterRole, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: NARROW },
    rules,
  });
  const binding = { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: NARROW } };
  await admin.create(KINDS.ClusterRoleBinding, { ...binding, subjects, roleRef: roleRef(NARROW) });
};

test('the other namespaces are reconciled, and this one once its rights exist', async () => {
  await admin.create(
    KINDS.ServiceAccount,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    { namespace: may },
  );
  await grantInCluster();
  await grantIn(may, 'palisade');
  const config = await accountConfig(admin, loadKubeConfig(palisade.kubeconfig), account, new PooledKubeConfig());
  const spec = { network: {}, podSecurity: { level: 'baseline' }, scan: {} } as const;
  await palisade.apply(mayNot, 'shop', spec);
  await palisade.operatorAs(config, may, mayNot);

  await palisade.apply(may, 'shop', spec);
  await palisade.ready(may, 'shop');
  assert.equal((await palisade.policy(mayNot, 'shop')).status, undefined, 'objects there are unknown');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, mayNot), []);
  assert.equal(await palisade.podSecurityLabels(mayNot), {});

  await grantIn(mayNot, 'palisade');
  await palisade.ready(mayNot, 'shop');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, mayNot), await palisade.names(KINDS.NetworkPolicy, may));
  assert.equal(await palisade.names(IMAGE_SCAN, mayNot), ['shop']);
});

test.run();
