import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec, PolicyStatus, Sections } from '../../src/api/policy.ts';
import type { CachedChild } from '../../src/policy/children/cached-child.ts';
import type { Child } from '../../src/policy/children/kinds.ts';
import { changedSections, difference, previewedSections, proposalStatus } from '../../src/policy/preview.ts';
import { policyOf } from './policy.ts';

const NETWORK: Sections = { network: { isolate: ['Ingress'] } };

const previewed: [what: string, spec: PolicySpec, expected: Sections | undefined][] = [
  ['an enforced policy', NETWORK, undefined],
  ['an enforced policy with a proposal', { ...NETWORK, proposed: { scan: {} } }, { scan: {} }],
  ['an enforced policy that proposes nothing at all', { ...NETWORK, proposed: {} }, {}],
  ['mode Audit', { ...NETWORK, mode: 'Audit' }, { ...NETWORK, mode: 'Audit' } as Sections],
];

for (const [what, spec, expected] of previewed) {
  test(`the sections that are previewed of ${what}`, () => {
    assert.equal(previewedSections(policyOf(spec)), expected);
  });
}

const changes: [what: string, spec: Sections, proposed: Sections, expected: string[]][] = [
  ['the same', NETWORK, { network: { isolate: ['Ingress'] } }, []],
  ['another value', NETWORK, { network: { isolate: ['Egress'] } }, ['network: changed']],
  ['nothing: every section would be removed', { ...NETWORK, scan: {} }, {}, ['network: removed', 'scan: removed']],
  [
    'another section instead: the set is replaced, not merged',
    NETWORK,
    { podSecurity: { level: 'baseline' } },
    ['network: removed', 'podSecurity: added'],
  ],
  ['an empty section is a section', {}, { access: {} }, ['access: added']],
];

for (const [what, spec, proposed, expected] of changes) {
  test(`a proposal of ${what}`, () => assert.equal(changedSections(spec, proposed), expected));
}

test('mode, suspend and the proposal itself are no sections', () => {
  const spec: PolicySpec = { mode: 'Enforce', suspend: false, ...NETWORK, proposed: NETWORK };
  assert.equal(changedSections(spec, NETWORK), []);
});

const role = (name: string, verbs: string[] = ['get']): Child => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name, namespace: 'team-a', labels: {} },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
});
const live = (child: Child, metadata: object = {}): CachedChild =>
  ({
    ...child,
    metadata: { ...child.metadata, uid: child.metadata.name, resourceVersion: '1', ...metadata },
    foreignManagers: [],
    generated: true,
  }) as CachedChild;

const differences: [what: string, live: CachedChild[], wanted: Child[], expected: [string[], string[], string[]]][] = [
  ['nothing and nothing', [], [], [[], [], []]],
  ['nothing and an object', [], [role('a')], [['a'], [], []]],
  ['an object and the same', [live(role('a'))], [role('a')], [[], [], []]],
  ['an object and its change', [live(role('a'))], [role('a', ['list'])], [[], ['a'], []]],
  ['an object and nothing', [live(role('a'))], [], [[], [], ['a']]],
  [
    'some of each',
    [live(role('a')), live(role('b')), live(role('c'))],
    [role('b', ['list']), role('c'), role('d')],
    [['d'], ['b'], ['a']],
  ],
  ['an object that is being deleted', [live(role('a'), { deletionTimestamp: 'now' })], [role('a')], [['a'], [], []]],
  ['an object that is being deleted, and nothing', [live(role('a'), { deletionTimestamp: 'now' })], [], [[], [], []]],
  [
    'an object of the same name and another kind',
    [{ ...live(role('a')), kind: 'RoleBinding' }],
    [role('a')],
    [['a'], [], ['a']],
  ],
];

for (const [what, before, wanted, expected] of differences) {
  test(`the difference between ${what}`, () => {
    const { create, update, remove } = difference(before, wanted);
    assert.equal(
      [create, update, remove].map((objects: readonly (Child | CachedChild)[]) => objects.map((o) => o.metadata.name)),
      expected,
    );
  });
}

const proposal = policyOf({ ...NETWORK, proposed: {} });
const effects: NonNullable<PolicyStatus['preview']> = { create: [], delete: ['NetworkPolicy/a'] };

test('the status of a proposal has the sections that differ, and their effects', () => {
  assert.equal(proposalStatus(proposal, {}, { status: effects }), { sections: ['network: removed'], ...effects });
});

test('after an error the effects are unknown, and none is shown', () => {
  const outcome = {
    section: 'Policy',
    state: 'Stalled',
    reason: 'TooLarge',
    message: `a\n${'x'.repeat(2000)}`,
  } as const;
  const { problem = '', ...rest } = proposalStatus(proposal, {}, { outcome });
  assert.equal(rest, { sections: ['network: removed'] });
  assert.ok(problem.startsWith('a') && problem.length <= 1024 && !problem.includes('\n'), problem);
});

test.run();
