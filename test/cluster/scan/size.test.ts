// needs: cluster, scanner
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { pino } from 'pino';
import { fetch } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../src/kube/clock.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import type { ImageId } from '../../../src/scan/image.ts';
import type { ImageReport } from '../../../src/scan/store/report.ts';
import { REPORTS_DIRECTORY } from '../../../src/scan/store/report-reader.ts';
import { ReportStore } from '../../../src/scan/store/report-store.ts';
import { quiet, scansMade } from '../../harness/operator-figures.ts';
import { HARMLESS, hoursAgo, Scans } from '../../harness/scans.ts';

const IMAGES = 120;
const FINDINGS = 40;
/** etcd accepts 1.5 MiB; a status that all clients watch should be far smaller. */
const MAX_STATUS_BYTES = 128 * 1024;

const scans = await Scans.open();
const { palisade, stage } = scans;
const { many } = await palisade.namespaces(['many']);
test.after(() => scans.close());

const idOf = (i: number): ImageId => ({
  digest: `sha256:${createHash('sha256').update(`image ${i}`).digest('hex')}`,
  platform: 'linux/amd64',
});

const scannedAt = hoursAgo(1);

const finding = (i: number, j: number): KnownFinding => ({
  id: `CVE-2099-${1000 + i * FINDINGS + j}`,
  package: `package-${i}-${j}`,
  installed: '1.0.0',
  fixed: ['1.0.1'],
  severity: j === 0 ? 'Critical' : 'Medium',
  title: 'a title that says a good deal about what is wrong here '.repeat(8),
  type: 'debian',
  firstSeenAt: scannedAt,
  fixableSince: scannedAt,
  isNew: true,
});

/** The results of scans, written directly: scanning so many images is tested elsewhere. */
const reportOf = (i: number, updatedAt: string): ImageReport => ({
  image: idOf(i),
  scannedAt,
  findings: Array.from({ length: FINDINGS }, (_, j) => finding(i, j)),
  newFindings: FINDINGS,
  os: { family: 'debian', version: '12.11', endOfLife: false },
  coverage: { sources: [{ type: 'debian', packages: FINDINGS, advisories: 'debian 12' }], gaps: [] },
  scanner: { name: 'trivy', version: '0.74.0' },
  database: { updatedAt },
});

const settings = scans.settings();

/** An operator that has its database, the one of the reports below. */
const databaseTime = async (): Promise<string> => {
  await scans.apply(many, 'first', {});
  await scans.run(many, 'first', [await scans.push('many/first', HARMLESS)]);
  const first = await scans.operator(settings, many);
  const { status } = await scans.when(many, 'first', 'scanned', (scan) => scan.status?.summary?.scanned === 1);
  await first.stop();
  await scans.stopPod(many, 'first');
  return status?.scanner?.databaseUpdatedAt ?? '';
};

const table = async (): Promise<{ names: string[]; cells: unknown[][] }> => {
  const config = loadKubeConfig(palisade.kubeconfig);
  const path = `/apis/security.palisade.dev/v1alpha1/namespaces/${many}/imagescans`;
  const context = new RequestContext(`${config.getCurrentCluster()?.server}${path}`, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  const headers = { ...context.getHeaders(), accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const response = await fetch(context.getUrl(), { headers, ...(dispatcher && { dispatcher }) });
  const body = (await response.json()) as {
    columnDefinitions: { name: string }[];
    rows: { cells: unknown[] }[];
  };
  await config.close();
  return { names: body.columnDefinitions.map(({ name }) => name), cells: body.rows.map(({ cells }) => cells) };
};

test('invariant 5: with 120 images and 4800 findings counts are exact, lists have 50 rows, and the status has a bound', async () => {
  const updatedAt = await databaseTime();
  const options = { clock: systemClock, log: pino({ level: 'silent' }), maxBytes: settings.storeBytes, unusedMs: 1e9 };
  const store = await ReportStore.open(join(settings.directory, REPORTS_DIRECTORY), options);
  for (let i = 0; i < IMAGES; i += 1) await store.writeReport(reportOf(i, updatedAt));
  const name = `${stage.registry.host}/many/app`;
  const containers = [...Array(IMAGES).keys()].map((i) => {
    return { reference: `${name}:${i}`, imageID: `${name}@${idOf(i).digest}` };
  });
  for (let i = 0; i < IMAGES; i += 10) await scans.run(many, `pod-${i}`, containers.slice(i, i + 10));
  const { registry } = await scans.operator(settings, many);
  await scans.apply(many, 'nightly', { schedule: '0 3 * * *' });
  const { status } = await scans.when(many, 'nightly', 'all', (scan) => scan.status?.summary?.scanned === IMAGES);
  await quiet(registry);
  assert.equal(await scansMade(registry), {});
  assert.equal(status?.summary, {
    images: 120,
    scanned: 120,
    pending: 0,
    failed: 0,
    critical: 120,
    high: 0,
    medium: 4680,
    low: 0,
    unknown: 0,
    fixable: 4800,
    new: 4800,
    suppressed: 0,
    uncovered: 0,
  });
  assert.equal(
    [status?.images?.length, status?.imagesOmitted, status?.findings?.length, status?.findingsOmitted],
    [50, 70, 50, 4750],
  );
  assert.equal(
    new Set(status?.findings?.map(({ severity }) => severity)),
    new Set(['Critical']),
    'the most severe ones',
  );
  const bytes = JSON.stringify(status).length;
  process.stdout.write(`(status: ${bytes} bytes) `);
  assert.ok(bytes < MAX_STATUS_BYTES, `${bytes} bytes`);
});

test('kubectl get imagescans shows the designed table', async () => {
  const { names, cells } = await table();
  assert.equal(names.slice(0, 12), [
    'Name',
    'Images',
    'Failed',
    'Critical',
    'High',
    'Fixable',
    'Compliant',
    'Ready',
    'Reason',
    'Last Scan',
    'Next Scan',
    'Age',
  ]);
  const [row] = cells.filter(([name]) => name === 'nightly');
  assert.equal(row?.slice(0, 9), ['nightly', 120, 0, 120, 0, 4800, 'False', 'True', 'BlockingFindings']);
  assert.match(String(row?.[9]), /^6\dm$/);
  assert.match(String(row?.[10]), /^\d{4}-\d\d-\d\dT03:0\d:\d\dZ$/);
});

test.run();
