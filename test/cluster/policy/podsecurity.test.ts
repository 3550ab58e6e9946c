import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ContainerSecurityPolicy, PodSecuritySection } from '../../../src/api/policy.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const names = [
  'plain',
  'wait',
  'now',
  'conflict',
  'overwrite',
  'stricter',
  'before',
  'two',
  'owt',
  'finished',
  'pinned',
  'warned',
] as const;
const namespaces = await palisade.namespaces(names);
await palisade.operator(...Object.values(namespaces));
test.after(() => palisade.close());

const RESTRICTED = {
  enforce: 'restricted',
  'enforce-version': 'latest',
  audit: 'restricted',
  'audit-version': 'latest',
  warn: 'restricted',
  'warn-version': 'latest',
};
const watching = ({ audit, warn, ...rest }: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries({ audit, warn, ...rest }).filter(([key]) => !key.startsWith('enforce'))) as Record<
    string,
    string
  >;

const apply = (ns: string, name: string, podSecurity: PodSecuritySection) => palisade.apply(ns, name, { podSecurity });
const message = (policy: ContainerSecurityPolicy, type = 'PodSecurityReady'): string =>
  findCondition(policy.status?.conditions, type)?.message ?? '';
const gone = (ns: string, name: string) =>
  until(`${name} is gone`, async () => (await palisade.policy(ns, name).catch(() => undefined)) === undefined);
const label = (ns: string, labels: Record<string, string | null>, fieldManager: string) =>
  palisade.admin.patch(KINDS.Namespace, ns, { metadata: { labels } }, { type: 'merge', fieldManager });

test('a level becomes labels, and the API server enforces it', async () => {
  const ns = namespaces.plain;
  await apply(ns, 'level', { level: 'restricted' });
  const { status } = await palisade.ready(ns, 'level');
  assert.equal(status?.podSecurity, {
    requested: 'restricted:latest',
    enforced: 'restricted',
    decidedBy: 'level',
  });
  assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED);
  const refused = await palisade.pod(ns, 'bad', { privileged: true }).then(
    () => 'accepted',
    (error: Error) => error.message,
  );
  assert.match(refused, 'violates PodSecurity "restricted:latest"');
  await palisade.pod(ns, 'good');
});

test('a changed level or version changes the labels', async () => {
  const ns = namespaces.plain;
  await apply(ns, 'level', { level: 'baseline', version: 'v1.30' });
  await palisade.ready(ns, 'level');
  const labels = await palisade.podSecurityLabels(ns);
  assert.equal(
    [labels.enforce, labels['enforce-version'], labels.warn, labels['audit-version']],
    ['baseline', 'v1.30', 'baseline', 'v1.30'],
  );
});

test("invariant 7: violating pods delay enforcement, with the API server's message, and it follows automatically", async () => {
  const ns = namespaces.wait;
  await palisade.pod(ns, 'root-1', { privileged: true });
  await palisade.pod(ns, 'root-2', { privileged: true });
  await palisade.pod(ns, 'fine');
  await apply(ns, 'level', { level: 'restricted' });
  const waiting = await palisade.condition(ns, 'level', 'PodSecurityReady', 'False', 'ViolatingPods');
  assert.equal(await palisade.podSecurityLabels(ns), watching(RESTRICTED), 'audit and warn at once, enforce held');
  assert.is(waiting.status?.podSecurity?.violatingPods, 2);
  assert.is(waiting.status?.podSecurity?.enforced, undefined);
  const [group = '', ...rest] = waiting.status?.podSecurity?.violations ?? [];
  assert.is(rest.length, 0);
  assert.match(
    group,
    /^root-1 \(and 1 other pod\): .*privileged.*allowPrivilegeEscalation != false.*runAsNonRoot != true/,
  );
  assert.match(message(waiting), group);
  assert.is(findCondition(waiting.status?.conditions, 'Reconciling')?.reason, 'ViolatingPods');
  assert.is(findCondition(waiting.status?.conditions, 'Stalled'), undefined);

  await palisade.admin.delete(KINDS.Pod, 'root-1', { namespace: ns });
  await until('one is left', async () => (await palisade.policy(ns, 'level')).status?.podSecurity?.violatingPods === 1);
  assert.is((await palisade.podSecurityLabels(ns)).enforce, undefined);
  await palisade.admin.delete(KINDS.Pod, 'root-2', { namespace: ns });
  await palisade.ready(ns, 'level');
  assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED);
});

test('invariant 7: an enforced level stays while a stricter one waits', async () => {
  const ns = namespaces.finished;
  await apply(ns, 'level', { level: 'baseline' });
  await palisade.ready(ns, 'level');
  const runsAsRoot = { containers: [{ name: 'main', image: 'registry.example.com/job:1' }], restartPolicy: 'Never' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'done', namespace: ns }, spec: runsAsRoot };
  await palisade.admin.create(KINDS.Pod, pod, { namespace: ns });
  await palisade.admin.patch(
    KINDS.Pod,
    'done',
    { status: { phase: 'Succeeded' } },
    { namespace: ns, type: 'merge', subresource: 'status' },
  );
  await apply(ns, 'level', { level: 'restricted' });
  const { status } = await palisade.condition(ns, 'level', 'PodSecurityReady', 'False', 'ViolatingPods');
  assert.is(status?.podSecurity?.enforced, 'baseline');
  assert.match(message(await palisade.policy(ns, 'level')), 'Delete finished pods, because they count');
  await palisade.admin.delete(KINDS.Pod, 'done', { namespace: ns });
  await palisade.ready(ns, 'level');
  assert.is((await palisade.podSecurityLabels(ns)).enforce, 'restricted');
});

test('onViolation: Enforce enforces at once', async () => {
  const ns = namespaces.now;
  await palisade.pod(ns, 'root', { privileged: true });
  await apply(ns, 'level', { level: 'baseline', onViolation: 'Enforce' });
  await palisade.ready(ns, 'level');
  assert.is((await palisade.podSecurityLabels(ns)).enforce, 'baseline');
});

test('invariant 5: a label that another manager holds is a LabelConflict that names both managers, and is not overwritten', async () => {
  const ns = namespaces.conflict;
  await label(ns, { 'pod-security.kubernetes.io/enforce': 'privileged' }, 'kustomize-controller');
  await apply(ns, 'level', { level: 'restricted' });
  const policy = await palisade.condition(ns, 'level', 'PodSecurityReady', 'False', 'LabelConflict');
  assert.match(
    message(policy),
    'field manager kustomize-controller holds label pod-security.kubernetes.io/enforce=privileged',
  );
  assert.match(message(policy), 'palisade-pod-security does not overwrite the label: have its owner set it to ');
  assert.match(message(policy), `kubectl label namespace ${ns} pod-security.kubernetes.io/enforce-`);
  assert.is(findCondition(policy.status?.conditions, 'Stalled')?.reason, 'LabelConflict');
  assert.equal(
    await palisade.podSecurityLabels(ns),
    { ...watching(RESTRICTED), enforce: 'privileged' },
    'the other labels are set',
  );

  await label(ns, { 'pod-security.kubernetes.io/enforce': null }, 'kustomize-controller');
  await palisade.ready(ns, 'level');
  assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED, 'released by its owner, the label is ours');
});

test('invariant 5: kubectl label --overwrite of our label is a LabelConflict, and is not repaired', async () => {
  const ns = namespaces.overwrite;
  await apply(ns, 'level', { level: 'restricted' });
  await palisade.ready(ns, 'level');
  await label(ns, { 'pod-security.kubernetes.io/enforce': 'baseline' }, 'kubectl-label');
  const policy = await palisade.condition(ns, 'level', 'PodSecurityReady', 'False', 'LabelConflict');
  assert.match(message(policy), 'field manager kubectl-label holds label pod-security.kubernetes.io/enforce=baseline');
  assert.is((await palisade.podSecurityLabels(ns)).enforce, 'baseline');
});

test('invariant 5: a stricter label of another manager satisfies the policy and stays', async () => {
  const ns = namespaces.stricter;
  await label(ns, { 'pod-security.kubernetes.io/enforce': 'restricted' }, 'platform');
  await apply(ns, 'level', { level: 'baseline' });
  const { status } = await palisade.ready(ns, 'level');
  assert.is(status?.podSecurity?.decidedBy, 'field manager platform');
  assert.is(status?.podSecurity?.enforced, 'restricted');
  assert.is((await palisade.podSecurityLabels(ns)).enforce, 'restricted');
});

test('invariant 5: the deletion of the policy restores the earlier labels', async () => {
  const ns = namespaces.before;
  const own = {
    'pod-security.kubernetes.io/warn': 'baseline',
    'pod-security.kubernetes.io/enforce': 'restricted',
    team: 'a',
  };
  await label(ns, own, 'platform');
  const before = (await palisade.admin.get(KINDS.Namespace, ns)).metadata.labels;
  await apply(ns, 'level', { level: 'restricted' });
  await palisade.condition(ns, 'level', 'PodSecurityReady', 'False', 'LabelConflict');
  assert.is((await palisade.podSecurityLabels(ns)).audit, 'restricted');
  await palisade.deletePolicy(ns, 'level');
  await gone(ns, 'level');
  assert.equal((await palisade.admin.get(KINDS.Namespace, ns)).metadata.labels, before);
});

const unconfined = { securityContext: { seccompProfile: { type: 'Unconfined' } } };
const podWith = (namespace: string, name: string, spec: object) =>
  palisade.admin.create(
    KINDS.Pod,
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/app:1' }], ...spec },
    },
    { namespace, dryRun: true },
  );
const refusal = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'accepted',
    (error: Error) => error.message,
  );

test('invariant 6: a higher level of an older version weakens nothing that another policy has in force', async () => {
  const ns = namespaces.pinned;
  await apply(ns, 'platform', { level: 'baseline' });
  await palisade.ready(ns, 'platform');
  await apply(ns, 'pinned', { level: 'restricted', version: 'v1.0', onViolation: 'Enforce' });
  const pinned = await palisade.condition(ns, 'pinned', 'PodSecurityReady', 'False', 'NotComparable');
  assert.match(message(pinned), 'keeps baseline:latest, because policy platform requests baseline:latest');
  const labels = await palisade.podSecurityLabels(ns);
  for (const mode of ['enforce', 'audit', 'warn'])
    assert.equal([labels[mode], labels[`${mode}-version`]], ['baseline', 'latest'], mode);
  assert.match(await refusal(podWith(ns, 'unconfined', unconfined)), 'violates PodSecurity "baseline:latest"');
  assert.is(findCondition((await palisade.ready(ns, 'platform')).status?.conditions, 'Ready')?.status, 'True');

  await apply(ns, 'pinned', { level: 'restricted', onViolation: 'Enforce' });
  await palisade.ready(ns, 'pinned');
  assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED, 'without version it is stricter');
});

test('warnings of an admission policy about every write of the namespace do not put the level in doubt', async () => {
  const ns = namespaces.warned;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = `warns-${ns}`;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['namespaces'] };
  await palisade.admin.create(KINDS.ValidatingAdmissionPolicy, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [{ ...rule, resourceNames: [ns] }] },
      validations: [{ expression: 'false', message: 'pod-security labels of this namespace are ours' }],
    },
  });
  await palisade.admin.create(KINDS.ValidatingAdmissionPolicyBinding, {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Warn'] },
  });
  try {
    await until('the admission policy warns', async () => {
      const patch = { metadata: { labels: { touched: 'yes' } } };
      const { warnings } = await palisade.admin.patch(KINDS.Namespace, ns, patch, { type: 'merge', dryRun: true });
      return warnings.length > 0;
    });
    await apply(ns, 'level', { level: 'restricted' });
    await palisade.ready(ns, 'level');
    assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED);
  } finally {
    await palisade.admin.delete(KINDS.ValidatingAdmissionPolicyBinding, name);
    await palisade.admin.delete(KINDS.ValidatingAdmissionPolicy, name);
  }
});

for (const [ns, order] of [
  [namespaces.two, ['strict', 'weak']],
  [namespaces.owt, ['weak', 'strict']],
] as const) {
  test(`invariant 6: of two policies the strictest decides, applied in the order ${order.join(', ')}`, async () => {
    const levels = { strict: 'restricted', weak: 'baseline' } as const;
    for (const name of order) {
      await palisade.apply(ns, name, {
        podSecurity: { level: levels[name] },
        network: { isolate: ['Ingress'], podSelector: { matchLabels: { of: name } } },
      });
    }
    const strict = await palisade.ready(ns, 'strict');
    const weak = await until('policy weak names the deciding policy', async () => {
      const policy = await palisade.ready(ns, 'weak');
      return policy.status?.podSecurity?.decidedBy === 'strict' ? policy : undefined;
    });
    assert.equal(strict.status?.podSecurity, {
      requested: 'restricted:latest',
      enforced: 'restricted',
      decidedBy: 'strict',
    });
    assert.equal(weak.status?.podSecurity, {
      requested: 'baseline:latest',
      enforced: 'restricted',
      decidedBy: 'strict',
    });
    assert.is(findCondition(weak.status?.conditions, 'PodSecurityReady')?.reason, 'StricterElsewhere');
    assert.equal(await palisade.podSecurityLabels(ns), RESTRICTED);
    assert.is((await palisade.names(KINDS.NetworkPolicy, ns)).length, 2, 'NetworkPolicies add up');

    await palisade.deletePolicy(ns, 'strict');
    await gone(ns, 'strict');
    await until(
      'the other one decides',
      async () => (await palisade.policy(ns, 'weak')).status?.podSecurity?.decidedBy === 'weak',
    );
    const labels = await palisade.podSecurityLabels(ns);
    assert.equal([labels.enforce, labels.audit, labels.warn], ['baseline', 'baseline', 'baseline']);
    await palisade.deletePolicy(ns, 'weak');
    await gone(ns, 'weak');
    assert.equal(await palisade.podSecurityLabels(ns), {});
  });
}

test.run();
