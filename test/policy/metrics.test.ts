import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Condition } from '../../src/api/conditions.ts';
import type { ContainerSecurityPolicy, PolicySpec } from '../../src/api/policy.ts';
import { PolicyMetrics } from '../../src/policy/metrics.ts';
import { NamespaceSeries } from '../../src/telemetry/namespace-series.ts';
import { sumsOnly } from '../telemetry/sums-only.ts';
import { policyOf } from './policy.ts';

const lines = async (registry: Registry, name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

/** Those of which there were any. */
const repairs = async (registry: Registry): Promise<string[]> =>
  (await lines(registry, 'palisade_drift_repaired_total')).filter((line) => !line.endsWith(' 0'));

const managers: [manager: string, label: string][] = [
  ['kubectl', 'kubectl'],
  ['kubectl-client-side-apply', 'kubectl'],
  ['kubectl-edit', 'kubectl'],
  ['argocd-controller', 'argocd'],
  ['argocd-application-controller', 'argocd'],
  ['kustomize-controller', 'kustomize-controller'],
  ['helm', 'helm'],
  ['helm-controller', 'helm'],
  ['flux', 'flux'],
  ['terraform-provider-kubernetes', 'terraform'],
  ['pulumi-kubernetes-1f2e3d', 'pulumi'],
  ['before-first-apply', 'before-first-apply'],
  ['unknown', 'unknown'],
  ['Mozilla', 'other'],
  ['my-kubectl', 'other'],
  ['', 'other'],
  ['a"b\nc', 'other'],
];

for (const [manager, label] of managers) {
  test(`field manager ${JSON.stringify(manager)} counts as ${label}`, async () => {
    const registry = new Registry();
    new PolicyMetrics(registry, () => [], sumsOnly(registry)).repaired('Role', [manager]);
    assert.equal(await repairs(registry), [`palisade_drift_repaired_total{kind="Role",manager="${label}"} 1`]);
  });
}

test('each kind and class of manager has a series before the first repair', async () => {
  const registry = new Registry();
  new PolicyMetrics(registry, () => [], sumsOnly(registry));
  const found = await lines(registry, 'palisade_drift_repaired_total');
  assert.is(found.length, 5 * 10);
  assert.ok(found.includes('palisade_drift_repaired_total{kind="Namespace",manager="unknown"} 0'));
});

test('any number of invented manager names gives one series', async () => {
  const registry = new Registry();
  const metrics = new PolicyMetrics(registry, () => [], sumsOnly(registry));
  for (let i = 0; i < 100; i++) metrics.repaired('NetworkPolicy', [`manager-${i}`]);
  assert.equal(await repairs(registry), ['palisade_drift_repaired_total{kind="NetworkPolicy",manager="other"} 100']);
});

test('a repair counts once for each class of manager', async () => {
  const registry = new Registry();
  const metrics = new PolicyMetrics(registry, () => [], sumsOnly(registry));
  metrics.repaired('RoleBinding', ['kubectl-edit', 'kubectl', 'me', 'you']);
  metrics.repaired('Role', ['kubectl']);
  assert.equal(await repairs(registry), [
    'palisade_drift_repaired_total{kind="Role",manager="kubectl"} 1',
    'palisade_drift_repaired_total{kind="RoleBinding",manager="kubectl"} 1',
    'palisade_drift_repaired_total{kind="RoleBinding",manager="other"} 1',
  ]);
});

test('refused escalations are counted from zero, so that the first one is an increase', async () => {
  const registry = new Registry();
  const metrics = new PolicyMetrics(registry, () => [], sumsOnly(registry));
  assert.equal(await lines(registry, 'palisade_escalations'), ['palisade_escalations_refused_total 0']);
  metrics.escalationRefused();
  assert.equal(await lines(registry, 'palisade_escalations'), ['palisade_escalations_refused_total 1']);
});

const condition = (type: string, status: Condition['status']): Condition => ({
  type,
  status,
  reason: 'R',
  message: 'm',
  lastTransitionTime: '2026-11-24T12:00:00Z',
});

const states: [what: string, spec: PolicySpec, conditions: Condition[] | undefined, state: string][] = [
  ['not reconciled yet', {}, undefined, 'Reconciling'],
  ['ready', {}, [condition('Ready', 'True')], 'Ready'],
  ['not ready', {}, [condition('Ready', 'False'), condition('Reconciling', 'True')], 'Reconciling'],
  ['stalled', {}, [condition('Ready', 'False'), condition('Stalled', 'True')], 'Stalled'],
  ['audited', { mode: 'Audit' }, [condition('Ready', 'True')], 'Audit'],
  ['audited and stalled', { mode: 'Audit' }, [condition('Stalled', 'True')], 'Stalled'],
  ['audited, not ready', { mode: 'Audit' }, [condition('Ready', 'False')], 'Reconciling'],
  ['suspended', { suspend: true }, [condition('Ready', 'Unknown')], 'Suspended'],
  ['suspended just now, while stalled', { suspend: true }, [condition('Stalled', 'True')], 'Suspended'],
];

for (const [what, spec, conditions, state] of states) {
  test(`a policy that is ${what} counts as ${state}`, async () => {
    const registry = new Registry();
    new PolicyMetrics(registry, () => [policyOf(spec, conditions && { status: { conditions } })], sumsOnly(registry));
    assert.equal(
      await lines(registry, 'palisade_policies{'),
      ['Ready', 'Audit', 'Reconciling', 'Stalled', 'Suspended'].map(
        (s) => `palisade_policies{state="${s}"} ${s === state ? 1 : 0}`,
      ),
    );
  });
}

test('policies are counted in each namespace', async () => {
  const registry = new Registry();
  const elsewhere = policyOf({});
  const policies = [policyOf({}), { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: 'elsewhere' } }];
  const log = { info: () => {}, warn: () => {} };
  new PolicyMetrics(registry, () => policies, new NamespaceSeries({ registry, most: 2, log }));
  const { namespace } = elsewhere.metadata;
  assert.equal(
    (await lines(registry, 'palisade_policies{')).filter((line) => line.includes('Reconciling')),
    [namespace, 'elsewhere'].map((one) => `palisade_policies{namespace="${one}",state="Reconciling"} 1`),
  );
});

test('policies are counted at each scrape', async () => {
  const registry = new Registry();
  const policies: ContainerSecurityPolicy[] = [];
  new PolicyMetrics(registry, () => policies, sumsOnly(registry));
  const reconciling = async () => (await lines(registry, 'palisade_policies{state="Reconciling"}'))[0];
  policies.push(policyOf({}), policyOf({}));
  assert.is(await reconciling(), 'palisade_policies{state="Reconciling"} 2');
  policies.pop();
  assert.is(await reconciling(), 'palisade_policies{state="Reconciling"} 1');
});

test('warnings are counted with those that the status does not list, in force and previewed', async () => {
  const registry = new Registry();
  const warnings = [{ reason: 'OneSided', message: 'm' }];
  const policies = [
    policyOf({}, { status: { network: { warnings, moreWarnings: 4 } } }),
    policyOf({}, { status: { preview: { warnings } } }),
    policyOf({}),
  ];
  new PolicyMetrics(registry, () => policies, sumsOnly(registry));
  assert.equal(await lines(registry, 'palisade_policy_network_warnings{'), [
    'palisade_policy_network_warnings{state="InForce"} 5',
    'palisade_policy_network_warnings{state="Previewed"} 1',
  ]);
});

test.run();
