import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Records } from '../../../src/scan/imagescan/records.ts';
import { StoreError } from '../../../src/scan/store/store-error.ts';
import { openStore } from '../store/samples.ts';
import { imageScan } from './image-scan.ts';
import { imageLook } from './observation.ts';

const records = suite<{ directory: string }>('records');
const NOW = Date.parse('2026-01-02T00:00:00Z');
const scan = imageScan();
const looks = [imageLook('r.io/a:1')];

records.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'palisade-records-'));
});
records.after.each(({ directory }) => rm(directory, { recursive: true, force: true }));

records(
  'keep what was told also when it cannot be written, and write it as soon as they can',
  async ({ directory }) => {
    const reports = join(directory, 'reports');
    const store = await openStore(reports);
    const kept = new Records(store);
    await kept.load(scan);
    await kept.write(scan, looks, ['first'], NOW);

    await rename(reports, `${reports}.away`);
    await writeFile(reports, 'no directory');
    for (let tries = 0; tries < 2; tries += 1) {
      const error: unknown = await kept.write(scan, looks, ['first', 'second'], NOW).catch((thrown) => thrown);
      assert.instance(error, StoreError);
      await kept.load(scan);
      assert.equal(kept.of(scan)?.told, ['first', 'second']);
    }

    await rm(reports);
    await rename(`${reports}.away`, reports);
    await kept.write(scan, looks, ['first', 'second'], NOW);
    assert.equal((await store.readScan('shop', 'nightly'))?.told, ['first', 'second']);
  },
);

records('are written only when something changed', async ({ directory }) => {
  const store = await openStore(directory);
  const kept = new Records(store);
  await kept.write(scan, looks, ['first'], NOW);
  await store.removeScan('shop', 'nightly');
  await kept.write(scan, looks, ['first'], NOW + 60_000);
  assert.is(await store.readScan('shop', 'nightly'), undefined);
  await kept.write(scan, looks, ['second'], NOW + 60_000);
  assert.equal((await store.readScan('shop', 'nightly'))?.told, ['second']);
});

records.run();
