// suite: tools
// needs: cluster
// An operator reports once, at its start, which of the admission policies that it relies on are not in force.
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { PalisadeOperator } from '../../../src/operator/operator.ts';
import { DEFAULT_DNS_PEERS } from '../../../src/policy/sections/network/dns.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { install, KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { spyLog } from '../../kube/spy-log.ts';

/** A separate cluster: admission policies are cluster-wide, and other test files rely on them. */
const controlPlane = await privateControlPlane();
const palisade = await Palisade.open(controlPlane.kubeconfig);
const { admin } = palisade;
const ns = await palisade.namespace('guarded');
const stops: (() => Promise<void>)[] = [];
test.after.each(async () => {
  for (const stop of stops.splice(0)) await stop();
});
test.after(async () => {
  await palisade.close();
  await controlPlane.stop();
});

/** Starts an operator, and waits until it works. */
const started = async () => {
  const { log, lines } = spyLog();
  const registry = new Registry();
  const kubeConfig = loadKubeConfig(palisade.operatorKubeconfig);
  const settings = { namespaces: [ns], workers: 4, resyncMs: 600_000, dnsPeers: DEFAULT_DNS_PEERS };
  const operator = new PalisadeOperator({ kubeConfig, settings, registry, log });
  await operator.start();
  stops.push(async () => {
    operator.stop();
    await operator.stopped();
    await kubeConfig.close();
  });
  return {
    warnings: () =>
      lines.filter(({ msg }) => msg.startsWith('admission policies: ')).map(({ level, msg }) => [level, msg]),
    waitingFor: () => operator.waitingFor(),
    metric: async () => {
      const text = await registry.getSingleMetricAsString('palisade_admission_policies');
      const inState = (state: string) => [...text.matchAll(new RegExp(`name="([\\w-]+)",state="${state}"\\} 1`, 'g'))];
      return ['InForce', 'Missing', 'Changed', 'Unknown'].map((state) => `${state} ${inState(state).length}`);
    },
  };
};

test('with all of config/admission it logs no warning', async () => {
  const operator = await started();
  assert.equal(operator.warnings(), []);
  assert.equal(await operator.metric(), ['InForce 13', 'Missing 0', 'Changed 0', 'Unknown 0']);
});

test('it names the policies that are not installed or not bound with Deny, and the cure', async () => {
  await admin.delete(KINDS.ValidatingAdmissionPolicy, 'palisade-policy-requester');
  await admin.delete(KINDS.ValidatingAdmissionPolicyBinding, 'palisade-reserved-namespaces');
  const audited = { spec: { validationActions: ['Audit'] } };
  await admin.patch(KINDS.ValidatingAdmissionPolicyBinding, 'palisade-operator-roles', audited, { type: 'merge' });
  const operator = await started();
  assert.equal(operator.warnings(), [
    [
      'warn',
      'admission policies: ValidatingAdmissionPolicy palisade-policy-requester is not installed; ' +
        'ValidatingAdmissionPolicy palisade-operator-roles has no ValidatingAdmissionPolicyBinding with action Deny; ' +
        'ValidatingAdmissionPolicy palisade-reserved-namespaces has no ValidatingAdmissionPolicyBinding with action Deny: ' +
        'kubectl apply -k config/admission',
    ],
  ]);
  assert.equal(await operator.metric(), ['InForce 10', 'Missing 3', 'Changed 0', 'Unknown 0']);
  // It works nevertheless, and is ready.
  assert.is(operator.waitingFor(), undefined);
  await palisade.apply(ns, 'web', { network: {} });
  await palisade.ready(ns, 'web');
  await install(admin);
  await until('all are in force', async () => (await operator.metric())[0] === 'InForce 13');
  assert.is(operator.warnings().length, 1);
});

test('it names the policies that were emptied, and those whose binding selects nothing', async () => {
  const emptied = { spec: { validations: [{ expression: 'true' }] } };
  await admin.patch(KINDS.ValidatingAdmissionPolicy, 'palisade-operator-roles', emptied, { type: 'merge' });
  const nothing = { spec: { matchResources: { namespaceSelector: { matchLabels: { no: 'namespace' } } } } };
  await admin.patch(KINDS.ValidatingAdmissionPolicyBinding, 'palisade-trusted-images', nothing, { type: 'merge' });
  const operator = await started();
  assert.equal(operator.warnings(), [
    [
      'warn',
      'admission policies: ValidatingAdmissionPolicy palisade-operator-roles differs from config/admission in validations; ' +
        'every ValidatingAdmissionPolicyBinding of ValidatingAdmissionPolicy palisade-trusted-images with action Deny selects ' +
        'less than that of config/admission: kubectl apply -k config/admission',
    ],
  ]);
  assert.equal(await operator.metric(), ['InForce 11', 'Missing 0', 'Changed 2', 'Unknown 0']);
  await palisade.apply(ns, 'images', { images: { requireDigest: true } });
  await palisade.condition(ns, 'images', 'ImagesReady', 'False', 'AdmissionPolicyChanged');
  await install(admin);
  await palisade.condition(ns, 'images', 'ImagesReady', 'True', 'Enforced');
  assert.equal(await operator.metric(), ['InForce 13', 'Missing 0', 'Changed 0', 'Unknown 0']);
});

test('without read permission it logs that it cannot tell, works, and checks again once it has the permission', async () => {
  type Role = KubeObject & { rules: { apiGroups: string[] }[] };
  const role = await admin.get<Role>(KINDS.ClusterRole, 'palisade');
  const rules = role.rules.filter(({ apiGroups }) => !apiGroups.includes('admissionregistration.k8s.io'));
  await admin.patch(KINDS.ClusterRole, 'palisade', { rules }, { type: 'merge' });
  const operator = await started();
  const [[level, message] = [], ...others] = operator.warnings();
  assert.equal([level, others], ['warn', []]);
  assert.match(
    String(message),
    /^admission policies: cannot tell whether palisade-policy-requester, .* are in force: /,
  );
  assert.match(String(message), /validatingadmissionpolicybindings: kubectl apply -k config\/rbac$/);
  assert.equal(await operator.metric(), ['InForce 0', 'Missing 0', 'Changed 0', 'Unknown 13']);
  assert.is(operator.waitingFor(), undefined);
  await palisade.apply(ns, 'web', { network: {}, images: { requireDigest: true } });
  await palisade.condition(ns, 'web', 'NetworkReady', 'True');
  const { status } = await palisade.condition(ns, 'web', 'ImagesReady', 'False', 'Forbidden');
  assert.match(findCondition(status?.conditions, 'ImagesReady')?.message ?? '', 'kubectl apply -k config/rbac');
  await install(admin);
  await until('it may read them', async () => (await operator.metric())[0] === 'InForce 13');
  await palisade.condition(ns, 'web', 'ImagesReady', 'True', 'Enforced');
});

test.run();
