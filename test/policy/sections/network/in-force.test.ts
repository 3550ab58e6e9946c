import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection, Selector } from '../../../../src/api/policy.ts';
import type { CachedChild } from '../../../../src/policy/children/cached-child.ts';
import type { NetworkPolicyChild } from '../../../../src/policy/children/kinds.ts';
import { parseDnsPeers } from '../../../../src/policy/sections/network/dns.ts';
import { allInForce, liveInForce } from '../../../../src/policy/sections/network/in-force.ts';
import { renderNetwork } from '../../../../src/policy/sections/network/render.ts';

const NETWORK: NetworkSection = {
  allow: {
    sameNamespace: true,
    ingress: [
      { pods: { matchLabels: { app: 'web' } }, from: [{ cidr: '192.0.2.0/24' }] },
      { from: [{ namespaces: ['monitoring'] }] },
    ],
    egress: [{ pods: { matchLabels: { app: 'web' } }, to: [{ anywhere: true }] }],
  },
};
/** Two peers, of one rule. */
const CONTEXT = { dnsPeers: parseDnsPeers('kube-system/app=dns:53,169.254.20.10/32:53'), apiServer: [] };
const rendered = renderNetwork({ name: 'p', namespace: 'n' }, NETWORK, CONTEXT);
const [ingress, egress, base] = rendered.policies as [NetworkPolicyChild, NetworkPolicyChild, NetworkPolicyChild];

const live = (child: NetworkPolicyChild, changed: object = {}): CachedChild => ({
  apiVersion: child.apiVersion,
  kind: child.kind,
  metadata: { ...child.metadata, uid: child.metadata.name, resourceVersion: '1' },
  generated: true,
  foreignManagers: [],
  spec: { ...structuredClone(child.spec), ...changed },
});

test('all is in force', () => {
  assert.equal(allInForce(rendered), { policies: 3, ingressRules: 3, egressRules: 3 });
  assert.equal(
    liveInForce(
      rendered,
      rendered.policies.map((p) => live(p)),
    ),
    allInForce(rendered),
  );
});

const rows: [what: string, live: CachedChild[], policies: number, ingressRules: number, egressRules: number][] = [
  ['nothing exists', [], 0, 0, 0],
  ['a rule for all pods is in force with the base only', [live(ingress)], 1, 1, 0],
  ['rules for some pods are in force with theirs', [live(ingress), live(egress)], 2, 1, 1],
  ['a rule that others lack is not in force', [live(egress), live(base)], 2, 0, 3],
  [
    'one that differs isolates, and its rules are not in force',
    [live(ingress, { ingress: [] }), live(egress), live(base)],
    3,
    0,
    3,
  ],
  ['those of an earlier spec isolate too', [live({ ...base, metadata: { ...base.metadata, name: 'old' } })], 1, 0, 0],
];

test('a NetworkPolicy that selects no pod is not in force', () => {
  const podSelector: Selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] };
  const none = renderNetwork({ name: 'p', namespace: 'n' }, { ...NETWORK, podSelector }, CONTEXT);
  const objects = none.policies.map((p) => live(p));
  for (const found of [allInForce(none), liveInForce(none, objects), liveInForce(undefined, objects)])
    assert.equal(found, { policies: 0, ingressRules: 0, egressRules: 0 });
});

for (const [what, objects, policies, ingressRules, egressRules] of rows) {
  test(`after a failure: ${what}`, () =>
    assert.equal(liveInForce(rendered, objects), { policies, ingressRules, egressRules }));
}

test('without a rendered spec, the rules are those that the NetworkPolicies have', () => {
  assert.equal(liveInForce(undefined, []), { policies: 0, ingressRules: 0, egressRules: 0 });
  assert.equal(liveInForce(undefined, [live(ingress), live(base)]), { policies: 2, ingressRules: 3, egressRules: 2 });
});

test.run();
