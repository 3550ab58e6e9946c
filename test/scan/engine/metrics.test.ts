import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanMetrics } from '../../../src/scan/engine/metrics.ts';
import { FAILURE_REASONS } from '../../../src/scan/scan-error.ts';

const metrics = () => {
  const registry = new Registry();
  const scans = new ScanMetrics(registry, () => undefined);
  const lines = async () => (await registry.metrics()).split('\n');
  return { scans, lines };
};

test('every result, reason and step is there before the first scan', async () => {
  const { lines } = metrics();
  const scrape = await lines();
  assert.ok(scrape.includes('palisade_scans_total{result="success",reason=""} 0'));
  for (const reason of FAILURE_REASONS)
    assert.ok(scrape.includes(`palisade_scans_total{result="failure",reason="${reason}"} 0`), reason);
  for (const step of ['analyze', 'match'])
    assert.ok(scrape.includes(`palisade_scan_step_duration_seconds_count{step="${step}"} 0`), step);
});

test('scans are counted by result, failures by reason', async () => {
  const { scans, lines } = metrics();
  scans.scanned(undefined);
  scans.scanned('Timeout');
  scans.scanned('Timeout');
  const scrape = await lines();
  assert.ok(scrape.includes('palisade_scans_total{result="success",reason=""} 1'));
  assert.ok(scrape.includes('palisade_scans_total{result="failure",reason="Timeout"} 2'));
});

for (const [what, kev, seconds] of [
  ['none is in use', undefined, 0],
  ['it says when it was released', { releasedAt: Date.parse('2026-11-28T17:00:14Z') }, 1795885214],
  ['it does not say so', {}, 0],
] as const) {
  test(`the release time of KEV: ${what}`, async () => {
    const registry = new Registry();
    new ScanMetrics(
      registry,
      () => undefined,
      () => kev,
    );
    assert.match(await registry.metrics(), `\npalisade_kev_timestamp_seconds ${seconds}\n`);
  });
}

test.run();
