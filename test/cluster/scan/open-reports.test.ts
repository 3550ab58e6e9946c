// needs: scanner
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import type { Applied, KubeObject } from '../../../src/kube/object.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { OpenReportsPublisher } from '../../../src/scan/report/openreports/open-reports-publisher.ts';
import { OPEN_REPORTS, type OpenReport } from '../../../src/scan/report/openreports/openreports.ts';
import { ReportMaker } from '../../../src/scan/report/report-maker.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { applyFolder } from '../../harness/kustomize.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';
import { FakeClock } from '../../kube/fake-clock.ts';
import { spyLog } from '../../kube/spy-log.ts';
import { emittedEvents, imageOf, openStore, recordOf, reportOf } from '../../scan/store/samples.ts';

// A separate cluster: other tests need one without OpenReports.
const controlPlane = await privateControlPlane();
const { kubeconfig } = controlPlane;
const scans = await Scans.open(kubeconfig);
const { palisade } = scans;
const { admin } = palisade;
const ns = await palisade.namespaces(['absent', 'flow', 'admission']);
const operatorConfig = loadKubeConfig(palisade.operatorKubeconfig);
test.after(async () => {
  await operatorConfig.close();
  await scans.close();
  await controlPlane.stop();
});

const RETRY_MS = 300_000;
/** Requests: whether the ImageScan is there, and the write. */
const TRY = 2;
const NIGHTLY = 'imagescan-nightly';

interface Live extends OpenReport {
  readonly metadata: OpenReport['metadata'] &
    Pick<KubeObject['metadata'], 'resourceVersion' | 'ownerReferences' | 'uid'>;
}

const reportOfScan = (namespace: string, name = NIGHTLY): Promise<Live> =>
  admin.get<Live>(OPEN_REPORTS, name, namespace);

const installCrd = async (): Promise<void> => {
  const url = new URL('../../scan/report/fixtures/openreports.io_reports.yaml', import.meta.url);
  const crd = parse(await readFile(url, 'utf8')) as Applied;
  await admin.apply(KINDS.CustomResourceDefinition, crd, { fieldManager: 'test-install', force: true });
  await until('the CRD is served', () => admin.list(OPEN_REPORTS, { limit: 1 }).catch(() => undefined));
};

/** A publisher with a store of its own, as the operator's account. */
const publisher = async (directory: string, scan: ImageScan) => {
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  const path = join(scans.stage.directory, directory);
  const store = await openStore(path, { clock });
  const reports = new ReportMaker({ directory: path, store, compute: computeHere });
  const { namespace, name, uid } = scan.metadata;
  const record = recordOf({ namespace, name, uid, images: [{ reference: 'nginx:1', id: imageOf(1), pods: 1 }] });
  await store.writeScan(record);
  await store.writeReport(reportOf(imageOf(1)));
  let requests = 0;
  const client = new KubeClient(operatorConfig, { userAgent: 'palisade', onRequest: () => (requests += 1) });
  const publish = new OpenReportsPublisher({ client, store, reports, clock, log });
  return { clock, lines, store, record, publish: () => publish.publish(scan), requests: () => requests };
};

test('without the CRD, and without the rights: one log line each, a retry after five minutes, then the write', async () => {
  const scan = await scans.apply(ns.absent, 'nightly', {});
  const { clock, lines, publish, requests } = await publisher('absent', scan);
  assert.equal(await publish(), { requeueAfterMs: RETRY_MS });
  await clock.advance(1_000);
  assert.equal([await publish(), requests()], [{ requeueAfterMs: RETRY_MS - 1_000 }, TRY]);
  await clock.advance(RETRY_MS);
  assert.equal([await publish(), requests()], [{ requeueAfterMs: RETRY_MS }, 2 * TRY]);

  await applyFolder({ admin, kubeconfig }, 'config/openreports');
  await until('the rights are in effect', async () => {
    await clock.advance(RETRY_MS);
    await publish();
    return lines.at(-1)?.msg.includes('CRD');
  });
  await installCrd();
  await clock.advance(RETRY_MS);
  assert.is(await publish(), undefined);
  assert.equal(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ['warn', 'OpenReports are not written: the operator may not write them: kubectl apply -k config/openreports'],
      [
        'warn',
        'OpenReports are not written: the CRD reports.openreports.io is not installed: install OpenReports, or leave --openreports out',
      ],
      ['info', 'OpenReports are written'],
    ],
  );
  assert.equal((await reportOfScan(ns.absent)).metadata.ownerReferences, [
    {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ImageScan',
      name: 'nightly',
      uid: scan.metadata.uid,
      controller: true,
      blockOwnerDeletion: false,
    },
  ]);
});

test('no request when nothing has changed; one write for another result, another failure and an expired exception', async () => {
  const scan = await scans.apply(ns.absent, 'still', {});
  const { clock, store, record, publish, requests } = await publisher('still', scan);
  const afterwards = async (): Promise<number> => {
    await publish();
    await publish();
    return requests();
  };
  assert.is(await afterwards(), TRY);
  await store.writeScan({ ...record, updatedAt: '2026-01-01T01:00:00Z', events: emittedEvents('another') });
  assert.is(await afterwards(), TRY);
  await store.writeReport(reportOf(imageOf(1), { scannedAt: '2026-01-01T02:00:00Z' }));
  assert.is(await afterwards(), 2 * TRY);
  const failure = { reason: 'Timeout', message: 'nginx:1 took too long' } as const;
  await store.writeScan({ ...record, images: record.images.map((image) => ({ ...image, failure })) });
  assert.is(await afterwards(), 3 * TRY);
  assert.equal((await reportOfScan(ns.absent, 'imagescan-still')).summary, {
    pass: 1,
    fail: 0,
    warn: 0,
    error: 1,
    skip: 1,
  });
  const exceptions = record.exceptions?.map((exception) => ({ ...exception, expiresAt: '2026-01-01T03:00:00Z' }));
  await store.writeScan({ ...record, exceptions: exceptions ?? [] });
  assert.is(await afterwards(), 4 * TRY);
  await clock.advance(3 * 3_600_000);
  assert.is(await afterwards(), 5 * TRY);
  assert.equal((await reportOfScan(ns.absent, 'imagescan-still')).summary, {
    pass: 1,
    fail: 0,
    warn: 1,
    error: 0,
    skip: 0,
  });
});

test('an ImageScan with the name of an earlier one, or a deleted one, gets no Report', async () => {
  const scan = await scans.apply(ns.absent, 'late', {});
  const { metadata } = scan;
  const other = await publisher('late', { ...scan, metadata: { ...metadata, uid: 'of-before' } });
  const { publish } = await publisher('going', {
    ...scan,
    metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
  } as ImageScan);
  await publish();
  await other.store.writeScan({ ...other.record, uid: metadata.uid });
  await other.publish();
  assert.not.ok((await palisade.names(OPEN_REPORTS, ns.absent)).includes('imagescan-late'));
});

test('the operator keeps a Report for each ImageScan, compared literally, and it is deleted with the ImageScan', async () => {
  const app = await scans.push('open-reports/app', VULNERABLE);
  await scans.run(ns.flow, 'app-1', [app]);
  const { metadata } = await scans.apply(ns.flow, 'nightly', { failOn: 'High' });
  await scans.operator(scans.settings({ openReports: true }), ns.flow);
  await scans.settled(ns.flow, 'nightly');
  const report = await until('three findings', async () => {
    const live = await reportOfScan(ns.flow).catch(() => undefined);
    return live?.results.length === 3 ? live : undefined;
  });
  assert.equal(report.metadata.labels, { 'app.kubernetes.io/managed-by': 'palisade' });
  assert.equal(report.summary, { pass: 0, fail: 2, warn: 1, error: 0, skip: 0 });
  assert.equal(
    report.results.map(({ rule, severity, result, resources }) => [rule, severity, result, resources[0]?.name]),
    [
      ['CVE-2099-0001', 'critical', 'fail', app.reference],
      ['CVE-2099-0003', 'high', 'fail', app.reference],
      ['CVE-2099-0002', 'low', 'warn', app.reference],
    ],
  );
  await admin.delete(IMAGE_SCAN, 'nightly', { namespace: ns.flow, uid: metadata.uid });
  await until('the Report is gone', async () => (await palisade.names(OPEN_REPORTS, ns.flow)).length === 0, 60_000);
});

test('the operator’s account takes over no Report of another client, and writes none without its ImageScan', async () => {
  const asOperator = new KubeClient(operatorConfig, { userAgent: 'palisade-attack/palisade' });
  const owner = (kind: string) => ({
    ownerReferences: [{ apiVersion: 'security.palisade.dev/v1alpha1', kind, name: 'x', uid: 'u', controller: true }],
  });
  const body = (name: string, more: object = {}): Applied => ({
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    metadata: { name, namespace: ns.admission, ...more },
  });
  const apply = (object: Applied): Promise<string> =>
    asOperator.apply(OPEN_REPORTS, object, { fieldManager: 'palisade-openreports', force: true, dryRun: true }).then(
      () => 'written',
      (error: Error) =>
        /(denied request|forbidden): (the operator .*?) \(403/.exec(error.message)?.[2] ?? error.message,
    );
  await admin.apply(OPEN_REPORTS, body('theirs'), { fieldManager: 'kyverno' });
  const only = 'the operator writes only Reports that an ImageScan controls';
  assert.is(await apply(body('free')), only);
  assert.is(await apply(body('policys', owner('ContainerSecurityPolicy'))), only);
  assert.is(await apply(body('ours', owner('ImageScan'))), 'written');
  assert.is(
    await apply(body('theirs', owner('ImageScan'))),
    'the operator may not write a Report that no ImageScan controls',
  );
  const deleted = await asOperator
    .delete(OPEN_REPORTS, 'theirs', { namespace: ns.admission })
    .catch((e: Error) => e.message);
  assert.match(String(deleted), 'cannot delete resource "reports"');
});

test.run();
