import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

// Rights that no request of the operator shows: the API server checks them during other requests. The plugin is on in
// OpenShift, and off by default elsewhere.
const controlPlane = await privateControlPlane({
  apiServerFlags: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
});
const palisade = await Palisade.open(controlPlane.kubeconfig);
const ns = await palisade.namespaces(['all', 'unbound', 'unowned']);
await palisade.operator(...Object.values(ns));
test.after(async () => {
  await palisade.close();
  await controlPlane.stop();
});

interface ClusterRole {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly { readonly resources: readonly string[] }[];
}

/** Removes the rule about a resource temporarily. */
const without = async (resource: string, work: () => Promise<void>): Promise<void> => {
  const role = await palisade.admin.get<ClusterRole>(KINDS.ClusterRole, 'palisade');
  const rules = role.rules.filter(({ resources }) => !resources.includes(resource));
  assert.is(rules.length, role.rules.length - 1);
  const set = (to: object) => palisade.admin.patch(KINDS.ClusterRole, 'palisade', { rules: to }, { type: 'merge' });
  await set(rules);
  try {
    await work();
  } finally {
    await set(role.rules);
  }
};

const bindings = (...profiles: ('viewer' | 'deployer' | 'admin')[]): PolicySpec => ({
  access: { bindings: profiles.map((profile) => ({ profile, subjects: [{ kind: 'Group', name: 'people' }] })) },
});

test('with its rights the operator binds all profiles, and owns its children', async () => {
  await palisade.apply(ns.all, 'all', {
    ...bindings('viewer', 'deployer', 'admin'),
    network: { isolate: ['Ingress'] },
    scan: {},
  });
  const { status } = await palisade.condition(ns.all, 'all', 'AccessReady', 'True');
  assert.is(status?.access?.bindings, 3);
  await palisade.condition(ns.all, 'all', 'NetworkReady', 'True');
});

for (const profile of ['viewer', 'deployer', 'admin'] as const) {
  test(`without bind on clusterroles it cannot bind profile ${profile}`, async () => {
    await without('clusterroles', async () => {
      await palisade.apply(ns.unbound, profile, bindings(profile));
      await palisade.condition(ns.unbound, profile, 'AccessReady', 'False', 'EscalationRefused');
    });
  });
}

test('without update on finalizers it can own no children', async () => {
  await without('containersecuritypolicies/finalizers', async () => {
    await palisade.apply(ns.unowned, 'web', { network: { isolate: ['Ingress'] } });
    const { status } = await palisade.condition(ns.unowned, 'web', 'NetworkReady', 'False');
    const message = status?.conditions?.find(({ type }) => type === 'NetworkReady')?.message;
    assert.match(String(message), 'cannot set blockOwnerDeletion');
  });
});

test.run();
