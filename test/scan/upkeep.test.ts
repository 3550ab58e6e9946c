import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { imagesInUse, Upkeep } from '../../src/scan/upkeep.ts';
import { until } from '../harness/until.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { spyLog } from '../kube/spy-log.ts';
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

test('equal failures of the database download are one line of the log; another failure is another line', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'palisade-refresh-'));
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  let failure = 'r.io/db:2: the registry cannot be reached';
  let tries = 0;
  const upkeep = new Upkeep({
    caches: { scans: { get: () => undefined } as never },
    engine: { images: () => [], isConsumer: () => false },
    scanner: {
      database: () => undefined,
      refreshDatabase: () => {
        tries += 1;
        return Promise.reject(new Error(failure));
      },
    },
    store: await openStore(directory, { clock }),
    databaseIntervalMs: 20_000,
    clock,
    log,
  });
  const stop = new AbortController();
  const done = upkeep.run(stop.signal);
  const retry = async (): Promise<void> => {
    const before = tries;
    await until('it is tried again', async () => {
      await clock.advance(20_000);
      return tries > before;
    });
  };
  try {
    for (let n = 0; n < 3; n += 1) await retry();
    failure = 'r.io/db:2: not found';
    await retry();
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    const line = 'the operator did not update the vulnerability database: ';
    assert.equal(warnings, [`${line}r.io/db:2: the registry cannot be reached`, `${line}${failure}`]);
  } finally {
    stop.abort();
    await done;
    await rm(directory, { recursive: true });
  }
});

test.run();
