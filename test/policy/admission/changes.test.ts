import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bindsLike, reservedIn, weakenedField } from '../../../src/policy/admission/changes.ts';
import { SHIPPED } from '../../../src/policy/admission/shipped.generated.ts';
import type { AdmissionBindingSpec, AdmissionPolicySpec } from '../../../src/policy/admission/shipped.ts';

const policy = (name: string): AdmissionPolicySpec => SHIPPED.policies.find((p) => p.name === name)!.spec;
const binding = (name: string): AdmissionBindingSpec => SHIPPED.bindings.find((b) => b.name === name)!.spec;
const IMAGES = policy('palisade-trusted-images');
const REQUESTER = policy('palisade-policy-requester');
const RESERVED = policy('palisade-reserved-namespaces');
const BOUND = binding('palisade-trusted-images');

/** As the API server stores it: with defaults. */
const stored = (spec: AdmissionPolicySpec): AdmissionPolicySpec => ({
  failurePolicy: 'Fail',
  ...spec,
  matchConstraints: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent', ...spec.matchConstraints },
});

for (const { name, spec } of SHIPPED.policies) {
  test(`${name} as it is shipped, and as the API server stores it, is not weaker`, () => {
    assert.is(weakenedField(spec, spec), undefined);
    assert.is(weakenedField(stored({ failurePolicy: 'Fail', ...spec }), spec), undefined);
  });
  test(`${name} without its validations, or without what it matches, is weaker`, () => {
    assert.is(weakenedField({ ...spec, validations: [] }, spec), 'validations');
    assert.is(weakenedField({ ...spec, matchConstraints: {} }, spec), 'matchConstraints');
    assert.is(weakenedField({}, spec) === undefined, false);
  });
}

const variable = (spec: AdmissionPolicySpec, name: string, expression: string): AdmissionPolicySpec => ({
  ...spec,
  variables: (spec.variables ?? []).map((v) => (v.name === name ? { name, expression } : v)),
});
const condition = (spec: AdmissionPolicySpec, name: string, expression: string): AdmissionPolicySpec => ({
  ...spec,
  matchConditions: (spec.matchConditions ?? []).map((v) => (v.name === name ? { name, expression } : v)),
});
const notReserved = (list: string): string =>
  (IMAGES.matchConditions?.find(({ name }) => name === 'not-reserved')?.expression ?? '').replace(/\[[^\]]*\]/, list);
const constraints = (change: object): AdmissionPolicySpec => ({
  ...IMAGES,
  matchConstraints: { ...IMAGES.matchConstraints, ...change },
});

const changes: [
  what: string,
  installed: AdmissionPolicySpec,
  shipped: AdmissionPolicySpec,
  field: string | undefined,
][] = [
  ['a failure lets requests pass', { ...IMAGES, failurePolicy: 'Ignore' }, IMAGES, 'failurePolicy'],
  ['no parameters', { ...IMAGES, paramKind: {} }, IMAGES, 'paramKind'],
  ['only some namespaces', constraints({ namespaceSelector: { matchLabels: { a: 'b' } } }), IMAGES, 'matchConstraints'],
  ['every namespace, which the label protects', constraints({ namespaceSelector: {} }), IMAGES, 'matchConstraints'],
  ['only some objects', constraints({ objectSelector: { matchLabels: { a: 'b' } } }), IMAGES, 'matchConstraints'],
  ['only exact versions', constraints({ matchPolicy: 'Exact' }), IMAGES, 'matchConstraints'],
  ['pods are excluded', constraints({ excludeResourceRules: [{ resources: ['pods'] }] }), IMAGES, 'matchConstraints'],
  [
    'one rule less',
    constraints({ resourceRules: IMAGES.matchConstraints?.resourceRules?.slice(1) }),
    IMAGES,
    'matchConstraints',
  ],
  [
    'one rule more',
    constraints({ resourceRules: [...(IMAGES.matchConstraints?.resourceRules ?? []), { resources: ['replicasets'] }] }),
    IMAGES,
    undefined,
  ],
  [
    'one condition more',
    { ...IMAGES, matchConditions: [...(IMAGES.matchConditions ?? []), { name: 'not-me', expression: 'false' }] },
    IMAGES,
    'matchConditions',
  ],
  ['another condition', condition(IMAGES, 'mode', 'false'), IMAGES, 'matchConditions'],
  [
    'one condition less',
    { ...IMAGES, matchConditions: IMAGES.matchConditions?.slice(1) ?? [] },
    IMAGES,
    'the list of reserved namespaces',
  ],
  ['a variable is emptied', variable(IMAGES, 'added', '[]'), IMAGES, 'variables'],
  ['a check always passes', { ...IMAGES, validations: [{ expression: 'true' }] }, IMAGES, 'validations'],
  [
    'one check more',
    { ...IMAGES, validations: [...(IMAGES.validations ?? []), { expression: 'false' }] },
    IMAGES,
    undefined,
  ],
  ['the documented cluster default', variable(REQUESTER, 'clusterDefault', "'restricted'"), REQUESTER, undefined],
  ['a weaker cluster default', variable(REQUESTER, 'clusterDefault', "'privileged'"), REQUESTER, 'variables'],
  ['documented namespaces', variable(RESERVED, 'reserved', "['kube-system', 'palisade-system']"), RESERVED, undefined],
  ['no namespaces', variable(RESERVED, 'reserved', '[]'), RESERVED, 'the list of reserved namespaces'],
  [
    'documented namespaces of images',
    condition(IMAGES, 'not-reserved', notReserved("['kube-system']")),
    IMAGES,
    undefined,
  ],
  [
    'every namespace is excluded',
    condition(IMAGES, 'not-reserved', notReserved("['kube-system', '*']")),
    IMAGES,
    'the list of reserved namespaces',
  ],
  [
    'another expression around the list',
    condition(IMAGES, 'not-reserved', "['a'].size() == 2"),
    IMAGES,
    'matchConditions',
  ],
];

for (const [what, installed, shipped, field] of changes) {
  test(`${what}: ${field ?? 'not weaker'}`, () => assert.is(weakenedField(installed, shipped), field));
}

test('the reserved namespaces are the same in both lists', () => {
  assert.equal(reservedIn(RESERVED), ['kube-*', 'palisade-system']);
  assert.equal(reservedIn(IMAGES), reservedIn(RESERVED));
  assert.equal(reservedIn(policy('palisade-trusted-images-audit')), reservedIn(RESERVED));
  assert.equal(reservedIn(REQUESTER), []);
});

const bindings: [what: string, installed: AdmissionBindingSpec, isAlike: boolean][] = [
  ['as shipped', BOUND, true],
  [
    'as stored',
    {
      ...BOUND,
      matchResources: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent', ...BOUND.matchResources },
    },
    true,
  ],
  ['of everything', { ...BOUND, matchResources: {} }, true],
  ['of some namespaces', { ...BOUND, matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }, false],
  [
    'of some objects',
    { ...BOUND, matchResources: { ...BOUND.matchResources, objectSelector: { matchLabels: { a: 'b' } } } },
    false,
  ],
  ['of other resources', { ...BOUND, matchResources: { resourceRules: [{ resources: ['configmaps'] }] } }, false],
  ['without pods', { ...BOUND, matchResources: { excludeResourceRules: [{ resources: ['pods'] }] } }, false],
  ['with no parameters', { ...BOUND, paramRef: { name: 'none', parameterNotFoundAction: 'Allow' } }, false],
  ['of another policy', { ...BOUND, policyName: 'x' }, false],
];

for (const [what, installed, isAlike] of bindings) {
  test(`a binding ${what} is ${isAlike ? '' : 'not '}complete`, () => assert.is(bindsLike(installed, BOUND), isAlike));
}

test('a shipped binding without selectors is complete only without selectors', () => {
  const shipped = binding('palisade-policy-requester');
  assert.is(
    bindsLike({ ...shipped, matchResources: { namespaceSelector: {}, matchPolicy: 'Equivalent' } }, shipped),
    true,
  );
  assert.is(bindsLike({ ...shipped, matchResources: { resourceRules: [{ resources: ['x'] }] } }, shipped), false);
});

test.run();
