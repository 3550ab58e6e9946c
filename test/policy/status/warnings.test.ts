import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicyStatus } from '../../../src/api/policy.ts';
import {
  newWarnings,
  saysAll,
  toWarnings,
  toWouldLose,
  unchecked,
  withWarnings,
} from '../../../src/policy/status/warnings.ts';
import type { Finding } from '../../../src/reach/findings/finding.ts';

const finding = (n: number): Finding => ({ reason: 'OneSided', rule: `egress[${n}]`, message: `message ${n}` });
const many = (n: number) => Array.from({ length: n }, (_, i) => finding(i));
const COUNTS = { policies: 1, ingressRules: 2, egressRules: 0 };
const first = toWarnings(many(1));

test('a status lists 20 warnings, and counts the others', () => {
  assert.equal(toWarnings([]), {});
  assert.is(toWarnings(many(20)).moreWarnings, undefined);
  const { warnings = [], moreWarnings } = toWarnings(many(23));
  assert.equal([warnings.length, moreWarnings], [20, 3]);
  const { wouldLose = [], moreWouldLose } = toWouldLose(many(21).map(({ message }) => message));
  assert.equal([wouldLose.length, moreWouldLose], [20, 1]);
});

test('a text has the length that the schema allows, and nothing that steers a terminal', () => {
  const [warning] =
    toWarnings([{ reason: 'OneSided', rule: 'r'.repeat(400), message: `\u001b[2J${'m'.repeat(2000)}` }]).warnings ?? [];
  assert.equal([warning?.rule?.length, warning?.message.length], [320, 1024]);
  assert.not.match(warning?.message ?? '', '\u001b');
});

test('the warnings of a check replace those of the status, and the number counts both lists', () => {
  const last = { network: { ...COUNTS, ...toWarnings(many(22)) } };
  const sections = { network: COUNTS, preview: { create: [] } };
  const preview = { ...toWarnings(many(2)), wouldLose: ['a'] };
  assert.equal(withWarnings(sections, last, { network: first, preview }), {
    warnings: 3,
    network: { ...COUNTS, ...first },
    preview: { create: [], ...preview },
  });
  assert.equal(withWarnings({ network: COUNTS }, last, { network: {}, preview: {} }), { network: COUNTS });
});

test('until a check the status keeps its warnings, also when the mode changes', () => {
  const kept = toWarnings(many(22));
  const inForce: PolicyStatus = { network: { ...COUNTS, ...kept } };
  assert.equal(withWarnings({ network: COUNTS }, inForce, undefined), { warnings: 22, ...inForce });
  const audited = { create: [], ...kept, wouldLose: ['a'] };
  assert.equal(withWarnings({ network: COUNTS }, { preview: audited }, undefined), { warnings: 22, ...inForce });
  assert.equal(withWarnings({ preview: { create: [] } }, { preview: audited }, undefined), {
    warnings: 22,
    preview: audited,
  });
  assert.equal(withWarnings({ network: COUNTS }, undefined, undefined), { network: COUNTS });
});

test('rules that are not checked: the reason is in place of warnings, in force and previewed', () => {
  const checked = unchecked('no right: grant it');
  const last = { network: { ...COUNTS, ...first } };
  const sections = { network: COUNTS, preview: { create: [] } };
  assert.equal(withWarnings(sections, last, checked), {
    network: { ...COUNTS, unchecked: 'no right: grant it' },
    preview: { create: [], unchecked: 'no right: grant it' },
  });
});

const says: [what: string, status: PolicyStatus, expected: boolean][] = [
  ['the same', { network: { ...COUNTS, ...first } }, true],
  ['no section yet', {}, true],
  ['nothing', { network: COUNTS }, false],
  ['other ones', { network: { ...COUNTS, ...toWarnings(many(2)) } }, false],
  ['an earlier reason not to check', { network: { ...COUNTS, ...first, unchecked: 'x' } }, false],
  ['those of a preview that is gone', { network: { ...COUNTS, ...first }, preview: { wouldLose: ['a'] } }, false],
];
for (const [what, status, expected] of says) {
  test(`a status that says ${what} is ${expected ? '' : 'not '}up to date`, () => {
    assert.is(saysAll(status, { network: first, preview: {} }), expected);
  });
}

const statusOf = (...findings: Finding[]): PolicyStatus => ({ network: { ...COUNTS, ...toWarnings(findings) } });
const general: Finding = { reason: 'ServiceUnreachable', message: 'Service a' };
const news: [what: string, before: PolicyStatus | undefined, after: PolicyStatus, expected: string[]][] = [
  ['of a new policy', undefined, statusOf(finding(1)), ['message 1']],
  ['that were there', statusOf(finding(1)), statusOf(finding(1)), []],
  ['in other words', statusOf(finding(1)), statusOf({ ...finding(1), message: 'other' }), []],
  ['about another rule', statusOf(finding(1)), statusOf(finding(1), finding(2)), ['message 2']],
  ['about another Service', statusOf(general), statusOf(general, { ...general, message: 'Service b' }), ['Service b']],
  ['that were previewed', { preview: toWarnings([finding(1)]) }, statusOf(finding(1)), []],
  ['that are gone', statusOf(finding(1)), statusOf(), []],
];
for (const [what, before, after, expected] of news) {
  test(`new warnings: those ${what}`, () => {
    assert.equal(
      newWarnings(before, after).map(({ message }) => message),
      expected,
    );
  });
}

test.run();
