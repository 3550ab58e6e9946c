import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Selector } from '../../../../src/api/policy.ts';
import {
  canonical,
  describeRequirements,
  intersect,
  isEmpty,
  narrowness,
  type PodSet,
  podSet,
  podSetKey,
  toSelector,
} from '../../../../src/policy/sections/network/requirements.ts';

type Expression = NonNullable<Selector['matchExpressions']>[number];

const of = (...matchExpressions: Expression[]): Selector => ({ matchExpressions });
const isIn = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const notIn = (key: string, ...values: string[]): Expression => ({ key, operator: 'NotIn', values });
const there = (key: string): Expression => ({ key, operator: 'Exists' });
const absent = (key: string): Expression => ({ key, operator: 'DoesNotExist' });

/** As JSON.parse reads it: an own key. */
const PROTO = JSON.parse('{"matchLabels":{"__proto__":"x"}}') as Selector;

const sets: [what: string, selector: Selector | undefined, set: PodSet][] = [
  ['no selector', undefined, []],
  ['an empty selector', {}, []],
  ['empty parts', { matchLabels: {}, matchExpressions: [] }, []],
  ['a label', { matchLabels: { app: 'web' } }, [{ key: 'app', operator: 'In', values: ['web'] }]],
  [
    'labels in the order of their keys',
    { matchLabels: { tier: 'x', app: 'web' } },
    [
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'tier', operator: 'In', values: ['x'] },
    ],
  ],
  ['values sorted, each once', of(isIn('app', 'b', 'a', 'b')), [{ key: 'app', operator: 'In', values: ['a', 'b'] }]],
  ['an expression with one value is a label', of(isIn('app', 'web')), podSet({ matchLabels: { app: 'web' } })],
  [
    'a label that is said twice',
    { matchLabels: { app: 'web' }, matchExpressions: [isIn('app', 'web')] },
    [{ key: 'app', operator: 'In', values: ['web'] }],
  ],
  [
    'expressions in the order of key and operator',
    of(there('b'), notIn('a', 'x'), there('a')),
    [
      { key: 'a', operator: 'Exists', values: [] },
      { key: 'a', operator: 'NotIn', values: ['x'] },
      { key: 'b', operator: 'Exists', values: [] },
    ],
  ],
  [
    'requirements that contradict each other stay, in the order of their operators',
    of(isIn('a', 'x'), absent('a'), isIn('a', 'x')),
    [
      { key: 'a', operator: 'DoesNotExist', values: [] },
      { key: 'a', operator: 'In', values: ['x'] },
    ],
  ],
  ['Exists with an empty list of values', of({ ...there('a'), values: [] }), podSet(of(there('a')))],
  ['the empty value', { matchLabels: { app: '' } }, [{ key: 'app', operator: 'In', values: [''] }]],
  [
    'a key that every object has',
    { matchLabels: { constructor: 'x' } },
    [{ key: 'constructor', operator: 'In', values: ['x'] }],
  ],
  ['a key that is no ordinary property', PROTO, [{ key: '__proto__', operator: 'In', values: ['x'] }]],
];

for (const [what, selector, set] of sets) {
  test(`a set of pods: ${what}`, () => assert.equal(podSet(selector), set));
}

const words: [what: string, a: Selector, b: Selector, same: boolean][] = [
  ['other order of labels', { matchLabels: { a: '1', b: '2' } }, { matchLabels: { b: '2', a: '1' } }, true],
  ['label and expression', { matchLabels: { a: '1' } }, of(isIn('a', '1')), true],
  ['other order of expressions', of(there('a'), absent('b')), of(absent('b'), there('a')), true],
  ['other order of values', of(notIn('a', '1', '2')), of(notIn('a', '2', '1')), true],
  ['said twice', of(there('a'), there('a')), of(there('a')), true],
  ['two lists and what both have', of(isIn('a', '1', '2'), isIn('a', '2', '3')), of(isIn('a', '2')), true],
  ['a list without a value, and the rest', of(isIn('a', '1', '2'), notIn('a', '1')), of(isIn('a', '2')), true],
  ['a value of a label that is there', of(isIn('a', '1'), there('a')), of(isIn('a', '1')), true],
  ['a value, and not another one', of(isIn('a', '1'), notIn('a', '2')), of(isIn('a', '1')), true],
  ['no label, and not a value', of(absent('a'), notIn('a', '2')), of(absent('a')), true],
  ['two values excluded, together or apart', of(notIn('a', '1'), notIn('a', '2')), of(notIn('a', '1', '2')), true],
  [
    'a label that is there, and not a value: the value alone is not enough',
    of(there('a'), notIn('a', '1')),
    of(notIn('a', '1')),
    false,
  ],
  ['other key', { matchLabels: { a: '1' } }, { matchLabels: { b: '1' } }, false],
  ['other value', { matchLabels: { a: '1' } }, { matchLabels: { a: '2' } }, false],
  ['other operator', of(isIn('a', '1')), of(notIn('a', '1')), false],
  ['Exists and DoesNotExist', of(there('a')), of(absent('a')), false],
  ['one value and two', of(isIn('a', '1')), of(isIn('a', '1', '2')), false],
  ['two values and one with both in it', of(isIn('a', '1', '2')), of(isIn('a', '1,2')), false],
  ['one requirement more', { matchLabels: { a: '1' } }, { matchLabels: { a: '1', b: '1' } }, false],
  ['constructor and nothing', { matchLabels: { constructor: 'x' } }, {}, false],
  ['__proto__ and nothing', PROTO, {}, false],
];

for (const [what, a, b, same] of words) {
  test(`${what}: ${same ? 'the same set' : 'another set'}`, () => {
    assert.is(podSetKey(podSet(a)) === podSetKey(podSet(b)), same);
    assert.is(JSON.stringify(canonical(a)) === JSON.stringify(canonical(b)), same);
  });
}

const contradictions: [what: string, selector: Selector, empty: boolean][] = [
  ['all pods', {}, false],
  ['two values of one label', { matchLabels: { a: '1' }, matchExpressions: [isIn('a', '2')] }, true],
  ['values with one in common', of(isIn('a', '1', '2'), isIn('a', '2', '3')), false],
  ['values with none in common', of(isIn('a', '1', '2'), isIn('a', '3')), true],
  ['three lists, each two with one in common', of(isIn('a', '1', '2'), isIn('a', '2', '3'), isIn('a', '1', '3')), true],
  ['all values but those of the list, in two parts', of(isIn('a', '1', '2'), notIn('a', '1'), notIn('a', '2')), true],
  ['a value that is excluded', of(isIn('a', '1'), notIn('a', '1')), true],
  ['values that are all excluded', of(isIn('a', '1', '2'), notIn('a', '1', '2', '3')), true],
  ['values of which one is left', of(isIn('a', '1', '2'), notIn('a', '1')), false],
  ['a value of a label that is not there', of(isIn('a', '1'), absent('a')), true],
  ['there and not there', of(there('a'), absent('a')), true],
  ['not there and not that value', of(absent('a'), notIn('a', '1')), false],
  ['there and not that value', of(there('a'), notIn('a', '1')), false],
  ['there, with a value', of(there('a'), isIn('a', '1')), false],
  ['other keys', of(isIn('a', '1'), notIn('b', '1'), absent('c'), there('d')), false],
];

for (const [what, selector, empty] of contradictions) {
  test(`${what}: ${empty ? 'no pod' : 'some pods'}`, () => {
    assert.is(isEmpty(podSet(selector)), empty);
    const { matchExpressions = [] } = selector;
    assert.is(isEmpty(podSet({ ...selector, matchExpressions: matchExpressions.toReversed() })), empty);
  });
}

const nested: [what: string, outer: Selector, inner: Selector][] = [
  ['all pods and some', {}, { matchLabels: { a: '1' } }],
  ['a label and two', { matchLabels: { a: '1' } }, { matchLabels: { a: '1', b: '2' } }],
  ['a list and one of its values', of(isIn('a', '1', '2')), of(isIn('a', '1'))],
  ['a label that is there and its value', of(there('a')), of(isIn('a', '1', '2', '3'))],
  ['all but one value and all but two', of(notIn('a', '1')), of(notIn('a', '1', '2'))],
  ['all but one value, and those of them with the label', of(notIn('a', '1')), of(notIn('a', '1'), there('a'))],
  ['all but many values and no label', of(notIn('a', '1', '2', '3', '4')), of(absent('a'))],
  ['all but many values and another value', of(notIn('a', '1', '2', '3', '4')), of(isIn('a', '5', '6'))],
  ['one label absent and two', of(absent('a')), of(absent('a'), notIn('b', '1'))],
];

for (const [what, outer, inner] of nested) {
  test(`the second is narrower: ${what}`, () => {
    assert.ok(narrowness(podSet(inner)) > narrowness(podSet(outer)));
  });
}

test('requirements in words', () => {
  assert.is(describeRequirements(podSet({ matchLabels: { b: '2' } })), 'b in (2)');
  assert.is(
    describeRequirements(podSet(of(isIn('a', '1'), notIn('a', '1'), absent('a')))),
    '!a, a in (1) and a notin (1)',
  );
  const long = describeRequirements(podSet(of(isIn('a', ...Array.from({ length: 32 }, (_, n) => `value-${n}`)))));
  assert.ok(long.length <= 100 && long.endsWith('…'), long);
});

test('an intersection has every requirement, once', () => {
  assert.equal(
    intersect(podSet({ matchLabels: { b: '1', a: '1' } }), podSet(of(isIn('a', '1'), there('c')))),
    podSet({ matchLabels: { a: '1', b: '1' }, matchExpressions: [there('c')] }),
  );
  assert.equal(intersect([], podSet({ matchLabels: { a: '1' } })), podSet({ matchLabels: { a: '1' } }));
});

const selectors: [what: string, selector: Selector, stored: LabelSelector][] = [
  ['all pods', {}, {}],
  ['empty parts are left out', { matchLabels: {}, matchExpressions: [] }, {}],
  ['a label', { matchLabels: { app: 'web' } }, { matchLabels: { app: 'web' } }],
  ['an expression with one value', of(isIn('app', 'web')), { matchLabels: { app: 'web' } }],
  ['an expression with two', of(isIn('app', 'b', 'a')), of(isIn('app', 'a', 'b'))],
  ['NotIn stays an expression', of(notIn('app', 'a')), of(notIn('app', 'a'))],
  ['Exists has no values', of({ ...there('a'), values: [] }), of(there('a'))],
  ['DoesNotExist', of(absent('a')), of(absent('a'))],
  [
    'of two values that contradict each other, none is lost',
    { matchLabels: { a: '2' }, matchExpressions: [isIn('a', '1')] },
    { matchLabels: { a: '1' }, matchExpressions: [isIn('a', '2')] },
  ],
  ['the empty value', { matchLabels: { a: '' } }, { matchLabels: { a: '' } }],
];

for (const [what, selector, stored] of selectors) {
  test(`a selector: ${what}`, () => assert.equal(canonical(selector), stored));
}

test('a selector keeps keys that objects have anyway', () => {
  assert.is(JSON.stringify(toSelector(podSet(PROTO))), '{"matchLabels":{"__proto__":"x"}}');
  assert.is(
    JSON.stringify(canonical({ matchLabels: { constructor: 'x', toString: 'y' } })),
    '{"matchLabels":{"constructor":"x","toString":"y"}}',
  );
});

const queries: [selector: Selector | undefined, query: string][] = [
  [undefined, ''],
  [{}, ''],
  [{ matchLabels: { app: 'web' } }, 'app in (web)'],
  [{ matchLabels: { b: '2', a: '1' } }, 'a in (1),b in (2)'],
  [of(isIn('a', '2', '1')), 'a in (1,2)'],
  [of(notIn('a', '1', '2')), 'a notin (1,2)'],
  [of(there('app.kubernetes.io/name')), 'app.kubernetes.io/name'],
  [of(absent('a')), '!a'],
  [{ matchLabels: { a: '' } }, 'a in ()'],
];

for (const [selector, query] of queries) {
  test(`in the words of a query: ${query || 'all'}`, () =>
    assert.is(
      podSet(selector)
        .map((requirement) => describeRequirements([requirement]))
        .join(','),
      query,
    ));
}

test.run();
