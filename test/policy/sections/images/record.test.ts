import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImagesSection, PolicySpec } from '../../../../src/api/policy.ts';
import type { CachedPolicy } from '../../../../src/policy/caches.ts';
import type { OwnedLabel } from '../../../../src/policy/namespace.ts';
import {
  fromRecord,
  ownedRecords,
  recordKey,
  toRecord,
  wantedRecords,
} from '../../../../src/policy/sections/images/record.ts';
import { policyOf } from '../../policy.ts';

const texts: [rules: ImagesSection, record: string][] = [
  [{ allowed: ['docker.io/library/nginx'] }, 'allowed=docker.io/library/nginx'],
  [{ allowed: ['a.io/*', 'b.io:5000/x'], requireDigest: true }, 'allowed=a.io/*,b.io:5000/x requireDigest'],
  [{ requireDigest: true, requireRegistry: true }, 'requireDigest requireRegistry'],
  [{ allowed: ['a.io/*'], requireRegistry: true, onViolation: 'Enforce' }, 'allowed=a.io/* requireRegistry'],
];

for (const [rules, record] of texts) {
  test(`the record of ${JSON.stringify(rules)} is ${record}, and is read as the same rules`, () => {
    assert.is(toRecord(rules), record);
    const { onViolation: _, ...read } = rules;
    assert.equal(fromRecord(record), { requireDigest: false, requireRegistry: false, ...read });
  });
}

test('a record that another client wrote is read as far as it is one', () => {
  assert.equal(fromRecord(''), { requireDigest: false, requireRegistry: false });
  assert.equal(fromRecord('x allowed=a,b allowed=c'), {
    allowed: ['a', 'b'],
    requireDigest: false,
    requireRegistry: false,
  });
});

const images = { requireDigest: true };
const policy = (uid: string, spec: PolicySpec, metadata: object = {}): CachedPolicy =>
  policyOf(spec, { metadata: { name: uid, uid, ...metadata } });
const recorded = (...uids: string[]): Map<string, OwnedLabel> =>
  new Map(
    uids.map((uid) => [`enforced-images.security.palisade.dev/${uid}`, { value: uid, managers: ['palisade-images'] }]),
  );

/** Of the other policy `b`, whose rules are in force. */
const others: [what: string, policies: CachedPolicy[], isKept: boolean][] = [
  ['has rules', [policy('b', { images })], true],
  ['is suspended', [policy('b', { images, suspend: true })], true],
  ['is suspended in mode Audit', [policy('b', { images, suspend: true, mode: 'Audit' })], true],
  ['is of a newer release', [{ ...policy('b', { images }), unsupported: ['spec.hosts'] }], true],
  ['is in mode Audit', [policy('b', { images, mode: 'Audit' })], false],
  ['has no rules', [policy('b', {})], false],
  ['is being deleted', [policy('b', { images }, { deletionTimestamp: '2026-11-24T12:00:00Z' })], false],
  ['is gone', [], false],
];

for (const [what, policies, isKept] of others) {
  test(`the record of another policy that ${what} ${isKept ? 'stays' : 'goes'}`, () => {
    const own = policy('a', { images });
    const wanted = wantedRecords(recorded('a', 'b'), own, 'requireDigest', policies);
    const a = { [recordKey(own)]: 'requireDigest' };
    assert.equal(wanted, isKept ? { ...a, 'enforced-images.security.palisade.dev/b': 'b' } : a);
    assert.equal(Object.keys(wantedRecords(recorded('a', 'b'), own, undefined, policies)).length, isKept ? 1 : 0);
  });
}

test('a policy whose rules are not in force is given none by another one', () =>
  assert.equal(wantedRecords(new Map(), policy('a', {}), undefined, [policy('b', { images })]), {}));

test('a record that another field manager took over is written again', () => {
  const records = new Map([...recorded('a'), ['b', { value: 'b', managers: ['kubectl'] }]]);
  assert.equal(ownedRecords(records), { 'enforced-images.security.palisade.dev/a': 'a' });
});

test.run();
