// suite: tools
// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan, ScanSpec } from '../../../src/api/imagescan.ts';
import { MovedClock } from '../../harness/moved-clock.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { HARMLESS, hoursAgo, Scans, VULNERABLE } from '../../harness/scans.ts';

const scans = await Scans.open();
const { palisade } = scans;
const { timed } = await palisade.namespaces(['timed']);
const clock = new MovedClock();
const settings = scans.settings({ clock });
let operator = await scans.operator(settings, timed);
test.after(() => scans.close());

const HOUR_MS = 3_600_000;
const NAME = 'nightly';
const [app, tool] = [await scans.push('timed/app', VULNERABLE), await scans.push('timed/tool', HARMLESS)];
await scans.run(timed, 'app', [app]);
await scans.run(timed, 'tool', [tool]);

const scanned = async (): Promise<number> => (await scansMade(operator.registry)).success ?? 0;
const pulls = async (): Promise<number> => (await scans.pulls('timed/app')) + (await scans.pulls('timed/tool'));
const ms = (time: string | undefined): number => Date.parse(time ?? '');
const apply = (spec: ScanSpec) => scans.apply(timed, NAME, spec);
const settled = () => scans.settled(timed, NAME);

/** Moves the clock past the next run and waits until that is done. */
const nextRun = async ({ status }: ImageScan): Promise<ImageScan> => {
  clock.advanceTo(ms(status?.nextScanTime) + 1_000);
  await scans.when(timed, NAME, 'the run has begun', (scan) => scan.status?.nextScanTime !== status?.nextScanTime);
  return await settled();
};

test('the next run is strictly after the last, and each run scans each image once, from its analysis', async () => {
  await apply({ schedule: '0 * * * *' });
  let scan = await settled();
  assert.is(scan.status?.lastScheduleTime, undefined, 'nothing was missed before it was there');
  const [first, pulled] = [await scanned(), await pulls()];
  for (const run of [1, 2, 3]) {
    const before = scan.status;
    scan = await nextRun(scan);
    await quiet(operator.registry);
    assert.is(await scanned(), first + 2 * run);
    const { lastScheduleTime, nextScanTime, lastScanTime } = scan.status ?? {};
    assert.match(lastScheduleTime ?? '', /:00:00Z$/, 'the time of the schedule, without the jitter');
    assert.ok(ms(lastScheduleTime) <= ms(before?.nextScanTime));
    assert.ok(ms(nextScanTime) > clock.now(), 'in the future');
    assert.is(Math.floor(ms(nextScanTime) / HOUR_MS), Math.floor(ms(lastScheduleTime) / HOUR_MS) + 1);
    assert.ok(ms(lastScanTime) >= ms(lastScheduleTime));
    assert.is(scan.status?.summary?.new, 0, 'a rescan finds nothing new');
  }
  assert.is(await pulls(), pulled);
});

test('several runs missed while the operator was down are made up for by one', async () => {
  const { status } = await settled();
  await operator.stop();
  clock.advance(5 * HOUR_MS);
  operator = await scans.operator(settings, timed);
  const after = await scans.when(timed, NAME, 'the run has begun', (scan) => {
    return scan.status?.lastScheduleTime !== status?.lastScheduleTime;
  });
  await settled();
  await quiet(operator.registry);
  assert.is(await scanned(), 2);
  assert.is(Math.floor(ms(after.status?.lastScheduleTime) / HOUR_MS), Math.floor(clock.now() / HOUR_MS));
  await operator.stop();
  operator = await scans.operator(settings, timed);
  await quiet(operator.registry);
  assert.is(await scanned(), 0, 'the next start does not repeat it');
});

for (const lastScheduleTime of ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z']) {
  test(`status.lastScheduleTime ${lastScheduleTime}, whichever client wrote it: one scan of each image, and it is corrected`, async () => {
    await operator.stop();
    // Scans of now are older than the run that is missed only when that is later.
    clock.advance(HOUR_MS);
    const patch = { status: { lastScheduleTime } };
    await palisade.admin.patch(IMAGE_SCAN, NAME, patch, { namespace: timed, type: 'merge', subresource: 'status' });
    operator = await scans.operator(settings, timed);
    const after = await scans.when(timed, NAME, 'it is put right', ({ status }) => {
      return Math.floor(ms(status?.lastScheduleTime) / HOUR_MS) === Math.floor(clock.now() / HOUR_MS);
    });
    await settled();
    await quiet(operator.registry);
    assert.is(await scanned(), 2);
    assert.ok(ms(after.status?.nextScanTime) > clock.now());
  });
}

test('suspended: nothing is scanned, the figures stay and there is no next run; resumed: one run for the missed ones', async () => {
  const { status } = await settled();
  const before = await scanned();
  await apply({ schedule: '0 * * * *', suspend: true });
  const suspended = await scans.condition(timed, NAME, 'Ready', 'Unknown', 'Suspended');
  clock.advance(3 * HOUR_MS);
  await scans.run(timed, 'late', [await scans.push('timed/late', HARMLESS)]);
  await quiet(operator.registry);
  assert.is(await scanned(), before);
  assert.equal(await scans.asked('timed/late').then((all) => all.filter((request) => request.startsWith('GET'))), []);
  assert.is(suspended.status?.nextScanTime, undefined);
  assert.equal(suspended.status?.summary, status?.summary);
  assert.equal(suspended.status?.images, status?.images);
  assert.equal((await scans.get(timed, NAME)).status, suspended.status);
  await apply({ schedule: '0 * * * *', suspend: false });
  await scans.when(timed, NAME, 'three images', (scan) => scan.status?.summary?.scanned === 3);
  const resumed = await settled();
  await quiet(operator.registry);
  assert.is(await scanned(), before + 3, 'two that missed a run, one that is new');
  assert.ok(ms(resumed.status?.nextScanTime) > clock.now());
});

test('a schedule without a date or with an unknown zone is Stalled with the cure, and images are still scanned', async () => {
  await apply({ schedule: '0 0 31 2 *' });
  const february = await scans.condition(timed, NAME, 'Stalled', 'True', 'InvalidSchedule');
  const message =
    'schedule "0 0 31 2 *" never runs, since no year has such a day: change its day of month or its month';
  assert.is(findCondition(february.status?.conditions, 'Stalled')?.message, message);
  assert.is(findCondition(february.status?.conditions, 'Ready')?.reason, 'InvalidSchedule');
  assert.is(february.status?.nextScanTime, undefined);
  await apply({ schedule: '0 3 * * *', timeZone: 'Europe/Bielefeld' });
  const zone = await scans.condition(timed, NAME, 'Stalled', 'True', 'InvalidSchedule');
  assert.is(
    findCondition(zone.status?.conditions, 'Stalled')?.message,
    'time zone "Europe/Bielefeld" is unknown: write a name of the IANA database, as in Europe/Berlin',
  );
  await scans.run(timed, 'later', [await scans.push('timed/later', HARMLESS)]);
  await scans.when(timed, NAME, 'the new image is scanned', (scan) => scan.status?.summary?.scanned === 4);
  await apply({ schedule: '0 3 * * *', timeZone: 'Europe/Berlin' });
  const { status } = await scans.condition(timed, NAME, 'Ready', 'True');
  assert.is(findCondition(status?.conditions, 'Stalled'), undefined);
  assert.match(status?.nextScanTime ?? '', /T0[12]:0\d:\d\dZ$/);
});

test('a database that was not updated for a week makes Fresh false, and the message names where to look', async () => {
  await apply({});
  await settled();
  clock.advance(ms(hoursAgo(0)) + 8 * 24 * HOUR_MS - clock.now());
  const { status } = await scans.condition(timed, NAME, 'Fresh', 'False', 'DatabaseOld');
  assert.match(
    findCondition(status?.conditions, 'Fresh')?.message ?? '',
    /^the vulnerability database is from 2\d{3}-\S+Z: the operator has found no newer one at \S+\/trivy-db:2: check that it is updated$/,
  );
});

test.run();
