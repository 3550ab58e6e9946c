import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../../src/api/policy.ts';
import { claimsOf, holdsLabels } from '../../../../src/policy/sections/podsecurity/claims.ts';
import type { Claim } from '../../../../src/policy/sections/podsecurity/decide.ts';
import { policyOf } from '../../policy.ts';

const claim = (level: Claim['level'], version = 'latest', onViolation: Claim['onViolation'] = 'Wait'): Claim => ({
  policy: 'payments',
  level,
  version,
  onViolation,
});

const rows: [what: string, spec: PolicySpec, claims: Claim[], holds: boolean][] = [
  ['no section', {}, [], false],
  ['a level: the newest version, and it waits', { podSecurity: { level: 'baseline' } }, [claim('baseline')], false],
  [
    'everything said',
    { mode: 'Enforce', suspend: false, podSecurity: { level: 'restricted', version: 'v1.30', onViolation: 'Enforce' } },
    [claim('restricted', 'v1.30', 'Enforce')],
    false,
  ],
  ['Audit asks for nothing', { mode: 'Audit', podSecurity: { level: 'baseline' } }, [], false],
  [
    'suspended: asks for nothing, and keeps the labels',
    { suspend: true, podSecurity: { level: 'baseline' } },
    [],
    true,
  ],
  [
    'suspended and set to Audit at once: keeps the labels',
    { suspend: true, mode: 'Audit', podSecurity: { level: 'baseline' } },
    [],
    true,
  ],
  ['suspended without the section', { suspend: true, network: {} }, [], false],
];

for (const [what, spec, claims, holds] of rows) {
  for (const requested of [undefined, 'restricted:latest', 'strict:latest', 'baseline']) {
    const status = requested === undefined ? {} : { podSecurity: { requested, enforced: 'restricted' } };
    const policy = (metadata = {}) => policyOf(spec, { metadata, status });
    test(`${what}, whatever the status says: ${requested}`, () => {
      assert.equal(claimsOf(policy()), claims);
      assert.is(holdsLabels(policy()), holds);
    });
    test(`${what}, being deleted: nothing, whatever the status says: ${requested}`, () => {
      assert.equal(claimsOf(policy({ deletionTimestamp: '2026-11-24T10:00:00Z' })), []);
      assert.is(holdsLabels(policy({ deletionTimestamp: '2026-11-24T10:00:00Z' })), false);
    });
  }
}

test('a spec that this release does not know asks for nothing, and keeps the labels', () => {
  const policy = { ...policyOf({ podSecurity: { level: 'privileged' } }), unsupported: ['spec.runtime'] };
  assert.equal(claimsOf(policy), []);
  assert.is(holdsLabels(policy), true);
});

test.run();
