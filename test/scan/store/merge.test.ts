import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding, KnownFinding } from '../../../src/scan/findings/finding.ts';
import type { Match } from '../../../src/scan/findings/match.ts';
import { mergeReport } from '../../../src/scan/store/merge.ts';
import type { ImageReport } from '../../../src/scan/store/report.ts';
import { imageOf } from './samples.ts';

const [MON, TUE, WED] = ['2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z', '2026-01-07T00:00:00Z'];

const finding = (more: Partial<Finding> = {}): Finding => ({
  id: 'CVE-2026-1',
  package: 'openssl',
  installed: '3.0.15',
  fixed: [],
  severity: 'High',
  type: 'debian',
  ...more,
});

const matchOf = (...findings: Finding[]): Match => ({
  os: { family: 'debian', version: '12.5', endOfLife: false },
  findings,
  scanner: { name: 'trivy', version: '0.74.0' },
  database: { updatedAt: MON },
});

/** Scans on successive days, the last of which is checked. */
const scans = (...matches: [at: string, ...findings: Finding[]][]): ImageReport =>
  matches.reduce<ImageReport | undefined>(
    (before, [at, ...findings]) => mergeReport(before, matchOf(...findings), imageOf(1), at),
    undefined,
  )!;

const times = ({ findings }: ImageReport) =>
  findings.map(({ firstSeenAt, fixableSince }: KnownFinding) => [firstSeenAt, fixableSince]);

test('a first report has all matched findings, and all of them are new', () => {
  assert.equal(scans([MON, finding(), finding({ id: 'CVE-2026-2', fixed: ['3.0.16'] })]), {
    os: { family: 'debian', version: '12.5', endOfLife: false },
    scanner: { name: 'trivy', version: '0.74.0' },
    database: { updatedAt: MON },
    image: imageOf(1),
    scannedAt: MON,
    findings: [
      { ...finding(), firstSeenAt: MON, isNew: true },
      { ...finding({ id: 'CVE-2026-2', fixed: ['3.0.16'] }), firstSeenAt: MON, fixableSince: MON, isNew: true },
    ],
    newFindings: 2,
  });
});

test('a finding of the previous scan is not new, even within the same second', () => {
  const { findings, newFindings } = scans([MON, finding()], [MON, finding(), finding({ id: 'CVE-2026-2' })]);
  const seen = findings.map(({ id, isNew }) => [id, isNew]);
  assert.equal(seen, [
    ['CVE-2026-1', undefined],
    ['CVE-2026-2', true],
  ]);
  assert.is(newFindings, 1);
});

const GHSA = { id: 'GHSA-1' };
const CVE = { id: 'CVE-2026-1', aliases: ['GHSA-1'] };
for (const [what, before, after, isNew] of [
  ['an advisory that got a CVE is no new finding', GHSA, CVE, undefined],
  ['nor is one that lost it', CVE, GHSA, undefined],
  ['a second CVE of one advisory is new', CVE, { ...CVE, id: 'CVE-2026-2' }, true],
] as const) {
  test(what, () => {
    const { findings } = scans([MON, finding(before)], [TUE, finding(after)]);
    assert.equal([findings[0]?.isNew, findings[0]?.firstSeenAt], [isNew, isNew ? TUE : MON]);
  });
}

const fixed = finding({ fixed: ['3.0.16'] });
const cases: [what: string, days: Parameters<typeof scans>, times: (string | undefined)[][], newFindings: number][] = [
  [
    'what is still there keeps its time',
    [
      [MON, finding()],
      [TUE, finding()],
    ],
    [[MON, undefined]],
    0,
  ],
  [
    'what came since is new',
    [
      [MON, finding()],
      [TUE, finding(), finding({ id: 'CVE-2026-2' })],
    ],
    [
      [MON, undefined],
      [TUE, undefined],
    ],
    1,
  ],
  ['what is gone is not mentioned', [[MON, finding()], [TUE]], [], 0],
  ['a finding that returns is new again', [[MON, finding()], [TUE], [WED, finding()]], [[WED, undefined]], 1],
  [
    'a fix counts from when it was known',
    [
      [MON, finding()],
      [TUE, fixed],
      [WED, fixed],
    ],
    [[MON, TUE]],
    0,
  ],
  [
    'another fix changes no time',
    [
      [MON, fixed],
      [TUE, finding({ fixed: ['3.0.17', '3.1.0'] })],
    ],
    [[MON, MON]],
    0,
  ],
  [
    'a withdrawn fix has no time',
    [
      [MON, fixed],
      [TUE, finding()],
    ],
    [[MON, undefined]],
    0,
  ],
  [
    'a fix that returns counts from then',
    [
      [MON, fixed],
      [TUE, finding()],
      [WED, fixed],
    ],
    [[MON, WED]],
    0,
  ],
  [
    'a new severity is not a new finding',
    [
      [MON, finding()],
      [TUE, finding({ severity: 'Low' })],
    ],
    [[MON, undefined]],
    0,
  ],
  [
    'another version is',
    [
      [MON, finding()],
      [TUE, finding({ installed: '3.0.16' })],
    ],
    [[TUE, undefined]],
    1,
  ],
  [
    'another package is',
    [
      [MON, finding()],
      [TUE, finding({ package: 'libssl3' })],
    ],
    [[TUE, undefined]],
    1,
  ],
  [
    'another place is',
    [
      [MON, finding({ path: 'a.jar' })],
      [TUE, finding({ path: 'a.jar' }), finding({ path: 'b.jar' })],
    ],
    [
      [MON, undefined],
      [TUE, undefined],
    ],
    1,
  ],
];

for (const [what, days, expected, newFindings] of cases) {
  test(what, () => {
    const report = scans(...days);
    assert.equal(times(report), expected);
    assert.is(report.newFindings, newFindings);
  });
}

test('a finding without a fix has no fixableSince, not an undefined one', () => {
  assert.not.ok('fixableSince' in scans([MON, fixed], [TUE, finding()]).findings[0]!);
});

test('the latest output of the scanner is kept', () => {
  const report = scans([MON, finding({ title: 'old' })], [TUE, finding({ title: 'new', severity: 'Critical' })]);
  assert.equal(report.findings, [{ ...finding({ title: 'new', severity: 'Critical' }), firstSeenAt: MON }]);
  assert.is(report.scannedAt, TUE);
});

test('a distribution that is no longer known is removed', () => {
  const { os: _, ...without } = matchOf();
  assert.not.ok('os' in mergeReport(scans([MON]), without, imageOf(1), TUE));
});

test('neither report nor match is changed', () => {
  const before = scans([MON, finding()]);
  const match = matchOf(fixed);
  const [reportText, matchText] = [JSON.stringify(before), JSON.stringify(match)];
  mergeReport(before, match, imageOf(1), TUE);
  assert.is(JSON.stringify(before), reportText);
  assert.is(JSON.stringify(match), matchText);
});

test('a rebuilt image has a finding as long as the image before it', () => {
  const before = scans([MON, fixed, finding({ id: 'CVE-2026-2' })]);
  const rebuilt = matchOf(finding({ installed: '3.0.16', fixed: ['3.0.17'] }), finding({ id: 'CVE-2026-3' }));
  const report = mergeReport(undefined, rebuilt, imageOf(2), TUE, before);
  assert.equal(times(report), [
    [MON, MON],
    [TUE, undefined],
  ]);
  assert.is(report.newFindings, 1);
});

test('an image’s own report counts before that of another', () => {
  const own = scans([TUE, finding()]);
  const report = mergeReport(own, matchOf(finding()), imageOf(1), WED, scans([MON, finding()]));
  assert.equal(times(report), [[TUE, undefined]]);
});

test('a first-seen time in the future, by a wrong clock, becomes now', () => {
  assert.equal(times(scans(['2099-01-01T00:00:00Z', fixed], [MON, fixed])), [[MON, MON]]);
});

test.run();
