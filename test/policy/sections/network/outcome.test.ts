import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection } from '../../../../src/api/policy.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { applied } from '../../../../src/policy/sections/network/outcome.ts';
import { renderNetwork } from '../../../../src/policy/sections/network/render.ts';

const CONTEXT: NetworkContext = { dnsPeers: [], apiServer: [] };
const outcome = (network: NetworkSection) => {
  const { state, reason, message } = applied(network, renderNetwork({ name: 'p', namespace: 'n' }, network, CONTEXT));
  return [state, reason, message];
};

const DB = { matchLabels: { app: 'db' } };
const WEB = { matchLabels: { app: 'web' } };
const NO_EFFECT = (index: number): string =>
  `spec.network.allow.ingress[${index}] has no effect: its pods contradict podSelector, for no pod can have app in (db) and app in (web); correct the rule's pods, or podSelector`;
const rules = (count: number) =>
  Array.from({ length: count }, () => ({ pods: WEB, from: [{ anywhere: true as const }] }));

test('everything is in force', () => {
  assert.equal(outcome({}), ['InForce', 'Applied', '1 NetworkPolicy in force']);
  assert.equal(outcome({ allow: { ingress: rules(1) } }), ['InForce', 'Applied', '2 NetworkPolicies in force']);
});

test('a rule without effect is named', () => {
  assert.equal(outcome({ podSelector: DB, allow: { ingress: rules(1) } }), [
    'InForce',
    'RulesWithoutEffect',
    `1 NetworkPolicy in force. ${NO_EFFECT(0)}`,
  ]);
});

test('of many, ten are named', () => {
  const [, , message] = outcome({ podSelector: DB, allow: { ingress: rules(12) } });
  const named = Array.from({ length: 10 }, (_, n) => NO_EFFECT(n));
  assert.is(message, ['1 NetworkPolicy in force', ...named, 'and 2 more'].join('. '));
});

test('an unknown API server matters more, and both are named', () => {
  const [state, reason, message] = outcome({ podSelector: DB, allow: { apiServer: true, ingress: rules(1) } });
  assert.equal([state, reason], ['Waiting', 'ApiServerUnknown']);
  assert.ok(
    message?.startsWith('1 NetworkPolicy in force, without allow.apiServer: ') && message.endsWith(NO_EFFECT(0)),
  );
});

test('a policy that isolates no pod is not in force', () => {
  const [state, reason, message] = outcome({
    podSelector: { ...DB, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
    allow: { apiServer: true },
  });
  assert.equal([state, reason], ['Stalled', 'SelectsNoPod']);
  assert.match(message ?? '', /^spec.network isolates no pod: /);
});

test.run();
