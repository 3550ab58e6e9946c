import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec, PolicyStatus } from '../../../../src/api/policy.ts';
import { claimsOf } from '../../../../src/policy/sections/podsecurity/claims.ts';
import type { Claim } from '../../../../src/policy/sections/podsecurity/decide.ts';
import { policyOf } from '../../policy.ts';

const claim = (level: Claim['level'], version = 'latest', onViolation: Claim['onViolation'] = 'Wait'): Claim => ({
  policy: 'payments',
  level,
  version,
  onViolation,
});
const frozen = (level: Claim['level'], version = 'latest'): Claim => ({ ...claim(level, version), frozen: {} });
const asked = (requested: string): PolicyStatus => ({ podSecurity: { requested } });

const rows: [what: string, spec: PolicySpec, status: PolicyStatus | undefined, claims: Claim[]][] = [
  ['no section', {}, undefined, []],
  ['a level: the newest version, and it waits', { podSecurity: { level: 'baseline' } }, undefined, [claim('baseline')]],
  [
    'everything said',
    { mode: 'Enforce', suspend: false, podSecurity: { level: 'restricted', version: 'v1.30', onViolation: 'Enforce' } },
    undefined,
    [claim('restricted', 'v1.30', 'Enforce')],
  ],
  ['Audit asks for nothing', { mode: 'Audit', podSecurity: { level: 'baseline' } }, asked('baseline:latest'), []],
  ['suspended before its first reconcile', { suspend: true, podSecurity: { level: 'restricted' } }, undefined, []],
  [
    'suspended: what it asked for',
    { suspend: true, podSecurity: { level: 'restricted' } },
    asked('restricted:latest'),
    [frozen('restricted')],
  ],
  [
    'suspended and made weaker at once: still what it asked for',
    { suspend: true, podSecurity: { level: 'privileged', version: 'latest', onViolation: 'Enforce' } },
    asked('restricted:v1.30'),
    [frozen('restricted', 'v1.30')],
  ],
  ['suspended and emptied at once', { suspend: true }, asked('baseline:latest'), [frozen('baseline')]],
  [
    'suspended and set to Audit at once',
    { suspend: true, mode: 'Audit', podSecurity: { level: 'baseline' } },
    asked('baseline:latest'),
    [frozen('baseline')],
  ],
  [
    'suspended while it waited: what was enforced then',
    { suspend: true },
    { podSecurity: { requested: 'restricted:v1.30', enforced: 'baseline' } },
    [{ ...claim('restricted', 'v1.30'), frozen: { held: { level: 'baseline', version: 'latest' } } }],
  ],
  [
    'suspended in force',
    { suspend: true },
    { podSecurity: { requested: 'restricted:v1.30', enforced: 'restricted' } },
    [{ ...claim('restricted', 'v1.30'), frozen: { held: { level: 'restricted', version: 'v1.30' } } }],
  ],
  ['suspended with a status that cannot be read', { suspend: true }, asked('strict:latest'), []],
  ['suspended with half a status', { suspend: true }, asked('baseline'), []],
];

for (const [what, spec, status, claims] of rows) {
  const policy = (metadata = {}) => policyOf(spec, { metadata, ...(status && { status }) });
  test(what, () => assert.equal(claimsOf(policy()), claims));
  test(`${what}, being deleted: nothing`, () =>
    assert.equal(claimsOf(policy({ deletionTimestamp: '2026-11-24T10:00:00Z' })), []));
}

test('a spec that this release does not know: the earlier claim', () => {
  const policy = policyOf({ podSecurity: { level: 'privileged' } }, { status: asked('restricted:latest') });
  assert.equal(claimsOf({ ...policy, unsupported: ['spec.runtime'] }), [frozen('restricted')]);
});

test.run();
