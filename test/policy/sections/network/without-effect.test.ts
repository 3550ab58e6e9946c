import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection, Selector } from '../../../../src/api/policy.ts';
import { isolatesNothing, withoutEffect } from '../../../../src/policy/sections/network/without-effect.ts';

const app = (value: string): Selector => ({ matchLabels: { app: value } });
const IMPOSSIBLE: Selector = { ...app('a'), matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] };
const ANYWHERE = [{ anywhere: true as const }];

const rows: [what: string, network: NetworkSection, found: string[]][] = [
  ['no rules', {}, []],
  [
    'rules for pods that can be',
    { podSelector: app('a'), allow: { ingress: [{ pods: app('a'), from: ANYWHERE }] } },
    [],
  ],
  [
    'pods that podSelector excludes',
    {
      podSelector: app('db'),
      allow: { ingress: [{ from: ANYWHERE }, { description: 'the\nweb', pods: app('web'), from: ANYWHERE }] },
    },
    [
      "spec.network.allow.ingress[1] (the web) has no effect: its pods contradict podSelector, because no pod can have app in (db) and app in (web); correct the rule's pods, or podSelector",
    ],
  ],
  [
    'lists without a common value',
    {
      podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
      allow: {
        egress: [{ pods: { matchExpressions: [{ key: 'app', operator: 'In', values: ['c', 'd'] }] }, to: ANYWHERE }],
      },
    },
    [
      "spec.network.allow.egress[0] has no effect: its pods contradict podSelector, because no pod can have app in (a,b) and app in (c,d); correct the rule's pods, or podSelector",
    ],
  ],
  [
    'pods that cannot be',
    { allow: { egress: [{ pods: IMPOSSIBLE, to: ANYWHERE }] } },
    [
      "spec.network.allow.egress[0] has no effect: no pod can have app in (a) and app notin (a); correct the rule's pods",
    ],
  ],
  [
    'one peer of two, and a namespace',
    {
      allow: {
        ingress: [
          { from: [{ cidr: '192.0.2.0/24' }, { pods: IMPOSSIBLE }] },
          {
            from: [
              {
                namespaceSelector: {
                  matchExpressions: [
                    { key: 'team', operator: 'Exists' },
                    { key: 'team', operator: 'DoesNotExist' },
                  ],
                },
              },
            ],
          },
        ],
      },
    },
    [
      "spec.network.allow.ingress[0].from[1] has no effect: nothing can have app in (a) and app notin (a); correct the peer's selectors",
      "spec.network.allow.ingress[1].from[0] has no effect: nothing can have !team and team; correct the peer's selectors",
    ],
  ],
  [
    'rules of a direction that is not isolated are no concern',
    { isolate: ['Ingress'], allow: { egress: [{ pods: IMPOSSIBLE, to: ANYWHERE }] } },
    [],
  ],
  [
    'of a policy for no pod, podSelector is the concern',
    { podSelector: IMPOSSIBLE, allow: { ingress: [{ pods: app('b'), from: ANYWHERE }] } },
    [],
  ],
];

for (const [what, network, found] of rows) test(what, () => assert.equal(withoutEffect(network), found));

test('a policy for no pod', () => {
  assert.is(isolatesNothing({}), undefined);
  assert.is(isolatesNothing({ podSelector: app('a') }), undefined);
  assert.is(
    isolatesNothing({ podSelector: IMPOSSIBLE }),
    'spec.network isolates no pod: podSelector contradicts itself, because no pod can have app in (a) and app notin (a); correct podSelector',
  );
});

test.run();
