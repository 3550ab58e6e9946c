// suite: faults
// needs: cluster, scanner
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunningContainer } from '../../../hack/running-pod.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import type { DatabaseFixture } from '../../../hack/trivydb/fixture.ts';
import { fileName } from '../../../src/scan/store/entry.ts';
import { REPORTS_DIRECTORY } from '../../../src/scan/store/report-reader.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { hoursAgo, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const { updated } = await palisade.namespaces(['updated']);
const settings = scans.settings({ concurrency: 1 });
const { registry } = await scans.operator(settings, updated);
test.after(() => scans.close());

const push = (names: readonly string[]) => Promise.all(names.map((name) => scans.push(`updated/${name}`, VULNERABLE)));
const running = await push(['run-a', 'run-b', 'run-c']);
const others = await push(['idle-a', 'idle-b', 'idle-c']);
for (const [i, image] of running.entries()) await scans.run(updated, `pod-${i}`, [image]);

const next = (advisories: DatabaseFixture['advisories'][string], more: DatabaseFixture['vulnerabilities'] = {}) => ({
  ...exampleDatabase,
  advisories: { ...exampleDatabase.advisories, 'debian 12': advisories },
  vulnerabilities: { ...exampleDatabase.vulnerabilities, ...more },
});
const { openssl = {}, zlib = {} } = exampleDatabase.advisories['debian 12'] ?? {};

/** The unfixable finding of zlib gets a fix, and zlib gets a new critical finding. */
const WORSE = next(
  { openssl, zlib: { 'CVE-2099-0003': { fixed: '1:1.2.13.dfsg-1+deb12u1' }, 'CVE-2099-0099': {} } },
  { 'CVE-2099-0099': { Title: 'zlib: news', Severity: 'CRITICAL', VendorSeverity: { nvd: 'CRITICAL' } } },
);

/** No critical finding is left. */
const BETTER = next({ openssl: { 'CVE-2099-0002': openssl['CVE-2099-0002']! }, zlib });

/** The requests to the registry about the images. */
const asked = async (): Promise<string[]> =>
  (await stage.registry.requests()).filter((request) => request.includes('/v2/updated/'));

const databaseIs = (updatedAt: string) =>
  scans.when(updated, 'all', `all results are of ${updatedAt}`, ({ status }) => {
    const fresh = status?.conditions?.find(({ type }) => type === 'Fresh');
    return status?.scanner?.databaseUpdatedAt === updatedAt && fresh?.status === 'True';
  });

/** When the image's last report was written. */
const writtenAt = async ({ imageID }: RunningContainer): Promise<number> => {
  const image = { digest: imageID.split('@')[1] ?? '', platform: 'linux/amd64' };
  return (await stat(join(settings.directory, REPORTS_DIRECTORY, fileName({ kind: 'report', image })))).mtimeMs;
};

test('invariant 2: a new database matches every stored analysis once, pulls nothing, and images with running pods go first', async () => {
  await scans.apply(updated, 'all', { target: { images: others.map(({ imageID }) => imageID) } });
  await scans.settled(updated, 'all');
  const { scans: before } = await quiet(registry);
  const requests = await asked();
  const at = hoursAgo(1);
  await scans.updateDatabase(WORSE, at);
  const { status } = await databaseIs(at);
  assert.equal(
    [status?.summary?.critical, status?.summary?.high, status?.summary?.fixable, status?.summary?.new],
    [12, 6, 12, 6],
    'six images, with one new finding each',
  );
  const { scans: after } = await quiet(registry);
  assert.equal(after, { ...before, success: (before.success ?? 0) + 6 });
  const more = (await asked()).slice(requests.length);
  assert.equal(
    more.map((request) => request.replace(/-.*/, '')).sort(),
    Array(3).fill('GET /v2/updated/idle'),
    'only whether the images of target.images still exist',
  );
  assert.equal(
    more.filter((request) => request.includes('/blobs/')),
    [],
  );
  const [first, last] = [await Promise.all(running.map(writtenAt)), await Promise.all(others.map(writtenAt))];
  assert.ok(Math.max(...first) < Math.min(...last), `${first} before ${last}`);
});

test('new findings, fixed findings and compliance are each reported once', async () => {
  assert.equal(await scans.toldEvents(updated, 'all', 3), [
    'NewCriticalFinding: CVE-2099-0001 in libssl3',
    'NewCriticalFinding: CVE-2099-0099 in zlib1g',
    'NotCompliant: there are findings of severity Critical',
  ]);
  const at = hoursAgo(0.5);
  await scans.updateDatabase(BETTER, at);
  const { status } = await databaseIs(at);
  assert.equal([status?.summary?.critical, status?.summary?.high, status?.summary?.new], [0, 6, 0]);
  await scans.condition(updated, 'all', 'Compliant', 'True', 'NoBlockingFindings');
  await quiet(registry);
  assert.equal(await scans.toldEvents(updated, 'all', 5), [
    'Compliant: no finding of severity Critical',
    'Fixed: no longer found: CVE-2099-0001 in libssl3, CVE-2099-0099 in zlib1g',
    'NewCriticalFinding: CVE-2099-0001 in libssl3',
    'NewCriticalFinding: CVE-2099-0099 in zlib1g',
    'NotCompliant: there are findings of severity Critical',
  ]);
});

test('another database of the same time is used, and everything is matched with it', async () => {
  const before = (await scansMade(registry)).success ?? 0;
  const { status: old } = await scans.get(updated, 'all');
  await scans.updateDatabase(WORSE, old?.scanner?.databaseUpdatedAt ?? '');
  const { status } = await scans.when(
    updated,
    'all',
    'it has findings again',
    (s) => s.status?.summary?.critical === 12,
  );
  assert.is(status?.scanner?.databaseUpdatedAt, old?.scanner?.databaseUpdatedAt);
  await scans.settled(updated, 'all');
  assert.is((await scansMade(registry)).success, before + 6);
});

test('an unchanged database causes no scan and no Event', async () => {
  const before = await scansMade(registry);
  const looks = async () => (await scans.asked('trivy-db')).length;
  const looked = await looks();
  await until('the database was checked three more times', async () => (await looks()) >= looked + 3);
  assert.equal(await scansMade(registry), before);
});

test.run();
