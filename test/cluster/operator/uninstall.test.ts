import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { uninstall } from '../../../src/operator/uninstall.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('uninstall');
const stuck = await palisade.namespace('stuck');
const operator = await palisade.operator(ns, stuck);
test.after(() => palisade.close());

const spec = { network: { isolate: ['Ingress' as const] }, podSecurity: { level: 'baseline' as const } };
for (const namespace of [ns, stuck]) {
  await palisade.apply(namespace, 'web', spec);
  await palisade.ready(namespace, 'web');
}
await operator.stop();

const run = async (namespaces: string[], yes: boolean): Promise<{ status: number; lines: string[] }> => {
  const lines: string[] = [];
  const options = { kubeconfig: palisade.kubeconfig, namespaces, yes };
  const status = await uninstall(options, (line) => lines.push(line));
  return { status, lines };
};

test('uninstall without --yes only prints what it would do', async () => {
  assert.equal(await run([ns], false), {
    status: 0,
    lines: [`would withdraw and delete ContainerSecurityPolicy ${ns}/web`, 'nothing was deleted: add --yes to delete'],
  });
  assert.is((await palisade.names(KINDS.NetworkPolicy, ns)).length, 1);
});

test('invariant 8: after the operator was removed first, uninstall leaves nothing behind', async () => {
  assert.equal(await run([ns], true), {
    status: 0,
    lines: [
      `withdrawing and deleting ContainerSecurityPolicy ${ns}/web`,
      `the policies of ${ns} are gone; those of other namespaces still need the installation`,
    ],
  });
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), []);
  assert.equal(await palisade.podSecurityLabels(ns), {});
});

test('invariant 8: uninstall frees a namespace that hangs because the operator was deleted first', async () => {
  await palisade.admin.delete(KINDS.Namespace, stuck);
  await until(
    'the namespace waits for the finalizer',
    async () => {
      const { status } = await palisade.admin.get<KubeObject & { status: { conditions?: { message?: string }[] } }>(
        KINDS.Namespace,
        stuck,
      );
      return status.conditions?.some((c) => c.message?.includes('security.palisade.dev/withdraw'));
    },
    30_000,
  );
  assert.is((await run([stuck], true)).status, 0);
  const gone = async () => (await palisade.admin.get(KINDS.Namespace, stuck).catch(() => undefined)) === undefined;
  await until('the namespace is gone', gone, 60_000);
});

test('uninstall beside a running operator: neither recreates what the other deletes', async () => {
  const other = await palisade.operator(ns);
  for (let i = 0; i < 8; i++) await palisade.apply(ns, `web-${i}`, spec);
  for (let i = 0; i < 8; i++) await palisade.ready(ns, `web-${i}`);
  assert.is((await run([ns], true)).status, 0);
  await other.stop();
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), []);
  assert.equal(await palisade.podSecurityLabels(ns), {});
});

test('uninstall lists and deletes the objects of a policy that is gone', async () => {
  const { name } = (await palisade.apply(ns, 'short-lived', {})).metadata;
  const { uid } = (await palisade.policy(ns, name)).metadata;
  await palisade.deletePolicy(ns, name);
  // The finalizer keeps the object, as the garbage collector sometimes does when the kind is gone.
  const owner = { apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ContainerSecurityPolicy', name, uid };
  const metadata = {
    name: 'left-behind',
    namespace: ns,
    ownerReferences: [{ ...owner, controller: true }],
    finalizers: ['example.com/hold'],
  };
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [] };
  await palisade.admin.create(KINDS.Role, role, { namespace: ns });
  const what = `Role ${ns}/left-behind, whose ContainerSecurityPolicy short-lived is gone`;
  assert.equal((await run([ns], false)).lines, [`would delete ${what}`, 'nothing was deleted: add --yes to delete']);
  assert.is((await run([ns], true)).lines[0], `deleting ${what}`);
  const released = { metadata: { finalizers: null } };
  await palisade.admin.patch(KINDS.Role, 'left-behind', released, { namespace: ns, type: 'merge' });
  await until('it is gone', async () => (await palisade.names(KINDS.Role, ns)).length === 0);
});

const viewer = {
  access: { bindings: [{ profile: 'viewer' as const, subjects: [{ kind: 'User' as const, name: 'eve' }] }] },
};

test('uninstall withdraws a binding though somebody set finalizer orphan before the operator set its own', async () => {
  await palisade.apply(ns, 'rights', viewer);
  const add = { metadata: { finalizers: ['orphan'] } };
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'rights', add, { namespace: ns, type: 'merge' });
  const running = await palisade.operator(ns);
  await palisade.ready(ns, 'rights');
  await running.stop();
  assert.is((await palisade.names(KINDS.RoleBinding, ns)).length, 1);
  assert.is((await run([ns], true)).status, 0);
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), []);
});

test('uninstall finds a binding that an earlier release left without an owner, and names a restored one', async () => {
  const labels = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'rights' };
  for (const [name, fieldManager] of [
    ['left', 'palisade-access'],
    ['copied', 'kubectl-create'],
  ] as const) {
    const body = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'palisade-viewer' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }],
    };
    await palisade.admin.create(KINDS.RoleBinding, body, { namespace: ns, fieldManager });
  }
  const what = `RoleBinding ${ns}/left, whose ContainerSecurityPolicy rights is gone`;
  const copied =
    `RoleBinding ${ns}/copied has the labels of a generated object, but no field manager of Palisade, as after a restore: ` +
    `if it is not needed, run kubectl delete rolebinding -n ${ns} copied`;
  const plan = [`would delete ${what}`, copied, 'nothing was deleted: add --yes to delete'];
  assert.equal((await run([ns], false)).lines, plan);
  const { status, lines } = await run([ns], true);
  assert.equal([status, lines.slice(0, 2)], [1, [`deleting ${what}`, copied]]);
  assert.equal(await palisade.names(KINDS.RoleBinding, ns), ['copied']);
  await palisade.admin.delete(KINDS.RoleBinding, 'copied', { namespace: ns });
});

test('uninstall where nothing is installed reports that', async () => {
  assert.equal(await run([ns], true), {
    status: 0,
    lines: ['no ContainerSecurityPolicy exists: nothing to withdraw'],
  });
});

test.run();
