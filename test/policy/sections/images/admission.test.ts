import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../../src/api/policy.ts';
import { createCaches } from '../../../../src/policy/caches.ts';
import { notInForce } from '../../../../src/policy/sections/images/admission.ts';

const ENFORCE = 'palisade-trusted-images';
const AUDIT = 'palisade-trusted-images-audit';
const named = (name: string) => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name, uid: name, resourceVersion: '1' },
  reserved: ['kube-*', 'palisade-system'],
});
const bound = (policyName: string, ...actions: string[]) => ({
  ...named(`b-${policyName}`),
  policyName,
  actions,
  complete: actions,
});
const everything = { resourceVersion: '1', owns: () => true };

const rows: [
  mode: PolicySpec['mode'],
  policies: string[],
  bindings: ReturnType<typeof bound>[],
  missing: string | undefined,
][] = [
  ['Enforce', [ENFORCE], [bound(ENFORCE, 'Deny')], undefined],
  ['Audit', [AUDIT], [bound(AUDIT, 'Warn', 'Audit')], undefined],
  [
    'Enforce',
    [AUDIT],
    [bound(ENFORCE, 'Deny'), bound(AUDIT, 'Warn')],
    `ValidatingAdmissionPolicy ${ENFORCE} is not installed`,
  ],
  [
    'Enforce',
    [ENFORCE, AUDIT],
    [bound(AUDIT, 'Warn')],
    `ValidatingAdmissionPolicy ${ENFORCE} has no ValidatingAdmissionPolicyBinding with action Deny`,
  ],
  [
    'Enforce',
    [ENFORCE],
    [bound(ENFORCE, 'Warn')],
    `ValidatingAdmissionPolicy ${ENFORCE} has no ValidatingAdmissionPolicyBinding with action Deny`,
  ],
  ['Audit', [ENFORCE], [bound(ENFORCE, 'Deny')], `ValidatingAdmissionPolicy ${AUDIT} is not installed`],
];

for (const [mode, policies, bindings, missing] of rows) {
  test(`mode ${mode}, policies ${policies}, bindings ${JSON.stringify(bindings)}: ${missing ?? 'in force'}`, () => {
    const caches = createCaches();
    caches.admissionPolicies.replace(policies.map(named), everything);
    caches.admissionBindings.replace(bindings, everything);
    assert.equal(
      notInForce(mode, 'team-a', caches),
      missing && {
        section: 'Images',
        state: 'Stalled',
        reason: 'AdmissionPolicyMissing',
        message: `image rules are not enforced: ${missing}: kubectl apply -k config/admission`,
      },
    );
  });
}

const installed = (policy: object = {}, binding: object = {}) => {
  const caches = createCaches();
  caches.admissionPolicies.replace([{ ...named(ENFORCE), ...policy }], everything);
  caches.admissionBindings.replace([{ ...bound(ENFORCE, 'Deny'), ...binding }], everything);
  return caches;
};

test('a changed admission policy is not reported as in force', () => {
  const outcome = notInForce('Enforce', 'team-a', installed({ weakened: 'validations' }));
  assert.is(outcome?.reason, 'AdmissionPolicyChanged');
  assert.match(
    outcome?.message ?? '',
    `ValidatingAdmissionPolicy ${ENFORCE} differs from config/admission in validations: kubectl apply -k config/admission`,
  );
});

test('a binding that selects less is not reported as in force', () => {
  const outcome = notInForce('Enforce', 'team-a', installed({}, { complete: [] }));
  assert.is(outcome?.reason, 'AdmissionPolicyChanged');
  assert.match(outcome?.message ?? '', 'selects less than that of config/admission');
});

test('a namespace that the admission policy excludes is not reported as protected', () => {
  assert.is(notInForce('Enforce', 'kube', installed()), undefined);
  const outcome = notInForce('Enforce', 'kube-public', installed());
  assert.is(outcome?.reason, 'AdmissionPolicyChanged');
  assert.match(outcome?.message ?? '', `${ENFORCE} excludes namespace kube-public`);
});

test('without read permission the rules are not reported as in force', () => {
  const caches = createCaches();
  caches.admissionPolicies.replace([named(ENFORCE)], everything);
  assert.equal(notInForce(undefined, 'team-a', caches), {
    section: 'Images',
    state: 'Stalled',
    reason: 'Forbidden',
    message:
      'cannot tell whether palisade-trusted-images is in force: the operator may not list validatingadmissionpolicies and ' +
      'validatingadmissionpolicybindings: kubectl apply -k config/rbac',
  });
});

test.run();
