import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { registerImageScanMetrics } from '../../../src/scan/imagescan/metrics.ts';
import { withoutScannerStatus } from '../../../src/scan/imagescan/status/status.ts';
import { imageScan } from './image-scan.ts';

test('ImageScans without a scanner are Stalled: the alert on those sees them', async () => {
  const registry = new Registry();
  const scan = imageScan();
  const stalled = { ...scan, status: withoutScannerStatus(scan, 'there is no trivy', Date.now()) };
  registerImageScanMetrics(registry, () => [stalled]);
  assert.match(await registry.metrics(), 'palisade_imagescans{state="Stalled"} 1');
});

test.run();
