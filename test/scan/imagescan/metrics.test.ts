import { pino } from 'pino';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { registerImageScanMetrics } from '../../../src/scan/imagescan/metrics.ts';
import { withoutScannerStatus } from '../../../src/scan/imagescan/status/status.ts';
import { NamespaceSeries } from '../../../src/telemetry/namespace-series.ts';
import { imageScan } from './image-scan.ts';

const register = (scans: () => readonly ImageScan[], most = 500): Registry => {
  const registry = new Registry();
  const namespaces = new NamespaceSeries({ registry, most, log: pino({ enabled: false }) });
  registerImageScanMetrics(registry, scans, namespaces);
  return registry;
};

const linesOf = async (registry: Registry, name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));

test('ImageScans without a scanner are Stalled: the alert on those sees them', async () => {
  const scan = imageScan();
  const stalled = { ...scan, status: withoutScannerStatus(scan, 'there is no trivy', Date.now()) };
  const { namespace } = scan.metadata;
  const lines = await linesOf(
    register(() => [stalled]),
    'palisade_imagescans',
  );
  assert.ok(lines.includes(`palisade_imagescans{namespace="${namespace}",state="Stalled"} 1`), lines.join());
});

const scanned = (namespace: string, summary: object): ImageScan => {
  const scan = imageScan();
  return {
    ...scan,
    metadata: { ...scan.metadata, namespace },
    status: { summary } as ImageScan['status'],
  } as ImageScan;
};

test('findings and images have a series for each namespace, which goes with its last ImageScan', async () => {
  const scans = [
    scanned('a', { images: 5, pending: 1, failed: 1, critical: 2, high: 1 }),
    scanned('a', { images: 1, critical: 3 }),
    scanned('b', { images: 2, failed: 2 }),
  ];
  const registry = register(() => scans);
  const critical = (lines: readonly string[]) => lines.filter((line) => line.includes('Critical'));
  assert.equal(critical(await linesOf(registry, 'palisade_findings')), [
    'palisade_findings{namespace="a",severity="Critical"} 5',
    'palisade_findings{namespace="b",severity="Critical"} 0',
  ]);
  assert.equal(await linesOf(registry, 'palisade_images'), [
    'palisade_images{namespace="a",state="Scanned"} 4',
    'palisade_images{namespace="a",state="Pending"} 1',
    'palisade_images{namespace="a",state="Failed"} 1',
    'palisade_images{namespace="b",state="Scanned"} 0',
    'palisade_images{namespace="b",state="Pending"} 0',
    'palisade_images{namespace="b",state="Failed"} 2',
  ]);
  scans.splice(0, 2);
  assert.equal(critical(await linesOf(registry, 'palisade_findings')), [
    'palisade_findings{namespace="b",severity="Critical"} 0',
  ]);
  scans.splice(0);
  assert.equal(critical(await linesOf(registry, 'palisade_findings')), ['palisade_findings{severity="Critical"} 0']);
});

test('with more namespaces than wanted, only the sums', async () => {
  const scans = ['a', 'b', 'c'].map((namespace) => scanned(namespace, { images: 1, critical: 1 }));
  assert.equal(
    (
      await linesOf(
        register(() => scans, 2),
        'palisade_findings',
      )
    )[0],
    'palisade_findings{severity="Critical"} 3',
  );
});

test('the default bound in both directions: its series, the sum, and again its series, as namespaces come and go', async () => {
  const scans = Array.from({ length: 500 }, (_, n) => scanned(`n${n}`, { images: 1, critical: 1, uncovered: 1 }));
  const registry = register(() => scans);
  const lines = async () => [
    (await linesOf(registry, 'palisade_findings')).filter((line) => line.includes('Critical')),
    (await registry.metrics()).split('\n').filter((line) => /^palisade_uncovered_images[ {]/.test(line)),
  ];
  const sizes = async () => (await lines()).map(({ length }) => length);
  assert.equal(await sizes(), [500, 500]);
  scans.push(scanned('n499', { critical: 1 }));
  assert.equal(await sizes(), [500, 500], 'another ImageScan is no other namespace');
  for (let round = 0; round < 3; round += 1) {
    scans.push(scanned('beyond', { critical: 1 }));
    assert.equal(await lines(), [['palisade_findings{severity="Critical"} 502'], ['palisade_uncovered_images 500']]);
    scans.pop();
    assert.equal(await sizes(), [500, 500]);
  }
  scans.splice(0, 499);
  assert.equal(await lines(), [
    ['palisade_findings{namespace="n499",severity="Critical"} 2'],
    ['palisade_uncovered_images{namespace="n499"} 1'],
  ]);
});

test.run();
