import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifests } from '../../hack/manifests.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { createCaches } from '../../src/policy/caches.ts';
import {
  type BindingView,
  describeGuards,
  GUARDS,
  type GuardCaches,
  guardState,
  toAdmissionPolicyView,
  toBindingView,
} from '../../src/policy/guards.ts';

const shipped = (await readManifests('config/admission')).map((object): KubeObject => {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata: { ...metadata, uid: metadata.name, resourceVersion: '1' }, ...rest };
});
const policies = shipped.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(toAdmissionPolicyView);
const bindings = shipped.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding').map(toBindingView);
const everything = { resourceVersion: '1', owns: () => true };

const cached = (some: readonly KubeObject[], bound: readonly BindingView[]): GuardCaches => {
  const caches = createCaches();
  caches.admissionPolicies.replace([...some], everything);
  caches.admissionBindings.replace([...bound], everything);
  return caches;
};
const states = (caches: GuardCaches) => GUARDS.map((guard) => guardState(guard, caches));
const count = (caches: GuardCaches, state: string) => states(caches).filter((s) => s === state).length;

test('the guards are what config/admission ships', () => {
  assert.equal(GUARDS.map(({ name }) => name).sort(), policies.map(({ metadata }) => metadata.name).sort());
});

test('as shipped, all are in force', () => {
  const caches = cached(policies, bindings);
  assert.is(count(caches, 'InForce'), GUARDS.length);
  assert.is(describeGuards(GUARDS, caches), undefined);
});

for (const { name, action } of GUARDS) {
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
      describeGuards(GUARDS, without),
      `ValidatingAdmissionPolicy ${name} is not installed: kubectl apply -k config/admission`,
    );
    assert.is(
      describeGuards(GUARDS, unbound),
      `ValidatingAdmissionPolicy ${name} is bound with ${action} by no ValidatingAdmissionPolicyBinding: kubectl apply -k config/admission`,
    );
  });
}

test('a binding of another name will do', () => {
  const renamed = bindings.map((b) => ({ ...b, metadata: { ...b.metadata, name: `platform-${b.metadata.name}` } }));
  assert.is(describeGuards(GUARDS, cached(policies, renamed)), undefined);
});

test('several are named on one line', () => {
  assert.is(
    describeGuards(GUARDS.slice(0, 2), cached([], [])),
    'ValidatingAdmissionPolicy palisade-policy-requester is not installed; ' +
      'ValidatingAdmissionPolicy palisade-policy-deleter is not installed: kubectl apply -k config/admission',
  );
});

test('who may list one of the two only cannot tell', () => {
  const caches = createCaches();
  caches.admissionBindings.replace(bindings, everything);
  assert.is(count(caches, 'Unknown'), GUARDS.length);
  assert.is(
    describeGuards(GUARDS.slice(0, 2), caches),
    'cannot tell whether palisade-policy-requester, palisade-policy-deleter are in force: the operator may not list ' +
      'validatingadmissionpolicies and validatingadmissionpolicybindings: kubectl apply -k config/rbac',
  );
});

test('a binding without a spec is of no policy', () => {
  const { policyName, actions } = toBindingView({ apiVersion: 'v1', kind: 'X', metadata: policies[0]!.metadata });
  assert.equal([policyName, actions], ['', []]);
});

test.run();
