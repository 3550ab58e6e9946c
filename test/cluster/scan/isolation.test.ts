// needs: cluster, scanner
// Credentials and results of one namespace stay hidden from other namespaces.
import { join } from 'node:path';
import { pino } from 'pino';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan, ScanSpec } from '../../../src/api/imagescan.ts';
import { readScanReport } from '../../../src/scan/report/read.ts';
import { REPORTS_DIRECTORY, reportReader } from '../../../src/scan/store/report-reader.ts';
import { person, untilAggregated } from '../../attack/people.ts';
import { KINDS } from '../../harness/install.ts';
import { dockerConfig, optIn, writeSecret } from '../../harness/pull-secrets.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';
import { hostileRegistry, OCI } from '../../scan/registry/hostile-registry.ts';

const ACCOUNT = { username: 'robot', password: 'correct horse battery' };

const scans = await Scans.open();
const { palisade, stage } = scans;
const { admin } = palisade;
const locked = await stage.privateRegistry(ACCOUNT);
const ns = await palisade.namespaces(['owner', 'stranger', 'people']);

let digestOfOthers = '';
/** Claims that every tag of it is the owner's image, and does not have that. */
const liar = await hostileRegistry(({ path }, response) => {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI.manifest, config: {}, layers: [] });
  if (path.includes('/manifests/')) {
    response.writeHead(200, { 'content-type': OCI.manifest, 'docker-content-digest': digestOfOthers }).end(body);
  } else response.writeHead(404).end();
});

const allowedRegistries = [stage.registry.host, locked.host, liar.registry];
const settings = scans.settings({ allowedRegistries });
await scans.operator(settings, ns.owner, ns.stranger);
const reports = reportReader(join(settings.directory, REPORTS_DIRECTORY), pino({ level: 'silent' }));

const test = suite('isolation of namespaces');
test.after(async () => {
  await scans.close();
  await liar.close();
});

const app = await scans.push('team/secret', VULNERABLE, locked);
const digest = app.imageID.split('@')[1]!;
digestOfOthers = digest;

test('the owner of a private image gets its findings', async () => {
  await writeSecret(admin, ns.owner, 'mine', dockerConfig(locked.host, ACCOUNT));
  await optIn(admin, ns.owner, 'mine');
  await scans.run(ns.owner, 'app', [app]);
  await scans.apply(ns.owner, 'nightly', { pullSecrets: [{ name: 'mine' }] });
  const { status } = await scans.settled(ns.owner, 'nightly');
  assert.equal([status?.summary?.critical, status?.summary?.scanned], [1, 1]);
});

const ATTEMPTS: readonly [what: string, spec: ScanSpec, reason: string][] = [
  ['by its tag', { target: { images: [app.reference] } }, 'Unauthorized'],
  ['by its digest', { target: { images: [app.imageID] } }, 'Unauthorized'],
  ['by its digest, in a public repository', { target: { images: [`${stage.registry.host}/x@${digest}`] } }, 'NotFound'],
  [
    "with the name of the owner's Secret, which is not in this namespace",
    { target: { images: [app.imageID] }, pullSecrets: [{ name: 'mine' }] },
    'Unauthorized',
  ],
  ['from a registry that says that it is that image', { target: { images: [`${liar.registry}/x:1`] } }, 'DamagedImage'],
  ['from a registry that says so, by digest', { target: { images: [`${liar.registry}/x@${digest}`] } }, 'DamagedImage'],
];

for (const [i, [what, spec, reason]] of ATTEMPTS.entries()) {
  test(`another namespace that names it ${what} gets nothing, though the result is in the store`, async () => {
    const name = `attempt-${i}`;
    await scans.apply(ns.stranger, name, spec);
    const { status } = await scans.when(
      ns.stranger,
      name,
      'it has failed',
      (scan) => scan.status?.summary?.failed === 1,
    );
    const [row] = status?.images ?? [];
    assert.equal([row?.state, row?.reason, row?.critical, status?.findings], ['Failed', reason, undefined, undefined]);
    assert.is(status?.summary?.critical, 0);
    assert.equal([row?.scannedAt, row?.os, row?.advice], [undefined, undefined, undefined]);
    assert.not.match(JSON.stringify(await scans.events(ns.stranger, name)), 'CVE-');
  });
}

test('a pod that cannot pull the image gives nothing either: it has no imageID', async () => {
  await scans.run(ns.stranger, 'thief', [{ reference: app.imageID, imageID: '' }]);
  await scans.apply(ns.stranger, 'pods', {});
  const { status } = await scans.condition(ns.stranger, 'pods', 'Ready', 'True', 'NoImages');
  assert.equal(status?.images, undefined);
});

test('only the node reports the image of a container: editors of the namespace cannot forge it', async () => {
  await untilAggregated(palisade);
  const role = { name: 'editor', home: ns.people, where: ns.stranger, role: 'edit' };
  const editor = await person(palisade, role);
  const status = { containerStatuses: [{ name: 'containers-0', image: app.reference, imageID: app.imageID }] };
  const fake = (subresource?: 'status') =>
    editor.patch(
      KINDS.Pod,
      'thief',
      { status },
      { namespace: ns.stranger, type: 'merge', ...(subresource && { subresource }) },
    );
  const error = await fake('status').catch((e: Error) => e);
  assert.match((error as Error).message, /cannot patch resource "pods\/status"/);
  // Without the subresource, the API server drops its status.
  await fake();
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'born-running' },
    spec: { containers: [{ name: 'containers-0', image: app.imageID }], schedulerName: 'nobody' },
    status: { phase: 'Running', ...status },
  };
  await editor.create(KINDS.Pod, body, { namespace: ns.stranger });
  for (const pod of ['thief', 'born-running']) {
    const { status: seen } = await admin.get<{ status: { containerStatuses?: { imageID: string }[] } }>(
      KINDS.Pod,
      pod,
      ns.stranger,
    );
    assert.is(seen.containerStatuses?.[0]?.imageID ?? '', '', pod);
  }
  await scans.run(ns.stranger, 'fence', [await scans.push('public/app', VULNERABLE)]);
  const { status: after } = await scans.when(
    ns.stranger,
    'pods',
    'another image',
    (s) => s.status?.summary?.images === 1,
  );
  assert.not.match(JSON.stringify(after), digest);
});

test('a namespace that another user recreates has neither the old credentials nor the old results', async () => {
  const report = () => readScanReport(reports, { namespace: ns.owner, name: 'nightly' }, Date.now());
  assert.is((await report())?.images[0]?.judged.length, 3);
  await palisade.recreate(ns.owner);
  await scans.apply(ns.owner, 'nightly', { target: { images: [app.imageID] }, pullSecrets: [{ name: 'mine' }] });
  const failed = ({ status }: ImageScan): boolean => status?.summary?.failed === 1;
  const { status } = await scans.when(ns.owner, 'nightly', 'it has failed', failed);
  const [row] = status?.images ?? [];
  assert.equal(
    [row?.state, row?.reason, row?.scannedAt, row?.critical],
    ['Failed', 'Unauthorized', undefined, undefined],
  );
  assert.equal([status?.summary?.critical, status?.findings, status?.lastScanTime], [0, undefined, undefined]);
  assert.match(JSON.stringify(status?.conditions), `Palisade may not read Secret ${ns.owner}/mine`);
  assert.not.match(JSON.stringify([await report(), await scans.events(ns.owner, 'nightly')]), 'CVE-');
});

test.run();
