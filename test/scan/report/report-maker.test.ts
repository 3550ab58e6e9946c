import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REPORT_FORMATS } from '../../../src/scan/report/format/formats.ts';
import { renderReport } from '../../../src/scan/report/format/render.ts';
import { toOpenReport } from '../../../src/scan/report/openreports/openreports.ts';
import { ReportTooLarge, readScanReport } from '../../../src/scan/report/read.ts';
import { ReportMaker } from '../../../src/scan/report/report-maker.ts';
import { fileName } from '../../../src/scan/store/entry.ts';
import { StoreError } from '../../../src/scan/store/store-error.ts';
import { ComputeThread } from '../../../src/scan/threads/compute.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { findingOf, imageOf, openStore, recordOf, reportOf } from '../store/samples.ts';

const SCAN = { namespace: 'payments', name: 'nightly', uid: 'uid-1' };
const NOON = Date.parse('2026-01-02T12:00:00Z');

const making = async (findings = [findingOf(1), findingOf(2, { severity: 'Critical' })], heapMb?: number) => {
  const directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeScan(recordOf());
  await store.writeReport(reportOf(imageOf(1), { findings }));
  const compute = new ComputeThread(heapMb);
  return {
    directory: directory.path,
    store,
    maker: new ReportMaker({ directory: directory.path, store, compute: compute.run }),
    [Symbol.asyncDispose]: async () => {
      await compute.close();
      await directory[Symbol.asyncDispose]();
    },
  };
};

test('every format has the same bytes from the thread as from here', async () => {
  await using made = await making();
  const report = await readScanReport(made.store, SCAN, NOON);
  for (const format of REPORT_FORMATS) {
    const bytes = await made.maker.render(SCAN, NOON, format, 100);
    assert.is(bytes?.toString(), renderReport(report!, format, { width: 100 }));
  }
  assert.equal(await made.maker.openReport(SCAN, NOON), toOpenReport(report!));
});

test('without a record, and with that of an earlier ImageScan, there is no report', async () => {
  await using made = await making();
  assert.is(await made.maker.render({ ...SCAN, name: 'other' }, NOON, 'json', 100), undefined);
  assert.is(await made.maker.openReport({ ...SCAN, uid: 'uid-2' }, NOON), undefined);
});

test('a report that needs more memory than the thread has is too large', async () => {
  const findings = Array.from({ length: 60_000 }, (_, n) => findingOf(n, { title: `title ${n}` }));
  await using made = await making(findings, 24);
  const error: unknown = await made.maker.render(SCAN, NOON, 'sarif', 100).catch((thrown) => thrown);
  assert.instance(error, ReportTooLarge);
  assert.match((error as Error).message, 'the report of payments/nightly has more than 64 MiB of findings');
});

test('a damaged file is left out, and the store discards it', async () => {
  await using made = await making();
  await writeFile(join(made.directory, fileName({ kind: 'report', image: imageOf(1) })), 'damaged');
  assert.not.match((await made.maker.render(SCAN, NOON, 'json', 100))!.toString(), 'CVE-2026-2');
  assert.is(made.store.summary(imageOf(1)), undefined);
});

test('a directory that cannot be read is an error of the store', async () => {
  await using made = await making();
  await rm(made.directory, { recursive: true });
  await writeFile(made.directory, 'no directory');
  assert.instance(await made.maker.render(SCAN, NOON, 'json', 100).catch((thrown) => thrown), StoreError);
});

test.run();
