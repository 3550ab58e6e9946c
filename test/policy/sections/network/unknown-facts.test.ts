import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection } from '../../../../src/api/policy.ts';
import type { ClusterFacts } from '../../../../src/policy/sections/network/context.ts';
import { allowsApiServer, allowsDns, unknownFacts } from '../../../../src/policy/sections/network/unknown-facts.ts';

const rows: [network: NetworkSection | undefined, dns: boolean, apiServer: boolean][] = [
  [undefined, false, false],
  [{}, true, false],
  [{ allow: { dns: true } }, true, false],
  [{ allow: { dns: false } }, false, false],
  [{ isolate: ['Ingress'] }, false, false],
  [{ isolate: ['Ingress'], allow: { apiServer: true } }, false, false],
  [{ isolate: ['Egress'], allow: { apiServer: true } }, true, true],
  [{ allow: { apiServer: true, dns: false } }, false, true],
  [{ allow: { apiServer: false } }, true, false],
];

const facts = (apiServerKnown: boolean, state: ClusterFacts['dns']['state']): ClusterFacts => ({
  context: { dnsPeers: [], apiServer: [] },
  apiServerKnown,
  dns: { state, message: 'the cause' },
});

for (const [network, dns, apiServer] of rows) {
  test(`${JSON.stringify(network)}`, () => {
    assert.equal([allowsDns(network), allowsApiServer(network)], [dns, apiServer]);
    const reasons = (f: ClusterFacts) => (network === undefined ? [] : unknownFacts(network, f).map((u) => u.reason));
    assert.equal(reasons(facts(true, 'Found')), []);
    assert.equal(reasons(facts(true, 'Unverified')), []);
    assert.equal(reasons(facts(false, 'Unknown')), [
      ...(apiServer ? ['ApiServerUnknown'] : []),
      ...(dns ? ['DnsUnknown'] : []),
    ]);
  });
}

test('the message has the cause', () =>
  assert.equal(unknownFacts({}, facts(true, 'Unknown')), [
    { reason: 'DnsUnknown', message: 'the cause. If the pods of this policy resolve no names, set allow.dns: false' },
  ]));

test.run();
