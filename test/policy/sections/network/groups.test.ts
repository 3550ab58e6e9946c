import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Selector } from '../../../../src/api/policy.ts';
import { StalledError } from '../../../../src/policy/errors.ts';
import { groupByPods } from '../../../../src/policy/sections/network/groups.ts';
import { describeRequirements, podSet, toSelector } from '../../../../src/policy/sections/network/requirements.ts';
import type { Allowed } from '../../../../src/policy/sections/network/rules.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';
import { selects } from './semantics.ts';

/** A rule that can be told by its one port. */
const rule = (port: number, pods: Selector): Allowed => ({
  source: `ingress[${port}]`,
  pods: podSet(pods),
  peers: [{ podSelector: {} }],
  ports: [{ protocol: 'TCP', port }],
});

/** Groups as pairs of pods and the ports of their rules. */
const groups = (all: Selector, ...rules: Allowed[]): [pods: string, ports: unknown[]][] =>
  groupByPods(podSet(all), rules).map(({ pods, allowed }) => [
    pods.map((requirement) => describeRequirements([requirement])).join(','),
    allowed.flatMap((a) => a.ports?.map((p) => p.port)),
  ]);

const isIn = (key: string, ...values: string[]): Selector => ({
  matchExpressions: [{ key, operator: 'In', values }],
});

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
      ['app in (a)', [1, 2]],
      ['app', [2]],
      ['', []],
    ],
  ],
  [
    'lists of one label: what both have is one set, in whatever words',
    {},
    [rule(1, isIn('app', 'a', 'b')), rule(2, isIn('app', 'b', 'c'))],
    [
      ['app in (b)', [1, 2]],
      ['app in (a,b)', [1]],
      ['app in (b,c)', [2]],
      ['', []],
    ],
  ],
  [
    'a list within another',
    {},
    [rule(1, isIn('app', 'a', 'b', 'c')), rule(2, isIn('app', 'b', 'c'))],
    [
      ['app in (b,c)', [1, 2]],
      ['app in (a,b,c)', [1]],
      ['', []],
    ],
  ],
  [
    'an intersection of lists is left out when each of its values is in another list too',
    {},
    [
      rule(1, isIn('app', 'a', 'b')),
      rule(2, isIn('app', 'a', 'b', 'c')),
      rule(3, isIn('app', 'a')),
      rule(4, isIn('app', 'b')),
    ],
    [
      ['app in (a)', [1, 2, 3]],
      ['app in (b)', [1, 2, 4]],
      ['app in (a,b,c)', [2]],
      ['', []],
    ],
  ],
  [
    'pods without a label, and with other values of it',
    {},
    [
      rule(1, { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }),
      rule(2, { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a', 'b'] }] }),
      rule(3, { matchExpressions: [{ key: 'app', operator: 'Exists' }] }),
      rule(4, isIn('app', 'b')),
    ],
    [
      ['app in (b)', [3, 4]],
      ['!app', [1, 2]],
      ['app,app notin (a,b)', [2, 3]],
      ['app', [3]],
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

test('seven lists of five values are five sets', () => {
  const lists = [
    ['api', 'worker', 'cron', 'admin'],
    ['web', 'api', 'worker'],
    ['api', 'worker', 'cron'],
    ['web', 'worker', 'api', 'admin'],
    ['worker', 'cron'],
    ['web', 'api', 'admin'],
    ['web', 'admin', 'worker'],
  ];
  assert.equal(groups({}, ...lists.map((values, n) => rule(n, isIn('app', ...values)))), [
    ['app in (admin)', [0, 3, 5, 6]],
    ['app in (api)', [0, 1, 2, 3, 5]],
    ['app in (web)', [1, 3, 5, 6]],
    ['app in (worker)', [0, 1, 2, 3, 4, 6]],
    ['app in (cron,worker)', [0, 2, 4]],
    ['', []],
  ]);
});

test('lists of two labels: one set for each pair of values that differs', () => {
  const lists = [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'c'],
  ];
  const rules = ['app', 'tier'].flatMap((key, k) => lists.map((values, n) => rule(10 * k + n, isIn(key, ...values))));
  assert.is(groups({}, ...rules).length, 16);
});

test('64 lists of one label with 64 values that differ are accepted', () => {
  const rules = Array.from({ length: 64 }, (_, i) =>
    rule(i, isIn('app', `v${i}`, `v${(i + 1) % 64}`, `v${(i + 7) % 64}`)),
  );
  const start = cpuMs();
  assert.is(groups({}, ...rules).length, 65);
  assert.ok(cpuMs() - start < 1000);
});

test('as many rules as the schema allows, each for other pods, are accepted', () => {
  const rules = Array.from({ length: 64 }, (_, i) => rule(i, label(['app', `v${i}`])));
  assert.is(groups({}, ...rules).length, 65);
});

test('selectors with too many values are refused at once', () => {
  const lists = (of: number): Allowed[] =>
    Array.from({ length: of }, (_, i) => {
      const names = (e: number): string[] => Array.from({ length: 32 }, (_, v) => `v${i}-${e}-${v}`);
      const notIn = (e: number) => ({ key: 'app', operator: 'NotIn' as const, values: names(e) });
      return rule(i, { matchExpressions: Array.from({ length: 8 }, (_, e) => notIn(e)) });
    });
  assert.is(groups({}, ...lists(20)).length, 22);
  const start = cpuMs();
  assert.throws(
    () => groups({}, ...lists(63)),
    (error: unknown) =>
      error instanceof StalledError &&
      error.reason === 'TooLarge' &&
      error.message ===
        'the 65 combinations of the pods of spec.network.allow name 1016064 values of labels, and 131072 are allowed: name fewer values, or split the policy',
  );
  assert.ok(cpuMs() - start < 1000);
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

const exists = fc.constantFrom<Selector>(
  { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
  { matchExpressions: [{ key: 'b', operator: 'Exists' }] },
);
const listing = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c'),
    operator: fc.constantFrom('In' as const, 'In' as const, 'NotIn' as const),
    values: fc.subarray(['x', 'y', 'z'], { minLength: 1 }),
  })
  .map((one): Selector => ({ matchExpressions: [one] }));
const pods = fc
  .array(fc.oneof({ weight: 5, arbitrary: listing }, { weight: 1, arbitrary: exists }), { minLength: 1, maxLength: 3 })
  .map((parts): Selector => ({ matchExpressions: parts.flatMap((p) => p.matchExpressions ?? []) }));

/** Every pod that three labels can make, each with a value that no selector names. */
const VALUES = [undefined, 'x', 'y', 'z', 'other'];
const EVERY_POD = VALUES.flatMap((a) =>
  VALUES.flatMap((b) =>
    VALUES.map((c) => Object.fromEntries(Object.entries({ a, b, c }).filter(([, value]) => value !== undefined))),
  ),
) as Record<string, string>[];

test('the first group of each pod allows all of its rules, and there is one group for each combination of rules', () => {
  fc.assert(
    fc.property(pods, fc.array(pods, { maxLength: 6 }), (all, selectors) => {
      const rules = selectors.map((s, n) =>
        rule(n, { matchExpressions: [...(all.matchExpressions ?? []), ...(s.matchExpressions ?? [])] }),
      );
      const found = groupByPods(podSet(all), rules).map((g) => ({
        selector: toSelector(g.pods),
        allowed: g.allowed.map(({ source }) => source),
      }));
      const combinations = new Set<string>();
      for (const pod of EVERY_POD) {
        if (!selects(toSelector(podSet(all)), pod)) continue;
        const expected = rules.filter((r) => selects(toSelector(r.pods), pod)).map(({ source }) => source);
        const mine = found.filter(({ selector }) => selects(selector, pod));
        assert.equal(mine[0]?.allowed, expected);
        for (const { allowed } of mine) assert.ok(allowed.every((source) => expected.includes(source)));
        combinations.add(JSON.stringify(expected));
      }
      // The group for all pods is there in any case.
      const last = JSON.stringify(found.at(-1)?.allowed);
      assert.is(found.length, combinations.add(last).size);
    }),
    { seed: 20261129, numRuns: 300 },
  );
});

test.run();
