import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection } from '../../../../src/api/policy.ts';
import { reachPolicies } from '../../../../src/policy/sections/network/reach-policies.ts';
import { ruleNames } from '../../../../src/reach/naming.ts';
import { Reach } from '../../../../src/reach/reach.ts';
import { app, pod, world } from '../../../reach/worlds.ts';

const DNS = { peer: { namespaceSelector: {}, podSelector: app('dns') }, port: 53 };
const API_SERVER = { cidrs: ['10.0.0.1/32'], ports: [{ protocol: 'TCP', port: 6443 }] };

const policiesOf = (network: NetworkSection) =>
  reachPolicies({ namespace: 'shop', name: 'books' }, network, {
    dnsPeers: [DNS],
    apiServer: [API_SERVER],
  });

const NETWORK: NetworkSection = {
  allow: {
    ...{ sameNamespace: true, apiServer: true },
    ingress: [
      { description: 'visitors', pods: app('web'), from: [{ namespaces: ['data'] }], ports: [{ port: 'http' }] },
      { pods: app('web'), from: [{ namespaces: ['data'] }], ports: [{ port: 'http' }] },
      { pods: app('api'), from: [{ pods: app('web') }] },
    ],
    egress: [{ description: 'the database', pods: app('api'), to: [{ namespaces: ['data'] }] }],
  },
};

test('every rule of every NetworkPolicy has its sources, and the same number of them', () => {
  for (const { spec, origin } of policiesOf(NETWORK)) {
    assert.is(origin?.ingress.length, spec.ingress?.length ?? 0);
    assert.is(origin?.egress.length, spec.egress?.length ?? 0);
  }
});

test('equal rules are one with both sources', () => {
  const named = policiesOf(NETWORK).map(({ origin }) => origin?.ingress);
  assert.equal(named[0], [[{ field: 'sameNamespace' }], [{ field: 'ingress[2]' }]]);
  assert.equal(named[1], [
    [{ field: 'sameNamespace' }],
    [{ field: 'ingress[0]', description: 'visitors' }, { field: 'ingress[1]' }],
  ]);
});

test('a verdict names the rules in the words of the user', () => {
  const reach = new Reach(world({ policies: policiesOf(NETWORK) }));
  const http = { port: 8080, protocol: 'TCP' } as const;
  assert.equal(ruleNames(reach.verdict(pod('data/job'), pod('shop/web'), http).ingress.allowedBy), [
    'ingress[0] "visitors" and ingress[1] of ContainerSecurityPolicy shop/books',
  ]);
  assert.equal(ruleNames(reach.verdict(pod('shop/api'), pod('data/db'), http).egress.allowedBy), [
    'egress[0] "the database" of ContainerSecurityPolicy shop/books',
  ]);
  assert.equal(
    ruleNames(reach.verdict(pod('shop/api'), { address: '10.0.0.1' }, { ...http, port: 6443 }).egress.allowedBy),
    ['apiServer of ContainerSecurityPolicy shop/books'],
  );
});

test.run();
