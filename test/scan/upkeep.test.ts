import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { imagesInUse } from '../../src/scan/upkeep.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { DAY, imageOf, openStore, recordOf, reportOf } from './store/samples.ts';

test('the results of a suspended ImageScan outlive 15 days; those of a deleted one do not', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'palisade-in-use-'));
  try {
    const clock = new FakeClock();
    const store = await openStore(directory, { clock, unusedMs: 14 * DAY });
    for (const n of [1, 2, 3, 4]) await store.writeReport(reportOf(imageOf(n)));
    const had = (n: number) => [{ reference: `r.io/app:${n}`, id: imageOf(n), pods: 1 }];
    await store.writeScan(recordOf({ name: 'suspended', images: had(1) }));
    await store.writeScan(recordOf({ name: 'gone', images: had(2) }));
    await clock.advance(15 * DAY);
    await store.use(await imagesInUse([imageOf(3)], store, ({ name }) => name === 'suspended'));
    await store.collect();
    const kept = [1, 2, 3, 4].filter((n) => store.summary(imageOf(n)) !== undefined);
    assert.equal(kept, [1, 3]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test.run();
