import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { summaryOf } from '../../hack/test/summary.ts';

test('a run of no files has no summary', () => {
  assert.equal(summaryOf([], 100), []);
});

test('the summary has the duration and the slowest files', () => {
  const ran = [
    { path: 'test/a.test.ts', ms: 1234, cpuMs: 500 },
    { path: 'test/b.test.ts', ms: 101_000, cpuMs: 61_000 },
    { path: 'test/killed.test.ts', ms: 2000 },
  ];
  assert.equal(summaryOf(ran, 125_400), [
    '3 files in 2 min 5 s, with 1 min 2 s of CPU time in test processes; the slowest:',
    '  101.0 s  test/b.test.ts  (CPU 61.0 s)',
    '    2.0 s  test/killed.test.ts',
    '    1.2 s  test/a.test.ts  (CPU 0.5 s)',
  ]);
});

test('the summary names ten files', () => {
  const ran = Array.from({ length: 12 }, (_, i) => ({ path: `${i}`, ms: i }));
  assert.is(summaryOf(ran, 1).length, 11);
});

test.run();
