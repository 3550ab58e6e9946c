// timeout: 600s
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATOR_ACCOUNT } from '../../../hack/install.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { uninstall } from '../../../src/operator/uninstall.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { applyFolder, deleteFolder, remaining } from '../../harness/kustomize.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { sized } from '../faults/size.ts';

// Its own: other tests need what this one deletes.
const controlPlane = await privateControlPlane();
const { kubeconfig } = controlPlane;
test.after(() => controlPlane.stop());

const GONE_MS = 180_000;
const CRD = 'CustomResourceDefinition containersecuritypolicies.security.palisade.dev';

const access = { bindings: [{ profile: 'viewer' as const, subjects: [{ kind: 'Group' as const, name: 'readers' }] }] };
const everything: PolicySpec = {
  network: { isolate: ['Ingress'] },
  podSecurity: { level: 'baseline' },
  access,
  scan: {},
};

/** Palisade as it is installed, with a policy in force, and nobody that runs the operator any more. */
const installedWith = async (spec: PolicySpec): Promise<{ palisade: Palisade; ns: string }> => {
  const palisade = await Palisade.open(kubeconfig);
  await applyFolder(palisade, 'config/default');
  const ns = await palisade.namespace('team');
  const operator = await palisade.operator(ns);
  await palisade.apply(ns, 'web', spec);
  await palisade.ready(ns, 'web');
  await operator.stop();
  return { palisade, ns };
};

const isInForce = async (palisade: Palisade, ns: string): Promise<boolean> =>
  (await palisade.names(KINDS.NetworkPolicy, ns)).length === 1 &&
  (await palisade.podSecurityLabels(ns)).enforce === 'baseline';

const untilNothingIsLeft = async (palisade: Palisade, ns: string): Promise<void> => {
  await until(
    'what was installed is gone',
    async () => (await remaining(palisade, 'config/default')).length === 0,
    GONE_MS,
  );
  for (const kind of ['NetworkPolicy', 'Role', 'RoleBinding'] as const) {
    assert.equal(await palisade.names(KINDS[kind], ns), []);
  }
  assert.equal(await palisade.podSecurityLabels(ns), {});
};

const untilNamespaceIsGone = async ({ admin }: Palisade, ns: string): Promise<void> => {
  await admin.delete(KINDS.Namespace, ns);
  const isGone = async () => (await admin.get(KINDS.Namespace, ns).catch(() => undefined)) === undefined;
  await until(`namespace ${ns} is gone`, isGone, GONE_MS);
};

const uninstalls = async (): Promise<number> => await uninstall({ kubeconfig, namespaces: [], yes: true }, () => {});

test('uninstall, then kubectl delete -k: nothing is left', async () => {
  const { palisade, ns } = await installedWith(everything);
  assert.is(await uninstalls(), 0);
  await deleteFolder(palisade, 'config/default');
  await untilNothingIsLeft(palisade, ns);
  await palisade.close();
});

const orders = [
  ['config/crd', 'config/manager', 'config/rbac', 'config/admission'],
  ['config/manager', 'config/rbac', 'config/admission', 'config/crd'],
  ['config/admission', 'config/rbac', 'config/crd', 'config/manager'],
  ['config/default'],
];
// The others take a minute more: in `npm run test:faults`.
for (const order of orders.slice(-sized(1, orders.length))) {
  test(`kubectl delete -k of ${order.join(', ')} before uninstall: only the CRD waits, and uninstall frees it`, async () => {
    const { palisade, ns } = await installedWith(everything);
    for (const folder of order) await deleteFolder(palisade, folder);
    const left = async () => (await remaining(palisade, 'config/default')).join();
    await until('only the CRD is left', async () => (await left()) === CRD, GONE_MS);
    assert.ok(await isInForce(palisade, ns), 'nobody is let in while nobody looks');
    const { status } = await palisade.admin.get<KubeObject & { status: { phase: string } }>(KINDS.Namespace, ns);
    assert.is(status.phase, 'Active');

    assert.is(await uninstalls(), 0);
    await untilNothingIsLeft(palisade, ns);
    await untilNamespaceIsGone(palisade, ns);
    await palisade.close();
  });
}

test('uninstall after kubectl delete -k: what policies gave goes, though neither they nor their kind exist any more', async () => {
  const { palisade, ns } = await installedWith({ access });
  await deleteFolder(palisade, 'config/default');
  await until('all is gone', async () => (await remaining(palisade, 'config/default')).length === 0, GONE_MS);
  assert.is(await uninstalls(), 0);
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
  await palisade.close();
});

test('the namespace of the operator never waits for policies of others', async () => {
  const { palisade, ns } = await installedWith(everything);
  await untilNamespaceIsGone(palisade, OPERATOR_ACCOUNT.namespace);
  assert.ok(await isInForce(palisade, ns));
  assert.is(await uninstalls(), 0);
  await deleteFolder(palisade, 'config/default');
  await untilNothingIsLeft(palisade, ns);
  await palisade.close();
});

test.run();
