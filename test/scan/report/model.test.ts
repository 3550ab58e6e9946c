import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countedOf } from '../../../src/scan/findings/exceptions.ts';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import { isCompliant, judgmentOf, toScanReport } from '../../../src/scan/report/model.ts';
import { known } from '../findings/known-finding.ts';
import { arbitraryInput, EMPTY, INPUT, SAMPLE } from './sample-report.ts';

test('images that failed come first, then those with the most severe findings', () => {
  assert.equal(
    SAMPLE.images.map(({ reference, blocking }) => [reference, blocking.map(({ id }) => id)]),
    [
      ['nginx:1.27', []],
      ['registry.example.com:5000/payments/api:1.2', ['CVE-2024-1234', 'CVE-2021-23337']],
      ['busybox', []],
    ],
  );
});

test('omitted fields of the spec have the defaults of the schema', () => {
  assert.is(EMPTY.failOn, 'Critical');
  assert.is(EMPTY.ignoreUnfixed, false);
  assert.equal(EMPTY.exceptions, []);
});

test('an exception expires at the time of the report, not of the scan', () => {
  const of = (generatedAt: string): number =>
    toScanReport({ ...INPUT, generatedAt }).images.flatMap(({ judged }) => countedOf(judged)).length;
  assert.is(of('2026-11-22T23:59:59Z'), 3);
  assert.is(of('2026-11-23T00:00:00Z'), 4);
});

test('a report is compliant when nothing blocks in any image', () => {
  assert.is(isCompliant(SAMPLE), false);
  const harmless = { ...INPUT, spec: { failOn: 'None' } } as const;
  assert.is(isCompliant(toScanReport(harmless)), undefined, 'not known while an image has no result');
  const seen = INPUT.images.filter(({ report }) => report !== undefined);
  assert.is(isCompliant(toScanReport({ ...harmless, images: seen })), undefined, 'jars were not looked at');
  const accepting = { failOn: 'None', acceptUnknown: ['UnidentifiedJars', 'ThirdPartyPackages'] } as const;
  const spec = { ...accepting, acceptUnknown: [...accepting.acceptUnknown] };
  assert.is(isCompliant(toScanReport({ ...harmless, spec, images: seen })), true);
  assert.is(isCompliant(toScanReport({ ...harmless, spec: { ...spec, acceptUnknown: [] }, images: seen })), undefined);
  const old = seen.map(({ report, ...image }) => {
    const { coverage: _, ...rest } = report!;
    return { ...image, report: rest };
  });
  assert.is(isCompliant(toScanReport({ ...harmless, spec, images: old })), undefined, 'not recorded');
  assert.is(isCompliant(EMPTY), true);
});

test('with failOnKnownExploited and no KEV, only a blocking finding decides', () => {
  const kevProblem = 'no KEV was read';
  const spec = { failOn: 'None', failOnKnownExploited: true } as const;
  const of = (more: object) => isCompliant(toScanReport({ ...INPUT, images: [], spec, ...more }));
  assert.is(of({}), true);
  assert.is(of({ kevProblem }), undefined);
  assert.is(of({ kevProblem, spec: { failOn: 'None' } }), true, 'not asked for');
  const images = INPUT.images.filter(({ report }) => report !== undefined);
  assert.is(of({ kevProblem, images, spec: { ...spec, failOn: 'Low' } }), false);
  const [first] = images;
  const findings = [known({ id: 'CVE-9', severity: 'Low', knownExploited: true })];
  assert.is(of({ images: [{ ...first!, report: { ...first!.report!, findings } }] }), false);
});

test('outdated results do not make a report compliant, and what blocks still blocks', () => {
  const [{ report, ...image }] = INPUT.images as [(typeof INPUT.images)[number]];
  const judge = (findings: readonly KnownFinding[], updatedAt: string, more: object = {}) => {
    const coverage = { sources: [], gaps: [] };
    const images = [{ ...image, report: { ...report!, findings, coverage, database: { updatedAt } }, ...more }];
    return judgmentOf(toScanReport({ ...INPUT, images }));
  };
  const failure = { reason: 'Unreachable', message: 'the registry cannot be reached' };
  const blocking = report!.findings;
  assert.is(judge([], '2026-11-17T12:00:00Z'), true, 'seven days old');
  assert.is(judge([], '2026-11-17T11:59:59Z'), undefined, 'older');
  assert.is(judge([], '2026-11-24T00:00:00Z', { failure }), undefined, 'of an earlier scan');
  assert.is(judge(blocking, '2026-11-01T00:00:00Z', { failure }), false);
});

test('equal images in any order give an equal report, and nothing is changed', () => {
  fc.assert(
    fc.property(arbitraryInput, (input) => {
      const before = JSON.stringify(input);
      const report = toScanReport(input);
      assert.equal(
        JSON.stringify(toScanReport({ ...input, images: input.images.toReversed() })),
        JSON.stringify(report),
      );
      assert.is(JSON.stringify(input), before);
    }),
    { numRuns: 50 },
  );
});

test.run();
