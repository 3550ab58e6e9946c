import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan, ScanSpec } from '../../../src/api/imagescan.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const { kept, taken, audit, suspended, deleted } = await palisade.namespaces([
  'kept',
  'taken',
  'audit',
  'suspended',
  'deleted',
]);
const { registry } = await palisade.operator(kept, taken, audit, suspended, deleted);
test.after(() => palisade.close());

const scanOf = (namespace: string, name = 'web'): Promise<ImageScan> =>
  palisade.admin.get<ImageScan>(IMAGE_SCAN, name, namespace);
const scans = (namespace: string): Promise<string[]> => palisade.names(IMAGE_SCAN, namespace);
const patch = (namespace: string, body: object, name = 'web'): Promise<unknown> =>
  palisade.admin.patch(IMAGE_SCAN, name, body, { namespace, type: 'merge', fieldManager: 'kubectl-edit' });
const untilSpec = (namespace: string, spec: ImageScan['spec']): Promise<unknown> =>
  until('the ImageScan matches the policy', async () => {
    const live = await scanOf(namespace).catch(() => undefined);
    return JSON.stringify(Object.entries(live?.spec ?? {}).sort()) === JSON.stringify(Object.entries(spec).sort());
  });

const NIGHTLY = { schedule: '0 3 * * *', timeZone: 'Europe/Berlin', failOn: 'High', ignoreUnfixed: true } as const;
const ACCEPTED: ScanSpec['acceptUnknown'] = ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms'];
const DEFAULTS: ScanSpec = { suspend: false, failOn: 'Critical', ignoreUnfixed: false, acceptUnknown: ACCEPTED };
const NIGHTLY_SPEC = { ...NIGHTLY, suspend: false, acceptUnknown: ACCEPTED };

test("an empty section keeps one ImageScan with the policy's name and UID, our labels and the defaults", async () => {
  await palisade.apply(kept, 'web', { scan: {} });
  const { metadata, status } = await palisade.ready(kept, 'web');
  const scan = await scanOf(kept);
  assert.equal(scan.spec, DEFAULTS);
  assert.equal(scan.metadata.labels, {
    'app.kubernetes.io/managed-by': 'palisade',
    'security.palisade.dev/policy': 'web',
  });
  assert.equal((scan as KubeObject).metadata.ownerReferences, [
    {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ContainerSecurityPolicy',
      name: 'web',
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  assert.equal(
    status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
    [
      ['Ready', 'True', 'InForce', 'Scan: ImageScan web is as spec.scan says; its own status has the findings'],
      ['ScanReady', 'True', 'Applied', 'ImageScan web is as spec.scan says; its own status has the findings'],
    ],
  );
  assert.is(metadata.finalizers, undefined, 'the garbage collector takes it');
});

test('a changed section changes the same ImageScan, and omitted fields are removed', async () => {
  const before = await scanOf(kept);
  await palisade.apply(kept, 'web', { scan: NIGHTLY });
  await palisade.ready(kept, 'web');
  const after = await scanOf(kept);
  assert.equal(after.spec, NIGHTLY_SPEC);
  assert.is(after.metadata.uid, before.metadata.uid);
  await palisade.apply(kept, 'web', { scan: { schedule: '@daily' } });
  await palisade.ready(kept, 'web');
  assert.equal((await scanOf(kept)).spec, {
    schedule: '@daily',
    suspend: false,
    failOn: 'Critical',
    ignoreUnfixed: false,
    acceptUnknown: ACCEPTED,
  });
  await palisade.apply(kept, 'web', { scan: NIGHTLY });
  await palisade.ready(kept, 'web');
});

const EDITS: [what: string, spec: object][] = [
  ['suspended', { suspend: true }],
  ['made lenient', { failOn: 'None' }],
  ['at another time', { schedule: '@yearly' }],
  ['without a schedule', { schedule: null, timeZone: null }],
  ['with an exception', { exceptions: [{ id: 'CVE-2024-1', status: 'fixed' }] }],
  ['about fewer pods', { target: { selector: { matchLabels: { app: 'none' } } } }],
  ['with pull secrets', { pullSecrets: [{ name: 'theirs' }] }],
];

for (const [what, spec] of EDITS) {
  test(`invariant 3: an ImageScan ${what} is restored`, async () => {
    await patch(kept, { spec });
    await untilSpec(kept, NIGHTLY_SPEC);
  });
}

test('invariant 3: our label and our ownerReference are restored when they are removed', async () => {
  await patch(kept, { metadata: { labels: { 'app.kubernetes.io/managed-by': null }, ownerReferences: null } });
  await until('they are restored', async () => {
    const { metadata } = (await scanOf(kept)) as KubeObject;
    return metadata.labels?.['app.kubernetes.io/managed-by'] === 'palisade' && metadata.ownerReferences?.length === 1;
  });
});

interface Event extends KubeObject {
  reason: string;
  note: string;
  related?: { kind: string; name: string };
}

test('invariant 3: a deleted ImageScan is recreated; an Event and a metric name the client and the change', async () => {
  const { metadata } = await scanOf(kept);
  await palisade.admin.delete(IMAGE_SCAN, 'web', { namespace: kept });
  await untilSpec(kept, NIGHTLY_SPEC);
  assert.is.not((await scanOf(kept)).metadata.uid, metadata.uid);
  await until('the Events', async () => {
    const events = await palisade.list<Event>(KINDS.Event, kept);
    const notes = events
      .filter((e) => e.reason === 'DriftRepaired' && e.related?.kind === 'ImageScan')
      .map((e) => e.note);
    return (
      notes.includes('ImageScan web was changed by field manager kubectl-edit: restored') &&
      notes.includes('ImageScan web was deleted by another client: restored')
    );
  });
  assert.match(await registry.metrics(), /palisade_drift_repaired_total\{kind="ImageScan",manager="kubectl"\} [1-9]/);
});

test('neither a rescan request nor the status of the ImageScan is drift', async () => {
  const annotations = { 'security.palisade.dev/rescan-requested-at': '1' };
  await patch(kept, { metadata: { annotations } });
  const status = { summary: { images: 3 } };
  await palisade.admin.patch(IMAGE_SCAN, 'web', { status }, { namespace: kept, type: 'merge', subresource: 'status' });
  const { metadata } = await scanOf(kept);
  // A requested reconcile comes after the events of the watch.
  const { spec } = await palisade.policy(kept, 'web');
  await palisade.apply(kept, 'web', spec, { 'security.palisade.dev/reconcile-requested-at': '1' });
  await until(
    'it was reconciled',
    async () => (await palisade.policy(kept, 'web')).status?.lastHandledReconcileAt === '1',
  );
  const after = await scanOf(kept);
  assert.is(after.metadata.resourceVersion, metadata.resourceVersion);
  assert.is(after.metadata.annotations?.['security.palisade.dev/rescan-requested-at'], '1');
});

test('without the section the ImageScan and its condition are gone', async () => {
  await palisade.apply(kept, 'web', { network: { isolate: ['Ingress'] } });
  const { status } = await palisade.ready(kept, 'web');
  assert.equal(await scans(kept), []);
  assert.equal(
    status?.conditions?.map((c) => c.type),
    ['Ready', 'NetworkReady'],
  );
});

const foreign = { apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ImageScan', metadata: { name: 'web' } };

test("invariant 4: another client's ImageScan of the same name is never taken over, and ours is created once it is gone", async () => {
  const before = await palisade.admin.create<ImageScan>(IMAGE_SCAN, { ...foreign, spec: {} }, { namespace: taken });
  await palisade.apply(taken, 'web', { scan: {}, network: { isolate: ['Ingress'] } });
  const { status } = await palisade.condition(taken, 'web', 'ScanReady', 'False', 'NameConflict');
  assert.is(
    status?.conditions?.find((c) => c.type === 'ScanReady')?.message,
    `ImageScan ${taken}/web exists and was not created by this policy: delete or rename it; Palisade does not take it over`,
  );
  assert.is(status?.network?.policies, 1, 'the other sections are in force');
  const after = await scanOf(taken);
  assert.is(after.metadata.resourceVersion, before.metadata.resourceVersion);
  await palisade.apply(taken, 'web', {});
  await palisade.condition(taken, 'web', 'Ready', 'True', 'Empty');
  assert.is((await scanOf(taken)).metadata.uid, before.metadata.uid, 'and not deleted');

  await palisade.apply(taken, 'web', { scan: {} });
  await palisade.condition(taken, 'web', 'ScanReady', 'False', 'NameConflict');
  await palisade.admin.delete(IMAGE_SCAN, 'web', { namespace: taken });
  await palisade.ready(taken, 'web');
  assert.is.not((await scanOf(taken)).metadata.uid, before.metadata.uid);
});

test('mode Audit keeps no ImageScan, and the preview reports that; from Enforce to Audit the ImageScan is deleted', async () => {
  await palisade.apply(audit, 'web', { mode: 'Audit', scan: NIGHTLY });
  const { status, metadata } = await palisade.condition(audit, 'web', 'Ready', 'True', 'Audit');
  assert.equal(status?.preview, { create: ['ImageScan/web'] });
  assert.is(metadata.finalizers, undefined);
  assert.equal(await scans(audit), []);
  await palisade.apply(audit, 'web', { mode: 'Enforce', scan: NIGHTLY });
  await palisade.ready(audit, 'web');
  assert.equal(await scans(audit), ['web']);
  await palisade.apply(audit, 'web', { mode: 'Audit', scan: NIGHTLY });
  await palisade.condition(audit, 'web', 'Ready', 'True', 'Audit');
  assert.equal(await scans(audit), []);
});

test("mode Audit reports that another client's ImageScan has the name", async () => {
  await palisade.admin.create<ImageScan>(IMAGE_SCAN, { ...foreign, spec: {} }, { namespace: audit });
  await palisade.apply(
    audit,
    'web',
    { mode: 'Audit', scan: NIGHTLY },
    { 'security.palisade.dev/reconcile-requested-at': '1' },
  );
  await until('the preview', async () => {
    const { status } = await palisade.policy(audit, 'web');
    return status?.preview?.refused?.[0]?.includes('"web" already exists');
  });
});

test('a suspended policy leaves its ImageScan as it is', async () => {
  await palisade.apply(suspended, 'web', { scan: {} });
  await palisade.ready(suspended, 'web');
  await palisade.apply(suspended, 'web', { suspend: true, scan: NIGHTLY });
  const { status } = await palisade.condition(suspended, 'web', 'Ready', 'Unknown', 'Suspended');
  assert.is(status?.conditions?.find((c) => c.type === 'ScanReady')?.reason, 'Suspended');
  assert.equal((await scanOf(suspended)).spec, DEFAULTS);
  await palisade.apply(suspended, 'web', { scan: NIGHTLY });
  await palisade.ready(suspended, 'web');
  assert.equal((await scanOf(suspended)).spec, NIGHTLY_SPEC);
});

test('the ImageScan is deleted with its policy, and recreated with a policy of the same name', async () => {
  await palisade.apply(deleted, 'web', { scan: {} });
  await palisade.ready(deleted, 'web');
  const { metadata } = await scanOf(deleted);
  await palisade.admin.delete(CONTAINER_SECURITY_POLICY, 'web', { namespace: deleted });
  await palisade.apply(deleted, 'web', { scan: {} });
  await palisade.ready(deleted, 'web');
  await until('another one exists', async () => {
    const found = await scanOf(deleted).catch(() => undefined);
    return found !== undefined && found.metadata.uid !== metadata.uid;
  });
  await palisade.deletePolicy(deleted, 'web');
  await until('it is gone', async () => (await scans(deleted)).length === 0);
});

test.run();
