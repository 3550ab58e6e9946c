import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifests } from '../../hack/manifests.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import {
  ADMISSION_POLICIES,
  type AdmissionCaches,
  admissionPolicyState,
  type CachedAdmissionBinding,
  type CachedAdmissionPolicy,
  describeInactive,
  toCachedAdmissionBinding,
  toCachedAdmissionPolicy,
} from '../../src/policy/admission-policies.ts';
import { createCaches } from '../../src/policy/caches.ts';

const shipped = (await readManifests('config/admission')).map((object): KubeObject => {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: { ...metadata, uid: metadata.name, resourceVersion: '1' }, ...rest };
});
const policies = shipped.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(toCachedAdmissionPolicy);
const bindings = shipped
  .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
  .map(toCachedAdmissionBinding);
const everything = { resourceVersion: '1', owns: () => true };

const cached = (some: readonly CachedAdmissionPolicy[], bound: readonly CachedAdmissionBinding[]): AdmissionCaches => {
  const caches = createCaches();
  caches.admissionPolicies.replace([...some], everything);
  caches.admissionBindings.replace([...bound], everything);
  return caches;
};
const states = (caches: AdmissionCaches) => ADMISSION_POLICIES.map((policy) => admissionPolicyState(policy, caches));
const count = (caches: AdmissionCaches, state: string) => states(caches).filter((s) => s === state).length;

test('the expected policies are those of config/admission', () => {
  assert.equal(ADMISSION_POLICIES.map(({ name }) => name).sort(), policies.map(({ metadata }) => metadata.name).sort());
});

test('the shipped policies are all in force', () => {
  const caches = cached(policies, bindings);
  assert.is(count(caches, 'InForce'), ADMISSION_POLICIES.length);
  assert.is(describeInactive(ADMISSION_POLICIES, caches), undefined);
});

for (const { name, action } of ADMISSION_POLICIES) {
  test(`${name} is missed, and so is its binding with ${action}`, () => {
    const without = cached(
      policies.filter(({ metadata }) => metadata.name !== name),
      bindings,
    );
    const unbound = cached(
      policies,
      bindings.map((b) => (b.policyName === name ? { ...b, actions: ['Audit'] } : b)),
    );
    assert.equal([count(without, 'Missing'), count(unbound, 'Missing')], [1, 1]);
    assert.is(
      describeInactive(ADMISSION_POLICIES, without),
      `ValidatingAdmissionPolicy ${name} is not installed: kubectl apply -k config/admission`,
    );
    assert.is(
      describeInactive(ADMISSION_POLICIES, unbound),
      `ValidatingAdmissionPolicy ${name} has no ValidatingAdmissionPolicyBinding with action ${action}: kubectl apply -k config/admission`,
    );
  });
}

test('a binding of another name suffices', () => {
  const renamed = bindings.map((b) => ({ ...b, metadata: { ...b.metadata, name: `platform-${b.metadata.name}` } }));
  assert.is(describeInactive(ADMISSION_POLICIES, cached(policies, renamed)), undefined);
});

test('several missing policies are named on one line', () => {
  assert.is(
    describeInactive(ADMISSION_POLICIES.slice(0, 2), cached([], [])),
    'ValidatingAdmissionPolicy palisade-policy-requester is not installed; ' +
      'ValidatingAdmissionPolicy palisade-policy-deleter is not installed: kubectl apply -k config/admission',
  );
});

test('without permission to list both kinds the result is unknown', () => {
  const caches = createCaches();
  caches.admissionBindings.replace(bindings, everything);
  assert.is(count(caches, 'Unknown'), ADMISSION_POLICIES.length);
  assert.is(
    describeInactive(ADMISSION_POLICIES.slice(0, 2), caches),
    'cannot tell whether palisade-policy-requester, palisade-policy-deleter are in force: the operator may not list ' +
      'validatingadmissionpolicies and validatingadmissionpolicybindings: kubectl apply -k config/rbac',
  );
});

test('a binding without a spec belongs to no policy', () => {
  const { policyName, actions } = toCachedAdmissionBinding({
    apiVersion: 'v1',
    kind: 'X',
    metadata: policies[0]!.metadata,
  });
  assert.equal([policyName, actions], ['', []]);
});

test.run();
