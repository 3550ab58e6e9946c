import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { createCaches } from '../../../src/policy/caches.ts';
import { notInstalled } from '../../../src/policy/images/admission.ts';

const ENFORCE = 'palisade-trusted-images';
const AUDIT = 'palisade-trusted-images-audit';
const named = (name: string) => ({ apiVersion: 'v1', kind: 'X', metadata: { name, uid: name, resourceVersion: '1' } });

const rows: [mode: PolicySpec['mode'], policies: string[], bindings: string[], missing: string | undefined][] = [
  ['Enforce', [ENFORCE], [ENFORCE], undefined],
  ['Audit', [AUDIT], [AUDIT], undefined],
  ['Enforce', [AUDIT], [ENFORCE, AUDIT], `ValidatingAdmissionPolicy ${ENFORCE}`],
  ['Enforce', [ENFORCE, AUDIT], [AUDIT], `ValidatingAdmissionPolicyBinding ${ENFORCE}`],
  ['Audit', [ENFORCE], [ENFORCE], `ValidatingAdmissionPolicy ${AUDIT} and ValidatingAdmissionPolicyBinding ${AUDIT}`],
];

for (const [mode, policies, bindings, missing] of rows) {
  test(`mode ${mode}, policies ${policies}, bindings ${bindings}: ${missing ?? 'nothing'} is missing`, () => {
    const caches = createCaches();
    for (const name of policies) caches.admissionPolicies.upsert(named(name));
    for (const name of bindings) caches.admissionBindings.upsert(named(name));
    const outcome = notInstalled(mode, caches);
    assert.is(outcome?.reason, missing && 'AdmissionPolicyMissing');
    assert.is(outcome?.state, missing && 'Stalled');
    assert.is(
      outcome?.message,
      missing && `${missing} not installed, so no image is looked at: kubectl apply -k config/admission`,
    );
  });
}

test.run();
