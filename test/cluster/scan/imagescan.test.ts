// needs: cluster, scanner
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['first', 'second', 'kinds']);
await scans.operator(scans.settings(), ...Object.values(ns));
test.after(() => scans.close());

const requestsFor = async (repository: string): Promise<string[]> =>
  (await stage.registry.requests()).filter((request) => request.includes(`/v2/${repository}/`));

test('a running image is scanned: counts, findings, advice and first-seen times', async () => {
  const app = await scans.push('first/app', VULNERABLE);
  await scans.run(ns.first, 'app-1', [app]);
  await scans.apply(ns.first, 'nightly', { schedule: '0 3 * * *', timeZone: 'Europe/Berlin' });
  const { status } = await scans.settled(ns.first, 'nightly');
  assert.equal(status?.summary, {
    images: 1,
    scanned: 1,
    pending: 0,
    failed: 0,
    critical: 1,
    high: 1,
    medium: 0,
    low: 1,
    unknown: 0,
    fixable: 1,
    new: 3,
    suppressed: 0,
    uncovered: 0,
  });
  const [row] = status?.images ?? [];
  assert.equal(row?.advice, ['libssl3 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)']);
  assert.equal(
    [row?.image, row?.digest, row?.platform, row?.pods, row?.state, row?.os, row?.oldestFixableAt],
    [app.reference, app.imageID.split('@')[1], 'linux/amd64', 1, 'Scanned', 'debian 12.11', row?.scannedAt],
  );
  assert.equal(
    status?.findings?.map(({ id, package: name, installed, fixed, severity, images, title }) => [
      id,
      name,
      installed,
      fixed,
      severity,
      images,
      title,
    ]),
    [
      [
        'CVE-2099-0001',
        'libssl3',
        '3.0.15-1~deb12u1',
        '3.0.17-1~deb12u3',
        'Critical',
        1,
        'openssl: example of a critical, fixed finding',
      ],
      ['CVE-2099-0003', 'zlib1g', '1:1.2.13.dfsg-1', undefined, 'High', 1, 'zlib: no fix yet'],
      ['CVE-2099-0002', 'libssl3', '3.0.15-1~deb12u1', undefined, 'Low', 1, 'openssl: will not be fixed'],
    ],
  );
  await scans.condition(ns.first, 'nightly', 'Compliant', 'False', 'BlockingFindings');
  assert.match(status?.nextScanTime ?? '', /^\d{4}-\d\d-\d\dT0[12]:0\d:\d\dZ$/);
});

test('invariant 1: one scan serves the whole cluster, and every ImageScan of the image gets its result', async () => {
  const shared = await scans.push('shared/app', VULNERABLE);
  await Promise.all([...Array(20).keys()].map((i) => scans.run(ns.second, `replica-${i}`, [shared])));
  await scans.run(ns.first, 'shared-1', [shared]);
  await scans.apply(ns.second, 'other', {});
  const other = await scans.settled(ns.second, 'other');
  assert.equal([other.status?.summary?.images, other.status?.images?.[0]?.pods], [1, 20]);
  await scans.when(ns.first, 'nightly', 'two images', ({ status }) => status?.summary?.scanned === 2);
  const blobs = (await requestsFor('shared/app')).filter((request) => /^GET .*\/blobs\//.test(request));
  assert.is(new Set(blobs).size, blobs.length, 'no image was pulled twice');
});

test('containers of every kind are scanned, by the digest and the platform that run', async () => {
  const [main, init, debug] = await Promise.all(
    ['main', 'init', 'debug'].map((name) => scans.push(`kinds/${name}`, HARMLESS)),
  );
  await scans.run(ns.kinds, 'pod', [main!], { init: [init!], ephemeral: [debug!] });
  await scans.apply(ns.kinds, 'all', {});
  const { status } = await scans.when(ns.kinds, 'all', 'three images', (scan) => scan.status?.summary?.scanned === 3);
  assert.equal(
    status?.images?.map((row) => [row.image, row.digest, row.platform, row.pods]),
    [debug, init, main].map((container) => [container?.reference, container?.imageID.split('@')[1], 'linux/amd64', 1]),
  );
});

test('the image of a deleted pod leaves the status', async () => {
  await scans.stopPod(ns.first, 'shared-1');
  await scans.when(ns.first, 'nightly', 'one image', ({ status }) => status?.summary?.images === 1);
});

test('each Event is emitted once', async () => {
  const expected = [
    'NewCriticalFinding: CVE-2099-0001 in libssl3',
    'NotCompliant: there are findings of severity Critical',
  ];
  await until('events', async () => (await scans.events(ns.first, 'nightly')).length >= 2);
  assert.equal(await scans.events(ns.first, 'nightly'), expected);
});

test.run();
