import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { StatusDebounce } from '../../../../src/scan/imagescan/status/debounce.ts';
import { computeStatus } from '../../../../src/scan/imagescan/status/status.ts';
import { imageScan } from '../image-scan.ts';
import { evaluatedFinding, evaluationOf, observationOf, observedImage } from '../observation.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');

const statusOf = (pods: number, critical = false) => {
  const evaluation = evaluationOf(critical ? [evaluatedFinding()] : []);
  return computeStatus(imageScan(), observationOf([observedImage('r.io/a:1', { pods, evaluation })]), NOW);
};
const scan = imageScan({}, statusOf(3));

test('a change of pod counts alone waits 10 seconds from the first, however many follow', () => {
  const debounce = new StatusDebounce();
  assert.equal(
    [0, 4000, 9999, 10_000].map((now) => debounce.remainingMs(scan.status, statusOf(4 + now), now)),
    [10_000, 6000, 1, 0],
  );
  assert.is(debounce.remainingMs(scan.status, statusOf(5), 10_001), 10_000, 'the next one waits again');
});

test('anything else is written at once, with the counts; a count that changed back waits no longer', () => {
  const debounce = new StatusDebounce();
  assert.is(debounce.remainingMs(undefined, statusOf(3), 0), 0, 'there is no status yet');
  assert.is(debounce.remainingMs(scan.status, statusOf(4), 0), 10_000);
  assert.is(debounce.remainingMs(scan.status, statusOf(4, true), 1000), 0);
  assert.is(debounce.remainingMs(scan.status, statusOf(4), 2000), 10_000);
  assert.is(debounce.remainingMs(scan.status, statusOf(3), 3000), 0);
  assert.is(debounce.remainingMs(scan.status, statusOf(4), 4000), 10_000);
});

test.run();
