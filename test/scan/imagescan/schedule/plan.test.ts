import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanSpec } from '../../../../src/api/imagescan.ts';
import { type Plan, PlanCache, planOf } from '../../../../src/scan/imagescan/schedule/plan.ts';
import { cpuMs } from '../../../harness/cpu-ms.ts';
import { imageScan } from '../image-scan.ts';

const at = (time: string): number => Date.parse(`2026-06-${time}Z`);

/** Made on 1 June at noon; its runs are 28 seconds late. */
const planned = (spec: ScanSpec, lastScheduleTime: string | undefined, now: string): Plan => {
  const scan = imageScan(spec, lastScheduleTime === undefined ? {} : { lastScheduleTime });
  return planOf({ ...scan, metadata: { ...scan.metadata, creationTimestamp: '2026-06-01T12:00:00Z' } }, at(now));
};

const daily = { schedule: '0 3 * * *' };
const ROWS: [what: string, last: string | undefined, now: string, plan: Plan][] = [
  ['before the first run', undefined, '02T03:00:00', { next: at('02T03:00:28') }],
  ['the first run', undefined, '02T04:00:00', { planned: at('02T03:00:00'), next: at('03T03:00:28') }],
  [
    'between runs the last one counts',
    '2026-06-02T03:00:00Z',
    '02T12:00:00',
    { planned: at('02T03:00:00'), next: at('03T03:00:28') },
  ],
  [
    'a last run that has not come yet is none: the last before now is made, once',
    '2099-01-01T00:00:00Z',
    '05T12:00:00',
    { planned: at('05T03:00:00'), next: at('06T03:00:28') },
  ],
  ['nor is there one before the first', '2099-01-01T00:00:00Z', '01T13:00:00', { next: at('02T03:00:28') }],
];
for (const [what, last, now, plan] of ROWS) {
  test(what, () => assert.equal(planned(daily, last, now), plan));
}

/** Dates that are years apart, or in no year at all. */
const SELDOM = [
  '0 0 29 2 *',
  '59 23 29 2 */6',
  '59 23 29 2 1',
  '*/7 */5 */29 2 */6',
  '* * */31 2 0',
  '0 0 31 2 *',
  '0 0 31 2,4,6,9,11 *',
  '59 23 31 2 */7',
];
test('a schedule that runs seldom or never takes no longer than another', () => {
  const began = cpuMs();
  for (const timeZone of ['UTC', 'Europe/Berlin', 'Antarctica/Troll', 'Pacific/Apia']) {
    for (const schedule of SELDOM) planned({ schedule, timeZone }, '2020-01-01T00:00:00Z', '01T12:00:00');
  }
  assert.ok(cpuMs() - began < 32 * 20, `${cpuMs() - began} ms for 32 schedules`);
});

test('without a schedule, and with an invalid one, there is no plan', () => {
  assert.equal(planned({}, '2026-06-02T03:00:00Z', '02T12:00:00'), {});
  assert.equal(planned({ schedule: '0 0 31 2 *' }, undefined, '02T12:00:00'), {
    error: 'schedule "0 0 31 2 *" never runs, since no year has such a day: change its day of month or its month',
  });
});

test('a plan is computed once while it holds, and again when anything it depends on changes', () => {
  const plans = new PlanCache();
  const scanOf = (schedule: string, lastScheduleTime: string) => imageScan({ schedule }, { lastScheduleTime });
  const made = scanOf('0 3 * * *', '2026-06-02T03:00:00Z');
  const first = plans.of(made, at('02T12:00:00'));
  assert.is(plans.of(structuredClone(made), at('03T03:00:27')), first, 'nothing has changed');
  const due = plans.of(made, at('03T03:00:28'));
  assert.equal(due, { planned: at('03T03:00:00'), next: at('04T03:00:28') });
  assert.is(plans.of(made, at('03T03:00:29')), due, 'until the status has it');
  const others: [scan: typeof made, now: string][] = [
    [made, '02T11:00:00'],
    [scanOf('0 3 * * *', '2026-06-01T03:00:00Z'), '02T12:00:00'],
    [scanOf('0 4 * * *', '2026-06-01T03:00:00Z'), '02T12:00:00'],
    [scanOf('0 0 31 2 *', '2026-06-01T03:00:00Z'), '02T12:00:00'],
    [made, '02T12:00:00'],
  ];
  for (const [scan, now] of others) assert.equal(plans.of(scan, at(now)), planOf(scan, at(now)));
});

test.run();
