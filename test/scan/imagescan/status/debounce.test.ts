import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PodCounts } from '../../../../src/scan/imagescan/status/debounce.ts';
import { computeStatus } from '../../../../src/scan/imagescan/status/status.ts';
import { imageScan } from '../image-scan.ts';
import { imageLook, imageView, lookAt, viewedFinding } from '../observation.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');

const statusOf = (pods: number, critical = false) => {
  const view = imageView(critical ? [viewedFinding()] : []);
  return computeStatus(imageScan(), lookAt([imageLook('r.io/a:1', { pods, view })]), NOW);
};
const scan = imageScan({}, statusOf(3));

test('a change of pod counts alone waits 10 seconds from the first, however many follow', () => {
  const counts = new PodCounts();
  assert.equal(
    [0, 4000, 9999, 10_000].map((now) => counts.settle(scan, statusOf(4 + now), now)),
    [10_000, 6000, 1, 0],
  );
  assert.is(counts.settle(scan, statusOf(5), 10_001), 10_000, 'the next one waits anew');
});

test('anything else is written at once, with the counts; a count that came back waits no longer', () => {
  const counts = new PodCounts();
  assert.is(counts.settle(imageScan(), statusOf(3), 0), 0, 'there is no status yet');
  assert.is(counts.settle(scan, statusOf(4), 0), 10_000);
  assert.is(counts.settle(scan, statusOf(4, true), 1000), 0);
  assert.is(counts.settle(scan, statusOf(4), 2000), 10_000);
  assert.is(counts.settle(scan, statusOf(3), 3000), 0);
  assert.is(counts.settle(scan, statusOf(4), 4000), 10_000);
});

test.run();
