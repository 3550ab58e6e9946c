import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestFile } from '../../hack/test/files.ts';
import { type Measurements, remembered } from '../../hack/test/measurements.ts';
import { Schedule, type Started, weightOf } from '../../hack/test/schedule.ts';

const file = (path: string, more: Partial<TestFile> = {}): TestFile => ({
  path,
  timeoutMs: 120_000,
  needs: [],
  ...more,
});
const all = () => true;

/** The files that start at once, in this order. */
const startedBy = (schedule: Schedule, isReady: (file: TestFile) => boolean = all): Started[] => {
  const started: Started[] = [];
  for (let next = schedule.next(isReady); next; next = schedule.next(isReady)) started.push(next);
  return started;
};
const paths = (started: readonly Started[]): string[] => started.map((one) => one.file.path);

test('a weight is measured, or from the header, or a guess', () => {
  const measurements: Measurements = {
    a: { ms: 1000, cpuMs: 600 },
    idle: { ms: 1000, cpuMs: 1 },
    killed: { ms: 9000 },
  };
  assert.is(weightOf(file('a'), measurements), 0.6);
  assert.is(weightOf(file('a', { needs: ['cluster'] }), measurements), 0.75);
  assert.is(weightOf(file('a', { weight: 0.7 }), measurements), 0.7);
  assert.is(weightOf(file('idle'), measurements), 0.1);
  assert.is(weightOf(file('killed'), measurements), 1);
  assert.is(weightOf(file('new'), measurements), 1);
  assert.is(weightOf(file('new', { needs: ['cluster'] }), measurements), 0.5);
});

test('files that compute run one per core, with waiting files beside them', () => {
  const files = ['a', 'b', 'c', 'd', 'e'].map((path) => file(path));
  assert.is(startedBy(new Schedule(files, {}, 2)).length, 2);
  const waiting = files.map(({ path }) => file(path, { weight: 0.3 }));
  assert.is(startedBy(new Schedule(waiting, {}, 2)).length, 5);
});

test('the slowest start first, and when one ends the next starts', () => {
  const measurements: Measurements = { a: { ms: 10 }, b: { ms: 30 }, c: { ms: 20 } };
  const schedule = new Schedule([file('a'), file('b'), file('c')], measurements, 1);
  const [first, ...others] = startedBy(schedule);
  assert.equal([first?.file.path, others.length], ['b', 0]);
  first?.ended();
  assert.equal(paths(startedBy(schedule)), ['c']);
  assert.not(schedule.isEmpty);
});

test('a file that computes does not wait for all files that wait', () => {
  const waiting = Array.from({ length: 9 }, (_, i) => file(`w${i}`, { weight: 0.25, timeoutMs: 500_000 }));
  const schedule = new Schedule([...waiting, file('computes', { weight: 1, timeoutMs: 400_000 })], {}, 2);
  const started = startedBy(schedule);
  assert.is(started.length, 8);
  for (const one of started.slice(0, 2)) one.ended();
  // The ninth that waits, and then half of the other fits no more.
  assert.equal(paths(startedBy(schedule)), ['w8']);
  for (const one of started.slice(2, 4)) one.ended();
  assert.equal(paths(startedBy(schedule)), ['computes']);
});

test('a file that needs all cores and more still runs', () => {
  const schedule = new Schedule([file('big', { weight: 7 }), file('small', { weight: 0.1 })], {}, 2);
  assert.equal(paths(startedBy(schedule)), ['big']);
});

test('the number of processes at a time is bounded', () => {
  const idle = Array.from({ length: 40 }, (_, i) => file(`${i}`, { weight: 0.01 }));
  assert.is(startedBy(new Schedule(idle, {}, 2)).length, 8);
});

test('a file that is not ready is skipped for now', () => {
  const schedule = new Schedule([file('late', { timeoutMs: 999_000 }), file('early')], {}, 2);
  assert.equal(paths(startedBy(schedule, ({ path }) => path === 'early')), ['early']);
  assert.equal(paths(startedBy(schedule)), ['late']);
});

test('other running files do not make a file seem to wait more', () => {
  assert.equal(remembered(undefined, { ms: 50, cpuMs: 9 }), { ms: 50, cpuMs: 9 });
  assert.equal(remembered({ ms: 100, cpuMs: 9 }, { ms: 500, cpuMs: 10 }), { ms: 110, cpuMs: 10 });
  assert.equal(remembered({ ms: 100, cpuMs: 9 }, { ms: 50, cpuMs: 9 }), { ms: 50, cpuMs: 9 });
});

test.run();
