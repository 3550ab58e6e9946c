import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { countsOf } from '../../harness/network-counts.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const audit = await palisade.namespace('audit');
const withdrawn = await palisade.namespace('withdrawn');
const suspended = await palisade.namespace('suspended');
const proposal = await palisade.namespace('proposal');
const many = await palisade.namespace('many');
const counted = await palisade.namespace('counted');
await palisade.operator(audit, withdrawn, suspended, proposal, many, counted);
test.after(() => palisade.close());

const spec: PolicySpec = {
  network: { isolate: ['Ingress'], podSelector: { matchLabels: { app: 'web' } } },
  podSecurity: { level: 'restricted' },
  access: {
    bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }],
    roles: [
      {
        name: 'secrets',
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
        subjects: [{ kind: 'User', name: 'eve' }],
      },
    ],
  },
};
const { roles: _, ...allowedAccess } = spec.access ?? {};

test('mode Audit enforces nothing and reports what Enforce would create, change, break and be refused', async () => {
  await palisade.pod(audit, 'root', { privileged: true, labels: { app: 'web' } });
  await palisade.pod(audit, 'other');
  await palisade.apply(audit, 'try', { ...spec, mode: 'Audit' });
  const { status, metadata } = await palisade.condition(audit, 'try', 'Ready', 'True', 'Audit');
  const { create = [], change, refused = [], ...rest } = status?.preview ?? {};
  assert.equal(
    create.map((name) => name.replace(/-[0-9a-f]{8}$/, '')),
    ['NetworkPolicy/try-base', 'Role/try-secrets', 'RoleBinding/try-viewer', 'RoleBinding/try-secrets'],
  );
  assert.equal(change, [
    'pod-security.kubernetes.io/audit: (none) → restricted',
    'pod-security.kubernetes.io/audit-version: (none) → latest',
    'pod-security.kubernetes.io/warn: (none) → restricted',
    'pod-security.kubernetes.io/warn-version: (none) → latest',
  ]);
  assert.is(refused.length, 1);
  assert.match(refused[0] ?? '', /^Role\/try-secrets-.*not currently held/);
  assert.is(rest.isolatedPods, 1);
  assert.is(rest.violatingPods, 1);
  assert.match(rest.violations?.[0] ?? '', /^root: .*privileged/);
  assert.is(metadata.finalizers, undefined);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, audit), []);
  assert.equal(await palisade.names(KINDS.RoleBinding, audit), []);
  assert.equal(await palisade.podSecurityLabels(audit), {});
});

test('from Enforce to Audit everything is withdrawn, and back everything is enforced again', async () => {
  const enforce = { ...spec, access: allowedAccess };
  await palisade.apply(withdrawn, 'web', enforce);
  await palisade.ready(withdrawn, 'web');
  const made = await palisade.names(KINDS.NetworkPolicy, withdrawn);
  await palisade.apply(withdrawn, 'web', { ...enforce, mode: 'Audit' });
  const { status } = await palisade.condition(withdrawn, 'web', 'Ready', 'True', 'Audit');
  assert.is(status?.network, undefined);
  assert.is(findCondition(status?.conditions, 'NetworkReady'), undefined);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, withdrawn), []);
  assert.equal(await palisade.names(KINDS.RoleBinding, withdrawn), []);
  assert.equal(await palisade.podSecurityLabels(withdrawn), {});
  await until(
    'its finalizer is gone',
    async () => (await palisade.policy(withdrawn, 'web')).metadata.finalizers === undefined,
  );
  await palisade.apply(withdrawn, 'web', enforce);
  const again = await palisade.ready(withdrawn, 'web');
  assert.is(again.status?.preview, undefined);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, withdrawn), made);
});

test('a change from Enforce to Audit warns of what it withdraws; other changes do not', async () => {
  await palisade.apply(withdrawn, 'warned', { ...spec, access: allowedAccess, images: { requireDigest: true } });
  const warnings = async (change: object): Promise<string[]> => {
    const options = { namespace: withdrawn, type: 'merge', dryRun: true } as const;
    return (await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'warned', { spec: change }, options)).warnings;
  };
  const [warning = '', ...others] = await warnings({ mode: 'Audit' });
  assert.equal(others, []);
  assert.match(
    warning,
    `mode Audit withdraws what ContainerSecurityPolicy warned enforced in namespace ${withdrawn}: the NetworkPolicies of ` +
      'network, the Pod Security labels of podSecurity, the Roles and RoleBindings of access, the refusal of images ' +
      '(they only return warnings). To keep them, set mode: Enforce again',
  );
  const [later = ''] = await warnings({ mode: 'Audit', suspend: true });
  assert.match(
    later,
    '(they only return warnings) (the refusal of images at once, the rest when it is resumed). To keep',
  );
  const [resumed = ''] = await warnings({ mode: 'Audit', suspend: true, images: null });
  assert.match(resumed, '(the refusal of images at once, the rest when it is resumed)');
  for (const change of [{ suspend: true }, { network: {} }])
    assert.equal(await warnings(change), [], JSON.stringify(change));
  await palisade.deletePolicy(withdrawn, 'warned');
});

test('suspend leaves everything unchanged, repairs nothing, and is reported', async () => {
  await palisade.apply(suspended, 'web', { network: { isolate: ['Ingress'] }, podSecurity: { level: 'baseline' } });
  await palisade.ready(suspended, 'web');
  await palisade.apply(suspended, 'web', {
    suspend: true,
    network: { isolate: ['Egress'] },
    podSecurity: { level: 'restricted' },
  });
  const { status } = await palisade.condition(suspended, 'web', 'Ready', 'Unknown', 'Suspended');
  assert.equal(countsOf(status?.network), { policies: 1, ingressRules: 0, egressRules: 0 });
  assert.is(status?.podSecurity?.requested, 'baseline:latest');
  const [name = ''] = await palisade.names(KINDS.NetworkPolicy, suspended);
  await palisade.admin.delete(KINDS.NetworkPolicy, name, { namespace: suspended });

  // A second policy in the namespace goes through the same queue and reads the same labels.
  await palisade.apply(suspended, 'other', { podSecurity: { level: 'privileged' } });
  await palisade.ready(suspended, 'other');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, suspended), [], 'not repaired');
  assert.is((await palisade.podSecurityLabels(suspended)).enforce, 'baseline', 'its claim still counts');

  await palisade.apply(suspended, 'web', { network: { isolate: ['Egress'] }, podSecurity: { level: 'restricted' } });
  await palisade.ready(suspended, 'web');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, suspended), [name]);
  assert.is((await palisade.podSecurityLabels(suspended)).enforce, 'restricted');
});

test('a suspended policy that is deleted is withdrawn', async () => {
  await palisade.apply(suspended, 'web', { suspend: true });
  await palisade.condition(suspended, 'web', 'Ready', 'Unknown', 'Suspended');
  await palisade.deletePolicy(suspended, 'web');
  await until('it is gone', async () => (await palisade.policy(suspended, 'web').catch(() => undefined)) === undefined);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, suspended), []);
  assert.is((await palisade.podSecurityLabels(suspended)).enforce, 'privileged');
});

test('spec.proposed takes no effect; status.preview shows its difference from the objects in force', async () => {
  await palisade.pod(proposal, 'root', { privileged: true, labels: { app: 'web' } });
  await palisade.pod(proposal, 'other');
  const inForce: PolicySpec = {
    network: { isolate: ['Ingress'], podSelector: { matchLabels: { app: 'web' } } },
    access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }] },
    scan: {},
  };
  const proposed = {
    network: { isolate: ['Ingress', 'Egress'], podSelector: { matchLabels: { app: 'web' } } },
    podSecurity: { level: 'baseline' },
    access: { roles: spec.access?.roles ?? [] },
    images: { allowed: ['registry.example.com/other'] },
  } satisfies PolicySpec['proposed'];
  /** Everything that is in force. */
  const state = async () => {
    const kinds = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding, IMAGE_SCAN];
    const lists = await Promise.all(kinds.map((kind) => palisade.list(kind, proposal)));
    const { labels } = (await palisade.admin.get<KubeObject>(KINDS.Namespace, proposal)).metadata;
    return { labels, objects: lists.flat().map((o) => `${o.kind}/${o.metadata.name} ${o.metadata.generation ?? ''}`) };
  };
  await palisade.apply(proposal, 'web', inForce);
  assert.is((await palisade.ready(proposal, 'web')).status?.preview, undefined);
  const before = await state();

  await palisade.apply(proposal, 'web', { ...inForce, proposed });
  const { status } = await palisade.ready(proposal, 'web');
  const { sections, create = [], update = [], change, refused = [], ...rest } = status?.preview ?? {};
  const deleted = rest.delete ?? [];
  const plain = (names: readonly string[]) => names.map((name) => name.replace(/-[0-9a-f]{8}$/, ''));
  assert.equal(sections, [
    'network: changed',
    'podSecurity: added',
    'access: changed',
    'images: added',
    'scan: removed',
  ]);
  assert.equal(plain(create), ['Role/web-secrets', 'RoleBinding/web-secrets']);
  assert.equal(plain(update), ['NetworkPolicy/web-base']);
  assert.equal(plain(deleted), ['RoleBinding/web-viewer', 'ImageScan/web']);
  assert.equal(change, [
    'pod-security.kubernetes.io/audit: (none) → baseline',
    'pod-security.kubernetes.io/audit-version: (none) → latest',
    'pod-security.kubernetes.io/warn: (none) → baseline',
    'pod-security.kubernetes.io/warn-version: (none) → latest',
    'security.palisade.dev/trusted-images: (none) → true',
  ]);
  assert.is(refused.length, 1);
  assert.match(refused[0] ?? '', /^Role\/web-secrets-.*not currently held/);
  assert.equal([rest.isolatedPods, rest.violatingPods, rest.disallowedPods, rest.problem], [1, 1, 2, undefined]);
  assert.equal(await state(), before);
  await palisade.pod(proposal, 'later', { privileged: true });

  const { access: _, ...withoutAccess } = proposed;
  const promoted = { ...withoutAccess, images: { ...proposed.images, onViolation: 'Enforce' as const } };
  await palisade.apply(proposal, 'web', { ...promoted, podSecurity: { level: 'baseline', onViolation: 'Enforce' } });
  const after = await palisade.ready(proposal, 'web');
  assert.is(after.status?.preview, undefined);
  assert.equal(after.status?.network?.policies, 1);
  assert.equal(await palisade.names(KINDS.RoleBinding, proposal), []);
  assert.is((await palisade.podSecurityLabels(proposal)).enforce, 'baseline');

  // Removal is a change too: the labels would be released.
  await palisade.apply(proposal, 'web', { ...promoted, podSecurity: { level: 'baseline' }, proposed: {} });
  const removal = (await palisade.ready(proposal, 'web')).status?.preview;
  assert.equal(plain(removal?.delete ?? []), ['NetworkPolicy/web-base']);
  assert.ok(removal?.change?.includes('pod-security.kubernetes.io/enforce: baseline → (released)'));
  assert.ok(removal?.change?.includes('security.palisade.dev/trusted-images: true → (released)'));
  assert.is((await palisade.podSecurityLabels(proposal)).enforce, 'baseline');
});

test('previews count only pods that would be isolated: none that has finished, none on the host network', async () => {
  const labels = { app: 'web' };
  const create = (name: string, more: object = {}) =>
    palisade.admin.create(
      KINDS.Pod,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels },
        spec: { containers: [{ name: 'main', image: 'registry.example.com/app:1' }], ...more },
      },
      { namespace: counted },
    );
  for (const name of ['runs', 'ends']) await create(name);
  await create('host', { hostNetwork: true });
  const network: PolicySpec['network'] = { podSelector: { matchLabels: labels } };
  await palisade.apply(counted, 'audit', { mode: 'Audit', network });
  await palisade.apply(counted, 'proposes', { proposed: { network } });
  const isolated = async (name: string, requested: string, count: number) => {
    const annotations = { 'security.palisade.dev/reconcile-requested-at': requested };
    const options = { namespace: counted, type: 'merge' } as const;
    await until(`${name} would isolate ${count}`, async () => {
      await palisade.admin.patch(CONTAINER_SECURITY_POLICY, name, { metadata: { annotations } }, options);
      return (await palisade.policy(counted, name)).status?.preview?.isolatedPods === count;
    });
  };
  for (const name of ['audit', 'proposes']) await isolated(name, '1', 2);
  const done = { status: { phase: 'Succeeded' } };
  const options = { namespace: counted, type: 'merge', subresource: 'status' } as const;
  await palisade.admin.patch(KINDS.Pod, 'ends', done, options);
  await isolated('audit', '2', 1);
});

test('invariant 9: one bad policy never delays another', async () => {
  for (let i = 0; i < 12; i++) await palisade.apply(many, `bad-${i}`, { access: { roles: spec.access?.roles ?? [] } });
  await palisade.apply(many, 'good', { network: { isolate: ['Ingress'] } });
  await palisade.ready(many, 'good');
  for (let i = 0; i < 12; i++) await palisade.condition(many, `bad-${i}`, 'Stalled', 'True', 'EscalationRefused');
});

test.run();
