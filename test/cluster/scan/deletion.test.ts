// needs: cluster, scanner
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { REPORTS_DIRECTORY } from '../../../src/scan/store/report-reader.ts';
import { KINDS } from '../../harness/install.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade } = scans;
const { one, two, ends } = await palisade.namespaces(['one', 'two', 'ends']);
const settings = scans.settings();
let operator = await scans.operator(settings, one, two, ends);
test.after(() => scans.close());

const shared = await scans.push('shared/app', VULNERABLE);
for (const namespace of [one, two, ends]) await scans.run(namespace, 'app', [shared]);

/** Files of the report store of one kind. */
const files = async (kind: string): Promise<string[]> =>
  (await readdir(join(settings.directory, REPORTS_DIRECTORY))).filter((name) => name.startsWith(`${kind}-`));

const remove = (namespace: string, name: string) => palisade.admin.delete(IMAGE_SCAN, name, { namespace });

/** Records of ImageScans of these namespaces. */
const recorded = async (...namespaces: string[]): Promise<number> =>
  (await files('scan')).filter((name) => namespaces.some((namespace) => name.includes(namespace))).length;

test('a deleted ImageScan leaves no record, and the image stays for the other ImageScan', async () => {
  await scans.apply(one, 'all', {});
  await scans.apply(two, 'all', {});
  await scans.settled(one, 'all');
  await scans.settled(two, 'all');
  await until('both are recorded', async () => (await recorded(one, two)) === 2);
  await remove(one, 'all');
  await until('its record is gone', async () => (await recorded(one)) === 0);
  await quiet(operator.registry);
  assert.equal([await recorded(two), (await files('analysis')).length, (await files('report')).length], [1, 1, 1]);
  const { status } = await scans.settled(two, 'all');
  assert.equal([status?.summary?.scanned, status?.summary?.critical], [1, 1]);
});

test('an ImageScan that is deleted while no operator runs leaves no record after the next start', async () => {
  await scans.apply(one, 'all', {});
  await until('it is recorded', async () => (await recorded(one)) === 1);
  await operator.stop();
  await remove(one, 'all');
  operator = await scans.operator(settings, one, two, ends);
  await until('its record is gone', async () => (await recorded(one)) === 0);
  assert.is(await recorded(two), 1);
});

test('an ImageScan is deleted and recreated at once, ten times: the status is of the new one, with its exceptions and its request', async () => {
  const exceptions = [{ id: 'CVE-2099-0001', status: 'fixed' } as const];
  for (let round = 0; round < 10; round += 1) {
    const suppressed = round % 2 === 0;
    const spec = suppressed ? { exceptions } : {};
    await scans.apply(two, 'all', spec, { [RESCAN_ANNOTATION]: 'the same each time' });
    if (round < 9) await remove(two, 'all');
  }
  const scan = await scans.when(two, 'all', 'its request is done', ({ status }) => {
    return status?.lastHandledRescanAt === 'the same each time';
  });
  await quiet(operator.registry);
  const { status } = await scans.settled(two, 'all');
  assert.equal([status?.summary?.critical, status?.summary?.suppressed, status?.exceptions], [1, 0, undefined]);
  assert.is(findCondition(status?.conditions, 'Compliant')?.status, 'False');
  assert.is(scan.status?.observedGeneration, 1);
});

test('a settled ImageScan that is recreated with another spec of the same generation keeps nothing of the old status', async () => {
  await palisade.admin.patch(
    IMAGE_SCAN,
    'all',
    { metadata: { annotations: { [RESCAN_ANNOTATION]: null } } },
    { namespace: two, type: 'merge' },
  );
  await quiet(operator.registry);
  const before = (await scansMade(operator.registry)).success ?? 0;
  const old = await scans.get(two, 'all');
  await remove(two, 'all');
  const exceptions = [{ id: 'CVE-2099-0001', status: 'fixed' } as const];
  const made = await scans.apply(two, 'all', { exceptions }, { [RESCAN_ANNOTATION]: 'the same each time' });
  assert.is(made.metadata.generation, old.metadata.generation);
  await scans.when(two, 'all', 'its request is done', ({ status }) => {
    return status?.lastHandledRescanAt === 'the same each time';
  });
  const { status } = await scans.settled(two, 'all');
  assert.equal([status?.summary?.critical, status?.summary?.suppressed], [0, 1]);
  await quiet(operator.registry);
  assert.is(
    (await scansMade(operator.registry)).success,
    before + 1,
    'its own request, though the value is an old one',
  );
});

test('a deleted namespace takes its record with it, and nothing is retried there endlessly', async () => {
  await scans.apply(ends, 'all', {});
  await until('it is recorded', async () => (await recorded(ends)) === 1);
  await palisade.admin.delete(KINDS.Namespace, ends);
  await until('its record is gone', async () => (await recorded(ends)) === 0, 60_000);
  await quiet(operator.registry);
});

test.run();
