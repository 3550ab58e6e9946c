import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { criticalNews, criticalNewsInSteps } from '../../../../src/scan/imagescan/events/critical-news.ts';
import { evaluationOf, observationOf, observedImage } from '../observation.ts';

const keys = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `CVE-2098-${String(from + n).padStart(6, '0')} in openssl`);

/** Images with 500 critical findings each. */
const observed = (images: number, more = {}) =>
  observationOf(
    Array.from({ length: images }, (_, n) =>
      observedImage(`r.io/a${n}:1`, {
        evaluation: evaluationOf([], { criticals: keys(n * 500, (n + 1) * 500), ...more }),
      }),
    ),
  );

test('in steps the news are the same', async () => {
  const before = [...keys(100, 300), 'CVE-1 in gone'];
  const news = criticalNews(before, observed(3));
  assert.equal(await criticalNewsInSteps(before, observed(3)), news);
  assert.equal([news.found, news.fixed], [[...keys(0, 100), ...keys(300, 1500)], ['CVE-1 in gone']]);
});

test('while an image has more critical findings than are listed, nothing is fixed', () => {
  const { found, fixed, criticals } = criticalNews(['CVE-1 in gone'], observed(1, { criticalsCut: true }));
  assert.equal([found.length, fixed, criticals.length], [500, [], 501]);
});

test('a hundred thousand findings are compared in steps of less than 100 ms', async () => {
  const observation = observed(200);
  const before = keys(50_000, 150_000);
  let [last, longest, isDone] = [process.threadCpuUsage(), 0, false];
  // Runs between the steps.
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, user + system);
    last = process.threadCpuUsage();
    if (!isDone) setImmediate(look);
  };
  look();
  const { fixed } = await criticalNewsInSteps(before, observation);
  isDone = true;
  look();
  assert.is(fixed.length, 50_000);
  assert.ok(longest < 100_000, `${longest / 1000} ms of CPU`);
});

test.run();
