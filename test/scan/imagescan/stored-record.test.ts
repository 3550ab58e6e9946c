import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StoredRecord } from '../../../src/scan/imagescan/stored-record.ts';
import { StoreError } from '../../../src/scan/store/store-error.ts';
import { emittedEvents, openStore } from '../store/samples.ts';
import { imageScan } from './image-scan.ts';
import { observedImage } from './observation.ts';

const record = suite<{ directory: string }>('a stored record');
const NOW = Date.parse('2026-01-02T00:00:00Z');
const scan = imageScan();
const images = [observedImage('r.io/a:1')];

record.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'palisade-record-'));
});
record.after.each(({ directory }) => rm(directory, { recursive: true, force: true }));

record(
  'keeps the emitted Events also when it cannot be written, and is written as soon as it can',
  async ({ directory }) => {
    const reports = join(directory, 'reports');
    const store = await openStore(reports);
    const kept = new StoredRecord(store);
    await kept.load(scan);
    await kept.write(scan, images, emittedEvents('first'), NOW);

    await rename(reports, `${reports}.away`);
    await writeFile(reports, 'no directory');
    for (let tries = 0; tries < 2; tries += 1) {
      const error: unknown = await kept
        .write(scan, images, emittedEvents('first', 'second'), NOW)
        .catch((thrown) => thrown);
      assert.instance(error, StoreError);
      await kept.load(scan);
      assert.equal(await kept.events(scan), emittedEvents('first', 'second'));
    }

    await rm(reports);
    await rename(`${reports}.away`, reports);
    await kept.write(scan, images, emittedEvents('first', 'second'), NOW);
    assert.equal((await store.readScan('shop', 'nightly'))?.events, emittedEvents('first', 'second'));
  },
);

record('has where images are named that no pod runs', async ({ directory }) => {
  const store = await openStore(directory);
  const { digest: _, ...unresolved } = observedImage('r.io/c:1', { pods: 0, origin: 'Target' });
  const observed = [...images, observedImage('r.io/b:1', { pods: 0, origin: 'Template' }), unresolved];
  await new StoredRecord(store).write(scan, observed, emittedEvents(), NOW);
  const written = await store.readScan('shop', 'nightly');
  assert.equal(
    [...(written?.images ?? []), ...(written?.others ?? [])].map(({ reference, source }) => [reference, source]),
    [
      ['r.io/a:1', undefined],
      ['r.io/b:1', 'Template'],
      ['r.io/c:1', 'Target'],
    ],
  );
});

record('is written only when something changed', async ({ directory }) => {
  const store = await openStore(directory);
  const kept = new StoredRecord(store);
  await kept.write(scan, images, emittedEvents('first'), NOW);
  await store.removeScan('shop', 'nightly');
  await kept.write(scan, images, emittedEvents('first'), NOW + 60_000);
  assert.is(await store.readScan('shop', 'nightly'), undefined);
  await kept.write(scan, images, emittedEvents('second'), NOW + 60_000);
  assert.equal((await store.readScan('shop', 'nightly'))?.events, emittedEvents('second'));
});

record('keeps few Events in memory, of many only whether some were lost', async ({ directory }) => {
  const reports = join(directory, 'reports');
  const store = await openStore(reports);
  const many = { ...emittedEvents(...Array.from({ length: 501 }, (_, n) => `CVE-${n}`)), lost: true as const };
  for (const [events, isKept] of [
    [emittedEvents('first'), true],
    [many, false],
  ] as const) {
    const kept = new StoredRecord(store);
    await kept.write(scan, images, events, NOW);
    assert.equal(await kept.events(scan), events);
    await rename(reports, `${reports}.away`);
    await writeFile(reports, 'no directory');
    const read = await kept.events(scan).catch((error: unknown) => error);
    if (isKept) assert.equal(read, events);
    else assert.instance(read, StoreError);
    assert.is(kept.emitted?.lost, isKept ? undefined : true);
    await rm(reports);
    await rename(`${reports}.away`, reports);
  }
});

record('of an earlier ImageScan of the same name counts for nothing', async ({ directory }) => {
  const store = await openStore(directory);
  await new StoredRecord(store).write(scan, images, emittedEvents('first'), NOW);
  const again = new StoredRecord(store);
  await again.load({ ...scan, metadata: { ...scan.metadata, uid: 'another' } });
  assert.equal([await again.events(scan), again.images], [undefined, []]);
});

record.run();
