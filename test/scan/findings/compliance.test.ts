import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blockingFindings } from '../../../src/scan/findings/compliance.ts';
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

test.run();
