import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection } from '../../../../src/api/policy.ts';
import type { ClusterFacts, NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { applied } from '../../../../src/policy/sections/network/outcome.ts';
import { renderNetwork } from '../../../../src/policy/sections/network/render.ts';

const CONTEXT: NetworkContext = { dnsPeers: [], apiServer: [] };
const FACTS: ClusterFacts = { context: CONTEXT, apiServerKnown: false, dns: { state: 'Found', message: 'here' } };
const outcome = (network: NetworkSection, facts = FACTS) => {
  const rendered = renderNetwork({ name: 'p', namespace: 'n' }, network, facts.context);
  const { state, reason, message } = applied(network, rendered, facts);
  return [state, reason, message];
};

const DB = { matchLabels: { app: 'db' } };
const WEB = { matchLabels: { app: 'web' } };
const NO_EFFECT = (index: number): string =>
  `spec.network.allow.ingress[${index}] has no effect: its pods contradict podSelector, because no pod can have app in (db) and app in (web); correct the rule's pods, or podSelector`;
const rules = (count: number) =>
  Array.from({ length: count }, () => ({ pods: WEB, from: [{ anywhere: true as const }] }));

test('everything is in force', () => {
  assert.equal(outcome({}), ['InForce', 'Applied', '1 NetworkPolicy in force; DNS: here']);
  assert.equal(outcome({ allow: { ingress: rules(1) } }), [
    'InForce',
    'Applied',
    '2 NetworkPolicies in force; DNS: here',
  ]);
});

test('a rule without effect is named', () => {
  assert.equal(outcome({ podSelector: DB, allow: { ingress: rules(1) } }), [
    'InForce',
    'RulesWithoutEffect',
    `1 NetworkPolicy in force; DNS: here. ${NO_EFFECT(0)}`,
  ]);
});

test('of many, ten are named', () => {
  const [, , message] = outcome({ podSelector: DB, allow: { ingress: rules(12) } });
  const named = Array.from({ length: 10 }, (_, n) => NO_EFFECT(n));
  assert.is(message, ['1 NetworkPolicy in force; DNS: here', ...named, 'and 2 more'].join('. '));
});

test('an unknown API server matters more, and both are named', () => {
  const [state, reason, message] = outcome({ podSelector: DB, allow: { apiServer: true, ingress: rules(1) } });
  assert.equal([state, reason], ['Waiting', 'ApiServerUnknown']);
  assert.ok(
    message?.startsWith('1 NetworkPolicy is in force. allow.apiServer is not in force: ') &&
      message.endsWith(NO_EFFECT(0)),
  );
});

const NO_NAMES = 'If the pods of this policy resolve no names, set allow.dns: false';

test('unknown DNS is no success, and what is not asked for is not named', () => {
  const unknown: ClusterFacts = { ...FACTS, dns: { state: 'Unknown', message: 'nowhere' } };
  assert.equal(outcome({}, unknown), ['Waiting', 'DnsUnknown', `1 NetworkPolicy is in force. nowhere. ${NO_NAMES}`]);
  assert.equal(outcome({ allow: { dns: false } }, unknown), ['InForce', 'Applied', '1 NetworkPolicy in force']);
  const [, reason, message] = outcome({ allow: { apiServer: true } }, unknown);
  assert.is(reason, 'ApiServerUnknown');
  assert.match(
    message ?? '',
    /^1 NetworkPolicy is in force\. allow\.apiServer is not in force: .*\. nowhere\. If the pods .*allow\.dns: false$/,
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
