// suite: faults
// needs: cluster, scanner
// A hostile registry or image takes bounded resources, and other scans wait no longer than that.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Content, sha256 } from '../../../hack/images/content.ts';
import { push } from '../../../hack/images/push.ts';
import type { RunningContainer } from '../../../hack/running-pod.ts';
import { pushDatabase } from '../../../hack/trivydb/database.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { hostileRegistry, OCI } from '../../scan/registry/hostile-registry.ts';
import { gzipped, rawImage, tarEnd, tarFile, zipBomb } from '../../scan/scanner/hostile.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['evil', 'good', 'bombs', 'late', 'broken']);

/** Drips, but serves the manifest of the image that another registry also has, which all users may read. */
let mirrored = '';
const drips = await hostileRegistry(async ({ path }, response) => {
  if (mirrored !== '' && path.endsWith(`/manifests/${mirrored}`)) {
    const manifest = await fetch(new URL(`/v2/good/mirrored/manifests/${mirrored}`, stage.registry.url), {
      headers: { accept: OCI.manifest },
    });
    response.writeHead(200, { 'content-type': OCI.manifest }).end(Buffer.from(await manifest.arrayBuffer()));
    return;
  }
  response.writeHead(200, { 'content-type': OCI.manifest });
  const drip = setInterval(() => response.write(' '), 1_000);
  response.on('close', () => clearInterval(drip));
});

const limits = { ...defaultScanLimits, timeMs: 10_000, diskBytes: 300 * MiB, pollMs: 20 };
const allowedRegistries = [stage.registry.host, drips.registry];
const settings = (more: Parameters<typeof scans.settings>[0] = {}) =>
  scans.settings({ allowedRegistries, limits, ...more });

const test = suite('bounds');
test.after(async () => {
  await scans.close();
  await drips.close();
});

const pushed = async (repository: string, what: Content): Promise<RunningContainer> => {
  const digest = await push(stage.registry, repository, what, '1');
  const name = `${stage.registry.host}/${repository}`;
  return { reference: `${name}:1`, imageID: `${name}@${digest}` };
};

test('registries that drip hold slots of the queue for a bounded time', async () => {
  await scans.operator(settings(), ns.evil, ns.good, ns.bombs);
  const images = ['a', 'b', 'c', 'd'].map((name) => `${drips.registry}/${name}:1`);
  await scans.apply(ns.evil, 'drips', { target: { images } });
  await scans.when(ns.evil, 'drips', 'they are looked up', ({ status }) => status?.summary?.images === 4);
  await scans.run(ns.good, 'app', [await scans.push('good/app', VULNERABLE)]);
  await scans.apply(ns.good, 'nightly', {});
  await scans.settled(ns.good, 'nightly');
  const { status } = await scans.when(ns.evil, 'drips', 'all have ended', (scan) => scan.status?.summary?.failed === 4);
  assert.equal(
    status?.images?.map(({ reason }) => reason),
    ['Timeout', 'Timeout', 'Timeout', 'Timeout'],
  );
  assert.match(status?.images?.[0]?.message ?? '', `${images[0]}: `);
});

test("a dripping registry that one namespace names does not withhold the image's result from another one", async () => {
  const app = await scans.push('good/mirrored', VULNERABLE);
  mirrored = app.imageID.split('@')[1]!;
  await scans.apply(ns.evil, 'drips', { target: { images: [`${drips.registry}/x@${mirrored}`] } });
  const { status } = await scans.when(ns.evil, 'drips', 'it has failed', (scan) => scan.status?.summary?.failed === 1);
  assert.equal([status?.images?.[0]?.reason, status?.images?.[0]?.digest], ['Timeout', mirrored]);
  await scans.run(ns.good, 'mirrored', [app]);
  await scans.when(ns.good, 'nightly', 'both are scanned', (scan) => scan.status?.summary?.scanned === 2, 40_000);
});

test('a decompression bomb is a row, takes none of our memory, and the next image is scanned', async () => {
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 20);
  const archive = [tarFile('app/bomb.jar', zipBomb('inner.jar', 3 * GiB)), tarEnd];
  const bomb = rawImage([gzipped(...archive)], [sha256(Buffer.concat(archive))]);
  await scans.run(ns.bombs, 'bomb', [await pushed('bombs/zip', bomb)]);
  await scans.run(ns.bombs, 'good', [await scans.push('bombs/good', HARMLESS)]);
  await scans.apply(ns.bombs, 'nightly', {});
  const { status } = await scans.when(
    ns.bombs,
    'nightly',
    'both were tried',
    ({ status: now }) => now?.summary?.failed === 1 && now.summary.scanned === 1,
  );
  clearInterval(watch);
  const [row] = status?.images ?? [];
  assert.ok(['TooLarge', 'Timeout'].includes(row?.reason ?? ''), row?.message);
  assert.match(row?.message ?? '', /the scanner needs more (disk than 300 MiB|than 10 s), the limit of one scan$/);
  assert.ok(most < 300 * MiB, `${most} bytes more`);
});

test('without a database each row reports that, and recovers automatically once there is one', async () => {
  const databaseRepository = `${stage.registry.host}/late/trivy-db:2`;
  await scans.operator(settings({ databaseRepository }), ns.late);
  await scans.run(ns.late, 'app', [await scans.push('late/app', VULNERABLE)]);
  await scans.apply(ns.late, 'nightly', {});
  await scans.condition(ns.late, 'nightly', 'Ready', 'False', 'DatabaseMissing');
  const { status } = await scans.when(ns.late, 'nightly', 'the answer of the registry is shown', (scan) =>
    (scan.status?.images?.[0]?.message ?? '').startsWith(
      `--trivy-db-repository ${databaseRepository}: the registry answered 404 (`,
    ),
  );
  const [row] = status?.images ?? [];
  assert.equal([row?.state, row?.reason], ['Failed', 'DatabaseMissing']);
  assert.match(findCondition(status?.conditions, 'Ready')?.message ?? '', row?.message ?? '');
  assert.is(findCondition(status?.conditions, 'Reconciling')?.status, 'True', 'no action is needed here');
  assert.is(findCondition(status?.conditions, 'Compliant')?.status, 'Unknown');
  await pushDatabase(stage.registry, stage.database, 'late/trivy-db');
  const ready = await scans.settled(ns.late, 'nightly');
  assert.is(ready.status?.summary?.critical, 1);
});

test('a scanner that fails is a row with its last output, made printable', async () => {
  const trivy = join(stage.directory, 'bad-trivy');
  const script = `#!/bin/sh\ncase "$*" in *--input*) printf '\\033[31mboom\\n' >&2; exit 3;; esac\nexec ${stage.trivy} "$@"\n`;
  await writeFile(trivy, script);
  await chmod(trivy, 0o755);
  await scans.operator(settings({ trivy }), ns.broken);
  const app = await scans.push('broken/app', VULNERABLE);
  await scans.run(ns.broken, 'app', [app]);
  await scans.apply(ns.broken, 'nightly', {});
  const { status } = await scans.condition(ns.broken, 'nightly', 'Ready', 'False', 'ScannerFailed');
  const digest = app.imageID.split('@')[1];
  assert.is(status?.images?.[0]?.message, `${digest}@linux/amd64: Trivy ended with exit status 3: ?[31mboom`);
});

test.run();
