import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blockingFindings, describeBlocking } from '../../../src/scan/findings/compliance.ts';
import { known } from './known-finding.ts';

const critical = known({ id: 'CVE-1', severity: 'Critical' });
const unfixed = known({ id: 'CVE-2', severity: 'Critical', fixed: [] });
const high = known({ id: 'CVE-3', severity: 'High' });
const unknown = known({ id: 'CVE-4', severity: 'Unknown' });
const all = [unknown, high, unfixed, critical];

test('findings less severe than failOn do not block', () => {
  assert.equal(blockingFindings(all, {}), [critical, unfixed]);
  assert.equal(blockingFindings(all, { failOn: 'High' }), [critical, unfixed, high]);
  assert.equal(blockingFindings(all, { failOn: 'Low' }), [critical, unfixed, high, unknown]);
  assert.equal(blockingFindings(all, { failOn: 'None' }), []);
});

test('with ignoreUnfixed, findings without a fix do not block', () => {
  assert.equal(blockingFindings(all, { failOn: 'Critical', ignoreUnfixed: true }), [critical]);
  assert.equal(blockingFindings([unfixed], { ignoreUnfixed: true }), []);
});

test('with failOnKnownExploited, known exploitation blocks whatever the severity, unless ignoreUnfixed leaves it out', () => {
  const low = known({ id: 'CVE-5', severity: 'Low', knownExploited: true });
  const undecided = known({ id: 'CVE-6', severity: 'Unknown', knownExploited: true, fixed: [] });
  const some = [undecided, low, high, critical];
  assert.equal(blockingFindings(some, {}), [critical]);
  assert.equal(blockingFindings(some, { failOnKnownExploited: false }), [critical]);
  assert.equal(blockingFindings(some, { failOnKnownExploited: true }), [critical, low, undecided]);
  assert.equal(blockingFindings(some, { failOn: 'None', failOnKnownExploited: true }), [low, undecided]);
  assert.equal(blockingFindings(some, { failOn: 'High', failOnKnownExploited: true }), [
    critical,
    high,
    low,
    undecided,
  ]);
  assert.equal(blockingFindings(some, { failOnKnownExploited: true, ignoreUnfixed: true }), [critical, low]);
});

for (const [spec, text] of [
  [{}, 'of severity Critical'],
  [{ failOn: 'Critical', ignoreUnfixed: true }, 'of severity Critical with a fix'],
  [{ failOn: 'High' }, 'of severity High or above'],
  [{ failOn: 'High', failOnKnownExploited: true }, 'of severity High or above, or known to be exploited'],
  [{ failOn: 'High', ignoreUnfixed: true }, 'of severity High or above with a fix'],
  [
    { failOn: 'Low', failOnKnownExploited: true, ignoreUnfixed: true },
    'of severity Low or above, or known to be exploited, with a fix',
  ],
  [{ failOn: 'None', failOnKnownExploited: true }, 'known to be exploited'],
  [{ failOn: 'None', failOnKnownExploited: false }, undefined],
] as const) {
  test(`${JSON.stringify(spec)} in words`, () => assert.is(describeBlocking(spec), text));
}

test.run();
