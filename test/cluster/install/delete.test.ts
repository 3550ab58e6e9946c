// suite: faults
// timeout: 600s
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATOR_ACCOUNT } from '../../../hack/install.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { deleteFolder, remaining } from '../../harness/kustomize.ts';
import type { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { access, everything, GONE_MS, installedWith, uninstalls, untilNothingIsLeft } from './installed.ts';

// A separate cluster: other tests need the objects that this one deletes.
const controlPlane = await privateControlPlane();
const { kubeconfig } = controlPlane;
test.after(() => controlPlane.stop());

const CRD = 'CustomResourceDefinition containersecuritypolicies.security.palisade.dev';

const isInForce = async (palisade: Palisade, ns: string): Promise<boolean> =>
  (await palisade.names(KINDS.NetworkPolicy, ns)).length === 1 &&
  (await palisade.podSecurityLabels(ns)).enforce === 'baseline';

const untilNamespaceIsGone = async ({ admin }: Palisade, ns: string): Promise<void> => {
  await admin.delete(KINDS.Namespace, ns);
  const isGone = async () => (await admin.get(KINDS.Namespace, ns).catch(() => undefined)) === undefined;
  await until(`namespace ${ns} is gone`, isGone, GONE_MS);
};

const orders = [
  ['config/crd', 'config/manager', 'config/rbac', 'config/admission'],
  ['config/manager', 'config/rbac', 'config/admission', 'config/crd'],
  ['config/admission', 'config/rbac', 'config/crd', 'config/manager'],
  ['config/default'],
];
for (const order of orders) {
  test(`kubectl delete -k of ${order.join(', ')} before uninstall: only the CRD waits, and uninstall releases it`, async () => {
    const { palisade, ns } = await installedWith(kubeconfig, everything);
    for (const folder of order) await deleteFolder(palisade, folder);
    const left = async () => (await remaining(palisade, 'config/default')).join();
    await until('only the CRD is left', async () => (await left()) === CRD, GONE_MS);
    assert.ok(await isInForce(palisade, ns), 'isolation stays in force without an operator');
    const { status } = await palisade.admin.get<KubeObject & { status: { phase: string } }>(KINDS.Namespace, ns);
    assert.is(status.phase, 'Active');

    assert.is(await uninstalls(kubeconfig), 0);
    await untilNothingIsLeft(palisade, ns);
    await untilNamespaceIsGone(palisade, ns);
    await palisade.close();
  });
}

test('after kubectl delete -k, and a finalizer removed by hand, uninstall finds the rest: no right stays', async () => {
  const { palisade, ns } = await installedWith(kubeconfig, { access });
  await deleteFolder(palisade, 'config/default');
  const left = async () => (await remaining(palisade, 'config/default')).join();
  await until('only the CRD is left', async () => (await left()) === CRD, GONE_MS);
  const options = { namespace: ns, type: 'merge' } as const;
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'web', { metadata: { finalizers: null } }, options);
  await until('all is gone', async () => (await left()) === '', GONE_MS);
  assert.is(await uninstalls(kubeconfig), 0);
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
  await palisade.close();
});

test("the operator's namespace never waits for policies of other namespaces", async () => {
  const { palisade, ns } = await installedWith(kubeconfig, everything);
  await untilNamespaceIsGone(palisade, OPERATOR_ACCOUNT.namespace);
  assert.ok(await isInForce(palisade, ns));
  assert.is(await uninstalls(kubeconfig), 0);
  await deleteFolder(palisade, 'config/default');
  await untilNothingIsLeft(palisade, ns);
  await palisade.close();
});

test.run();
