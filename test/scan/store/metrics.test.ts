import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileName } from '../../../src/scan/store/entry.ts';
import { registerStoreMetrics } from '../../../src/scan/store/metrics.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { imageOf, noise, openStore, recordOf, reportOf } from './samples.ts';

test('the figures are those of the store, at each scrape', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path, { maxBytes: 10_000 });
  const registry = new Registry();
  registerStoreMetrics(registry, store);
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line));
  assert.equal(await lines(), [
    'palisade_report_store_files{kind="analysis"} 0',
    'palisade_report_store_files{kind="report"} 0',
    'palisade_report_store_files{kind="scan"} 0',
    'palisade_report_store_bytes{kind="analysis"} 0',
    'palisade_report_store_bytes{kind="report"} 0',
    'palisade_report_store_bytes{kind="scan"} 0',
    'palisade_report_store_over_bytes 0',
    'palisade_report_store_damaged_files_total 0',
  ]);
  await store.writeAnalysis(imageOf(1), noise(30_000));
  await store.writeAnalysis(imageOf(2), noise(100));
  await store.writeReport(reportOf(imageOf(1)));
  await store.writeScan(recordOf());
  await store.use([imageOf(1), imageOf(2)]);
  await store.collect();
  await writeFile(join(directory.path, fileName({ kind: 'analysis', image: imageOf(2) })), '');
  await store.readAnalysis(imageOf(2));
  const over = store.overBytes();
  assert.ok(over > 5_000);
  for (let n = 0; n < 2; n += 1) {
    assert.equal(await lines(), [
      'palisade_report_store_files{kind="analysis"} 1',
      'palisade_report_store_files{kind="report"} 1',
      'palisade_report_store_files{kind="scan"} 1',
      `palisade_report_store_bytes{kind="analysis"} ${store.bytes('analysis')}`,
      `palisade_report_store_bytes{kind="report"} ${store.bytes('report')}`,
      `palisade_report_store_bytes{kind="scan"} ${store.bytes('scan')}`,
      `palisade_report_store_over_bytes ${over}`,
      'palisade_report_store_damaged_files_total 1',
    ]);
  }
});

test.run();
