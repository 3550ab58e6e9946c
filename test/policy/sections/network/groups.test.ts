import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Selector } from '../../../../src/api/policy.ts';
import { StalledError } from '../../../../src/policy/errors.ts';
import { groupByPods } from '../../../../src/policy/sections/network/groups.ts';
import { labelSelector, podSet, toSelector } from '../../../../src/policy/sections/network/requirements.ts';
import type { Allowed } from '../../../../src/policy/sections/network/rules.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';

/** A rule that can be told by its one port. */
const rule = (port: number, pods: Selector): Allowed => ({
  pods: podSet(pods),
  peers: [{ podSelector: {} }],
  ports: [{ protocol: 'TCP', port }],
});

/** Groups as pairs of pods and the ports of their rules. */
const groups = (all: Selector, ...rules: Allowed[]): [pods: string, ports: unknown[]][] =>
  groupByPods(podSet(all), rules).map(({ pods, allowed }) => [
    labelSelector(toSelector(pods) as Selector),
    allowed.flatMap((a) => a.ports?.map((p) => p.port)),
  ]);

const label = (...pairs: [key: string, value: string][]): Selector => ({ matchLabels: Object.fromEntries(pairs) });

const rows: [what: string, all: Selector, rules: Allowed[], expected: [pods: string, ports: number[]][]][] = [
  ['no rules', {}, [], [['', []]]],
  ['rules for all pods are one group', {}, [rule(1, {}), rule(2, {})], [['', [1, 2]]]],
  [
    'pods that differ in a value have nothing in common',
    {},
    [rule(1, label(['app', 'a'])), rule(2, label(['app', 'b'])), rule(3, {})],
    [
      ['app in (a)', [1, 3]],
      ['app in (b)', [2, 3]],
      ['', [3]],
    ],
  ],
  [
    'pods that differ in a key overlap',
    {},
    [rule(1, label(['app', 'a'])), rule(2, label(['tier', 'x']))],
    [
      ['app in (a),tier in (x)', [1, 2]],
      ['app in (a)', [1]],
      ['tier in (x)', [2]],
      ['', []],
    ],
  ],
  [
    'a subset is its own intersection',
    {},
    [rule(1, label(['app', 'a'])), rule(2, label(['app', 'a'], ['tier', 'x']))],
    [
      ['app in (a),tier in (x)', [1, 2]],
      ['app in (a)', [1]],
      ['', []],
    ],
  ],
  [
    'the same pods in other words are one group',
    {},
    [rule(1, label(['app', 'a'])), rule(2, { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'a'] }] })],
    [
      ['app in (a)', [1, 2]],
      ['', []],
    ],
  ],
  [
    'three that overlap have four intersections',
    {},
    [rule(1, label(['a', '1'])), rule(2, label(['b', '1'])), rule(3, label(['c', '1']))],
    [
      ['a in (1),b in (1),c in (1)', [1, 2, 3]],
      ['a in (1),b in (1)', [1, 2]],
      ['a in (1),c in (1)', [1, 3]],
      ['b in (1),c in (1)', [2, 3]],
      ['a in (1)', [1]],
      ['b in (1)', [2]],
      ['c in (1)', [3]],
      ['', []],
    ],
  ],
  [
    'overlap by meaning is found: a value and that there is one',
    {},
    [rule(1, label(['app', 'a'])), rule(2, { matchExpressions: [{ key: 'app', operator: 'Exists' }] })],
    [
      ['app,app in (a)', [1, 2]],
      ['app', [2]],
      ['app in (a)', [1]],
      ['', []],
    ],
  ],
  [
    'intersections without pods are left out',
    {},
    [rule(1, label(['app', 'a'])), rule(2, { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] })],
    [
      ['app in (a)', [1]],
      ['app notin (a)', [2]],
      ['', []],
    ],
  ],
  [
    'a rule for no pod is left out',
    {},
    [
      rule(1, {
        matchLabels: { app: 'a' },
        matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }],
      }),
    ],
    [['', []]],
  ],
  [
    'pods of the policy are not all pods',
    label(['team', 't']),
    [rule(1, label(['team', 't'])), rule(2, label(['team', 't'], ['app', 'a']))],
    [
      ['app in (a),team in (t)', [1, 2]],
      ['team in (t)', [1]],
    ],
  ],
  [
    'a policy for no pod keeps its one group',
    { matchLabels: { a: '1' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
    [rule(1, { matchLabels: { a: '1', b: '1' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] })],
    [['!a,a in (1)', []]],
  ],
];

for (const [what, all, rules, expected] of rows) {
  test(what, () => assert.equal(groups(all, ...rules), expected));
}

test('the order of the rules changes no group', () => {
  const rules = [rule(1, label(['a', '1'])), rule(2, label(['b', '1'])), rule(3, label(['a', '2'])), rule(4, {})];
  const sets = (list: Allowed[]) => groups({}, ...list).map(([pods, ports]) => [pods, ports.toSorted()]);
  assert.equal(sets(rules.toReversed()), sets(rules));
});

test('as many rules as the schema allows, each for other pods, are accepted', () => {
  const rules = Array.from({ length: 64 }, (_, i) => rule(i, label(['app', `v${i}`])));
  assert.is(groups({}, ...rules).length, 65);
});

test('six sets that overlap in every combination are accepted', () => {
  const rules = Array.from({ length: 6 }, (_, i) => rule(i, label([`k${i}`, 'v'])));
  assert.is(groups({}, ...rules).length, 64);
});

test('seven are', () => {
  const rules = Array.from({ length: 7 }, (_, i) => rule(i, label([`k${i}`, 'v'])));
  assert.throws(
    () => groups({}, ...rules),
    (error: unknown) =>
      error instanceof StalledError &&
      error.reason === 'TooManyOverlaps' &&
      error.message ===
        'the pods of the rules of spec.network.allow overlap in more than 64 combinations: ' +
          'select them by different values of one label, or split the policy',
  );
});

test('as many rules as the schema allows, with overlaps in every combination, are refused at once', () => {
  const rules = Array.from({ length: 64 }, (_, i) => rule(i, label([`k${i}`, 'v'])));
  const start = cpuMs();
  assert.throws(() => groups({}, ...rules), /TooManyOverlaps|overlap in more than 64/);
  assert.ok(cpuMs() - start < 1000);
});

test.run();
