// needs: cluster, scanner
// suite: tools
// A report directory that cannot be written while the operator runs is reported once, and named with the cure.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const ns = await scans.palisade.namespaces(['disk']);

const test = suite('a report directory that is gone');
test.after(() => scans.close());

test('an unwritable report directory is named in the row with the cure, and reported once, however often it is retried', async () => {
  const settings = scans.settings();
  const operator = await scans.operator(settings, ns.disk);
  await scans.run(ns.disk, 'app', [await scans.push('disk/app', HARMLESS)]);
  await scans.apply(ns.disk, 'nightly', {});
  await scans.settled(ns.disk, 'nightly');

  const reports = join(settings.directory, 'reports');
  await rename(reports, `${reports}.away`);
  await writeFile(reports, 'no directory');
  await scans.run(ns.disk, 'more', [await scans.push('disk/more', VULNERABLE)]);
  const { status } = await scans.when(ns.disk, 'nightly', 'one failed', (scan) => scan.status?.summary?.failed === 1);
  const row = status?.images?.find(({ state }) => state === 'Failed');
  assert.is(row?.reason, 'ScannerFailed');
  assert.match(
    row?.message ?? '',
    /\/reports\/analysis-.* cannot be (read|written) \(not a directory\): set --report-dir to a directory$/,
  );

  // Each pass tries to write the record, and fails.
  const retries = async (): Promise<number> => {
    const text = await operator.registry.getSingleMetricAsString('workqueue_retries_total');
    return Number(/^workqueue_retries_total\{name="imagescan[^"]*"\} (\d+)$/im.exec(text)?.[1] ?? 0);
  };
  const before = await retries();
  await until('five more passes', async () => (await retries()) >= before + 5, 60_000);
  const events = await scans.events(ns.disk, 'nightly');
  assert.is(events.filter((text) => text.startsWith('ScanFailed')).length, 1, events.join('\n'));

  await rm(reports);
  await rename(`${reports}.away`, reports);
  await scans.apply(ns.disk, 'nightly', {}, { 'security.palisade.dev/rescan-requested-at': '1' });
  await scans.settled(ns.disk, 'nightly');
});

test.run();
