import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CachedChild } from '../../../../src/policy/children/cached-child.ts';
import { deletionOrder } from '../../../../src/policy/sections/network/deletion-order.ts';

const policy = (name: string, podSelector: LabelSelector | undefined): CachedChild => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' },
  foreignManagers: [],
  generated: true,
  ...(podSelector && { spec: { podSelector } }),
});

const isA = { app: 'a' };
const exists = (key: string) => ({ key, operator: 'Exists' });

const rows: [what: string, policies: CachedChild[], order: string[]][] = [
  ['nothing', [], []],
  [
    'all pods, then fewer and fewer',
    [
      policy('three', { matchLabels: isA, matchExpressions: [exists('b'), exists('c')] }),
      policy('all', {}),
      policy('two', { matchLabels: isA, matchExpressions: [exists('b')] }),
      policy('one', { matchLabels: isA }),
    ],
    ['all', 'one', 'two', 'three'],
  ],
  [
    'expressions count like labels',
    [
      policy('two', { matchExpressions: [exists('a'), exists('b')] }),
      policy('one', { matchExpressions: [exists('a')] }),
      policy('all', { matchLabels: {}, matchExpressions: [] }),
    ],
    ['all', 'one', 'two'],
  ],
  [
    'many values are one requirement',
    [
      policy('two', { matchLabels: { a: '1', b: '1' } }),
      policy('one', { matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2', '3'] }] }),
    ],
    ['one', 'two'],
  ],
  [
    'what is said twice counts once',
    [
      policy('two', { matchLabels: { a: '1', b: '1' } }),
      policy('one', { matchLabels: isA, matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] }),
    ],
    ['one', 'two'],
  ],
  [
    'without a spec there is nothing to keep',
    [policy('one', { matchLabels: isA }), policy('none', undefined)],
    ['none', 'one'],
  ],
  [
    'as many requirements: as they came',
    [policy('y', { matchLabels: isA }), policy('x', { matchLabels: { b: '1' } })],
    ['y', 'x'],
  ],
];

for (const [what, policies, order] of rows) {
  test(what, () => {
    const before = [...policies];
    assert.equal(
      deletionOrder(policies).map((p) => p.metadata.name),
      order,
    );
    assert.equal(policies, before, 'the list that was given is left as it was');
  });
}

test.run();
