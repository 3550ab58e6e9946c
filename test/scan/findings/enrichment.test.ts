import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { enriched } from '../../../src/scan/findings/enrichment.ts';
import { compareFindings } from '../../../src/scan/findings/order.ts';
import { cpuTime } from './cpu-time.ts';
import { known } from './known-finding.ts';
import { readFiles } from './read-enrichment.ts';

const EPSS = `#model_version:v2025.03.14,score_date:2026-11-28T12:55:00Z
cve,epss,percentile
CVE-1999-0001,0.01025,0.76561
CVE-2021-44228,0.94358,0.99959\r
CVE-2024-123456,1,1
`;
const KEV = JSON.stringify({
  title: 'CISA Catalog of Known Exploited Vulnerabilities',
  catalogVersion: '2026.11.28',
  count: 2,
  vulnerabilities: [{ cveID: 'CVE-2021-44228', vendorProject: 'Apache' }, { cveID: 'CVE-2002-0367' }],
});
const enrichment = readFiles('a', { epss: EPSS, kev: KEV });

for (const [what, ids, facts] of [
  ['EPSS alone', ['CVE-1999-0001'], { epss: 0.01025 }],
  ['both', ['CVE-2021-44228'], { epss: 0.94358, knownExploited: true }],
  ['KEV alone', ['CVE-2002-0367'], { knownExploited: true }],
  ['in other letters', ['cve-2002-0367'], { knownExploited: true }],
  ['by an alias', ['GHSA-jfh8-c2jp-5v3q', 'CVE-2021-44228'], { epss: 0.94358, knownExploited: true }],
  ['the highest of two', ['CVE-1999-0001', 'CVE-2024-123456'], { epss: 1 }],
  ['nothing', ['CVE-2024-12345', 'GHSA-x', 'CVE-2024-99999999999', ''], {}],
] as const) {
  test(`a finding gets ${what}`, () => {
    const [id, ...aliases] = ids;
    const finding = known({ id, ...(aliases.length > 0 && { aliases }) });
    assert.equal(enriched([finding], enrichment), [{ ...finding, ...facts }]);
    assert.equal(enriched([finding], undefined), [finding]);
  });
}

test('one of the files is enough', () => {
  const [log4j] = enriched([known({ id: 'CVE-2021-44228' })], readFiles('b', { kev: KEV }));
  assert.equal([log4j?.epss, log4j?.knownExploited], [undefined, true]);
  assert.is(readFiles('c', { epss: EPSS }).ids.length, 3);
});

for (const [what, files, message] of [
  ['no CSV', { epss: '<html>' }, /the file of EPSS has no columns cve and epss/],
  ['an empty CSV', { epss: '' }, /the file of EPSS has no columns cve and epss/],
  ['a score above 1', { epss: 'cve,epss\nCVE-2024-0001,1.5' }, /the file of EPSS has the row CVE-2024-0001,1.5/],
  ['no score', { epss: 'cve,epss\nCVE-2024-0001,' }, /the file of EPSS has the row CVE-2024-0001,/],
  ['no JSON', { kev: '{' }, /JSON/],
  ['null', { kev: 'null' }, /the file of KEV has no list vulnerabilities/],
  ['an entry without a CVE', { kev: '{"vulnerabilities":[{}]}' }, /the file of KEV has an entry without a cveID/],
] as const) {
  test(`a broken file is refused: ${what}`, () => assert.throws(() => readFiles('x', files), message));
}

for (const [what, dateReleased, kev] of [
  ['the date as CISA writes it', '2026-11-28T17:00:14.1234Z', { releasedAt: Date.parse('2026-11-28T17:00:14.123Z') }],
  ['no date', undefined, {}],
  ['a date that is none', 'yesterday', {}],
  ['a number', 1795000000, {}],
] as const) {
  test(`the age of KEV: ${what}`, () =>
    assert.equal(readFiles('e', { kev: JSON.stringify({ dateReleased, vulnerabilities: [] }) }).kev, kev));
}

test('EPSS alone is no KEV', () => assert.is(readFiles('e', { epss: EPSS }).kev, undefined));

test('of equal severity, findings known to be exploited come first, then the more likely ones', () => {
  const findings = [
    known({ id: 'CVE-1', severity: 'High' }),
    known({ id: 'CVE-2', severity: 'High', epss: 0.2 }),
    known({ id: 'CVE-3', severity: 'High', epss: 0.9 }),
    known({ id: 'CVE-4', severity: 'High', knownExploited: true }),
    known({ id: 'CVE-5', severity: 'Critical' }),
    known({ id: 'CVE-6', severity: 'Low', knownExploited: true, epss: 1 }),
  ];
  assert.equal(
    findings.sort(compareFindings).map(({ id }) => id),
    ['CVE-5', 'CVE-4', 'CVE-3', 'CVE-2', 'CVE-1', 'CVE-6'],
  );
});

test('400 000 scores are read and looked up in little time and memory', () => {
  const rows = Array.from({ length: 400_000 }, (_, n) => `CVE-${2000 + (n % 26)}-${10_000 + n},0.5,0.5`);
  const ms = cpuTime(() => {
    const large = readFiles('d', { epss: `cve,epss,percentile\n${rows.join('\n')}\n` });
    assert.is(large.ids.byteLength + large.scores.byteLength + large.exploited.byteLength, 400_000 * 13);
    const findings = Array.from({ length: 20_000 }, (_, n) => known({ id: `CVE-${2000 + (n % 26)}-${10_000 + n}` }));
    assert.ok(enriched(findings, large).every(({ epss }) => epss === 0.5));
  });
  assert.ok(ms < 8_000, `${Math.round(ms)} ms`);
});

test.run();
