import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

// What an API server with other admission plugins than usual does.
const EXEMPTED = 'exempted';
const directory = await mkdtemp(join(tmpdir(), 'palisade-admission-'));
const configuration = join(directory, 'admission.yaml');
await writeFile(
  configuration,
  stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'PodSecurity',
        configuration: {
          apiVersion: 'pod-security.admission.config.k8s.io/v1',
          kind: 'PodSecurityConfiguration',
          exemptions: { namespaces: [EXEMPTED] },
        },
      },
    ],
  }),
);
// Rights that no request of the operator shows: the API server checks them during other requests. The plugin is on in
// OpenShift, and off by default elsewhere.
const controlPlane = await privateControlPlane({
  apiServerFlags: [
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    `--admission-control-config-file=${configuration}`,
  ],
});
const palisade = await Palisade.open(controlPlane.kubeconfig);
const ns = await palisade.namespaces(['all', 'unbound', 'unowned']);
await palisade.admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: EXEMPTED } });
await palisade.operator(...Object.values(ns), EXEMPTED);
test.after(async () => {
  await rm(directory, { recursive: true });
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

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const privileged = async (namespace: string): Promise<string> => {
  await until('pods can be created', () =>
    palisade.admin.get(KINDS.ServiceAccount, 'default', namespace).catch(() => undefined),
  );
  return await palisade.pod(namespace, 'root', { privileged: true }).then(
    () => 'created',
    (error: Error) => error.message,
  );
};

for (const [what, labels] of [
  ['without a label', {}],
  ['that another client labeled', RESTRICTED],
] as const) {
  for (const onViolation of ['Wait', 'Enforce'] as const) {
    test(`a level is not in force in an exempt namespace ${what}, with onViolation: ${onViolation}`, async () => {
      const change = { metadata: { labels } };
      await palisade.admin.patch(KINDS.Namespace, EXEMPTED, change, { type: 'merge', fieldManager: 'platform' });
      const name = `${onViolation.toLowerCase()}-${Object.keys(labels).length}`;
      await palisade.apply(EXEMPTED, name, { podSecurity: { level: 'restricted', onViolation } });
      const { status } = await palisade.condition(EXEMPTED, name, 'PodSecurityReady', 'False', 'Exempt');
      assert.is(status?.podSecurity?.enforced, undefined);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      assert.is(ready?.status, 'False');
      assert.match(ready?.message ?? '', 'for namespace exempted, because it exempts the namespace from Pod Security');
      assert.is(status?.podSecurity?.decidedBy, undefined);
      assert.match(ready?.message ?? '', 'Remove the namespace from exemptions.namespaces');
      await palisade.deletePolicy(EXEMPTED, name);
      await until('it is gone', async () => (await palisade.names(CONTAINER_SECURITY_POLICY, EXEMPTED)).length === 0);
    });
  }
}

test('the preview of an exempt namespace shows the warning', async () => {
  const cleared = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } };
  await palisade.admin.patch(KINDS.Namespace, EXEMPTED, cleared, { type: 'merge', fieldManager: 'platform' });
  await palisade.apply(EXEMPTED, 'try', { mode: 'Audit', podSecurity: { level: 'restricted' } });
  const { status } = await palisade.condition(EXEMPTED, 'try', 'Ready', 'True', 'Audit');
  assert.match(status?.preview?.violations?.[0] ?? '', 'is exempt from Pod Security');
  assert.is(await privileged(EXEMPTED), 'created');
});

test('the same level is in force in a namespace that is not exempt', async () => {
  await palisade.apply(ns.unowned, 'level', { podSecurity: { level: 'restricted' } });
  await palisade.condition(ns.unowned, 'level', 'PodSecurityReady', 'True', 'Enforced');
  assert.match(await privileged(ns.unowned), 'violates PodSecurity "restricted:latest"');
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
