import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageId } from '../../../src/scan/image.ts';
import { REPORT_FORMATS } from '../../../src/scan/report/format/formats.ts';
import { renderReport } from '../../../src/scan/report/format/render.ts';
import { ReportTooLarge, readScanReport } from '../../../src/scan/report/read.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { findingOf, imageOf, openStore, recordOf, reportOf } from '../store/samples.ts';

const NIGHTLY = { namespace: 'payments', name: 'nightly' };
const NOON = Date.parse('2026-01-02T12:00:00Z');
const unauthorized = { reason: 'Unauthorized', message: 'nginx: the registry requires other credentials' } as const;

const stored = async (record = recordOf(), reports = [reportOf(imageOf(1))]) => {
  const directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeScan(record);
  for (const report of reports) await store.writeReport(report);
  return { store, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
};

test('a report with too many findings is refused, with the cures, before all of it is read', async () => {
  const images = [1, 2, 3].map((n) => ({ reference: `nginx:${n}`, id: imageOf(n), pods: n }));
  const large = (n: number) => reportOf(imageOf(n), { findings: [findingOf(n, { title: 'x'.repeat(2 ** 20) })] });
  await using kept = await stored(recordOf({ images }), [large(1), large(2), large(3)]);
  const reads: string[] = [];
  const store = {
    readScan: kept.store.readScan,
    readReport: (image: ImageId) => {
      reads.push(image.digest);
      return kept.store.readReport(image);
    },
  };
  const error: unknown = await readScanReport(store, NIGHTLY, NOON, 2 ** 21).catch((thrown) => thrown);
  assert.instance(error, ReportTooLarge);
  assert.is(
    (error as Error).message,
    'the report of payments/nightly has more than 2 MiB of findings, the limit for one report: split the pods among several ImageScans by spec.target.selector, or read the report directory with palisade report --report-dir',
  );
  assert.is(reads.length, 2);
  assert.is((await readScanReport(store, NIGHTLY, NOON, 2 ** 22))?.images.length, 3);
});

test('an ImageScan without a record has no report', async () => {
  await using kept = await stored();
  assert.is(await readScanReport(kept.store, { ...NIGHTLY, name: 'other' }, NOON), undefined);
});

test('every image of the record is in the report: scanned, failed with or without an older result, waiting, without a digest', async () => {
  const images = [1, 2, 3, 4].map((n) => ({ reference: `nginx:${n}`, id: imageOf(n), pods: n }));
  const record = recordOf({
    images: [
      images[0]!,
      { ...images[1]!, failure: unauthorized },
      { ...images[2]!, failure: unauthorized },
      images[3]!,
    ],
    others: [
      { reference: 'busybox', platform: 'linux/amd64', pods: 0, failure: { reason: 'NotFound', message: 'no' } },
    ],
  });
  await using kept = await stored(record, [reportOf(imageOf(1)), reportOf(imageOf(2))]);
  const report = await readScanReport(kept.store, NIGHTLY, NOON);
  assert.equal(
    report?.images.map(({ reference, digest, pods, failure, report: result }) => [
      reference,
      digest,
      pods,
      failure?.reason,
      result?.findings.length,
    ]),
    [
      ['busybox', undefined, 0, 'NotFound', undefined],
      ['nginx:2', imageOf(2).digest, 2, 'Unauthorized', 1],
      ['nginx:3', imageOf(3).digest, 3, 'Unauthorized', undefined],
      ['nginx:1', imageOf(1).digest, 1, undefined, 1],
      ['nginx:4', imageOf(4).digest, 4, undefined, undefined],
    ],
  );
  assert.equal([report?.scan, report?.failOn, report?.ignoreUnfixed], [{ ...NIGHTLY, uid: 'uid-1' }, 'Critical', true]);
});

test('every format has the same bytes until something changes', async () => {
  await using kept = await stored();
  const render = async (now: number) => {
    const report = await readScanReport(kept.store, NIGHTLY, now);
    return REPORT_FORMATS.map((format) => renderReport(report!, format, { width: 200 }));
  };
  const before = await render(NOON);
  assert.equal(await render(NOON + 86_400_000), before);
  await kept.store.writeReport(reportOf(imageOf(1), { scannedAt: '2026-01-03T00:00:00Z' }));
  const after = await render(NOON + 2 * 86_400_000);
  assert.equal(
    after.map((text, i) => text === before[i]),
    [false, false, false, false, false, false],
  );
});

const moments: [name: string, now: string, expiresAt: string, generatedAt: string, counted: boolean][] = [
  ['an exception that holds', '2026-01-04T23:59:59Z', '2026-01-05T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ['one that ends now', '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', true],
  ['one that ended within a second', '2026-01-05T00:00:01Z', '2026-01-05T00:00:00.5Z', '2026-01-05T00:00:01Z', true],
  ['one whose end cannot be read', '2026-01-05T00:00:00Z', 'soon', '2026-01-01T00:00:00Z', true],
];

for (const [name, now, expiresAt, generatedAt, counted] of moments) {
  test(`the time of the report is that of the last change: ${name}`, async () => {
    const exceptions = [{ id: 'CVE-2026-1', status: 'not_affected', justification: 'x', expiresAt } as const];
    await using kept = await stored(recordOf({ exceptions: [...exceptions] }));
    const report = await readScanReport(kept.store, NIGHTLY, Date.parse(now));
    assert.equal([report?.generatedAt, report?.images[0]?.judged[0]?.counted], [generatedAt, counted]);
  });
}

test('when the database of a result gets old, the report changes once', async () => {
  await using kept = await stored();
  const at = async (now: string) => {
    const report = await readScanReport(kept.store, NIGHTLY, Date.parse(now));
    return [report?.generatedAt, report?.images[0]?.outdated !== undefined];
  };
  assert.equal(await at('2026-01-07T18:00:00Z'), ['2026-01-01T00:00:00Z', false]);
  assert.equal(await at('2026-01-07T18:00:02Z'), ['2026-01-07T18:00:01Z', true]);
  assert.equal(await at('2026-02-01T00:00:00Z'), ['2026-01-07T18:00:01Z', true]);
});

test.run();
