// suite: tools
// needs: cluster, scanner
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { artifact } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { startRegistry } from '../../../hack/registry/start.ts';
import { findScanParts } from '../../../hack/scan-parts.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ImageScan, ScanSpec } from '../../../src/api/imagescan.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { reportToken } from '../../harness/report-token.ts';
import { hoursAgo, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const { exploited: ns } = await palisade.namespaces(['exploited']);
const registry = await startRegistry({ binary: (await findScanParts()).registry });
const running: OperatorProcess[] = [];
test.after(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await Promise.all([scans.close(), registry.stop()]);
});

const start = async (name: string): Promise<{ operator: OperatorProcess; log: () => Promise<string> }> => {
  const path = join(stage.directory, `${name}.log`);
  const operator = await OperatorProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces: [ns],
    log: path,
    flags: {
      trivy: stage.trivy,
      'trivy-db-repository': scans.databaseRepository,
      'trivy-db-interval': '1s',
      'allowed-registries': stage.registry.host,
      enrichment: `${registry.host}/security/enrichment:1`,
      'report-dir': join(stage.directory, 'kept'),
    },
  });
  running.push(operator);
  return { operator, log: () => readFile(path, 'utf8') };
};

const layer = (title: string, data: Buffer) => ({ mediaType: 'application/octet-stream', title, data });
const epss = (score: number) =>
  layer('epss_scores-current.csv.gz', gzipSync(`cve,epss,percentile\nCVE-2099-0002,${score},0.9\n`));
const kev = (dateReleased: string, ...ids: string[]) =>
  layer(
    'known_exploited_vulnerabilities.json',
    Buffer.from(JSON.stringify({ dateReleased, vulnerabilities: ids.map((cveID) => ({ cveID })) })),
  );
const publish = (first: ReturnType<typeof layer>, ...more: ReturnType<typeof layer>[]) =>
  push(
    registry,
    'security/enrichment',
    artifact({ artifactType: 'application/vnd.example.enrichment', ...first, more }),
    '1',
  );

const rows = ({ status }: ImageScan) =>
  status?.findings?.map(({ id, knownExploited, epss: score }) => [id, knownExploited, score]);
const BY_SEVERITY = [
  ['CVE-2099-0001', undefined, undefined],
  ['CVE-2099-0003', undefined, undefined],
];
const ALONE: ScanSpec = { failOn: 'None', failOnKnownExploited: true };
const compliant = (status: string, reason: string) => scans.condition(ns, 'exploited', 'Compliant', status, reason);
const messageOf = ({ status }: ImageScan) => findCondition(status?.conditions, 'Compliant')?.message;
/** Of both ImageScans. */
const versions = async () =>
  (await Promise.all(['exploited', 'severe'].map((name) => scans.get(ns, name)))).map(
    ({ metadata }) => metadata.resourceVersion,
  );

const app = await scans.push('exploited/app', VULNERABLE);
await scans.run(ns, 'app', [app]);
let { operator, log } = await start('first');

test('before there is KEV, an ImageScan that needs it is Unknown with the cure, and another one is judged', async () => {
  await scans.apply(ns, 'exploited', ALONE);
  await scans.apply(ns, 'severe', {});
  await scans.settled(ns, 'severe');
  assert.is(findCondition((await scans.get(ns, 'severe')).status?.conditions, 'Compliant')?.status, 'False');
  const unknown = await compliant('Unknown', 'KnownExploitedUnknown');
  assert.match(
    messageOf(unknown) ?? '',
    /^no KEV was read, .*: put known_exploited_vulnerabilities\.json where --enrichment /,
  );
  assert.is(unknown.status?.reason, 'KnownExploitedUnknown');
  assert.match(await log(), /did not update EPSS and KEV: --enrichment 127\.0\.0\.1:\d+\/security\/enrichment:1: /);
});

test('an artifact is read when it is there: KEV blocks by its finding, and both facts are in status and report', async () => {
  await publish(epss(0.94358), kev(hoursAgo(24), 'CVE-2099-0002'));
  const blocked = await compliant('False', 'BlockingFindings');
  assert.is(
    messageOf(blocked),
    `1 finding known to be exploited in 1 image: ${app.reference}; status.images lists what to upgrade`,
  );
  assert.equal(rows(blocked), [['CVE-2099-0002', true, '0.94358'], ...BY_SEVERITY], 'what blocks comes first');
  const severe = await scans.when(ns, 'severe', 'it has EPSS', (scan) =>
    JSON.stringify(rows(scan)).includes('0.94358'),
  );
  assert.equal(rows(severe), [...BY_SEVERITY, ['CVE-2099-0002', true, '0.94358']]);
  const url = `${await operator.reports()}/namespaces/${ns}/imagescans/exploited/report?format=json`;
  const authorization = `Bearer ${await reportToken(palisade.admin, ns)}`;
  const report = JSON.parse(await (await fetch(url, { headers: { authorization } })).text());
  const [only] = report.images[0].findings.filter(({ blocking }: { blocking: boolean }) => blocking);
  assert.equal(
    [report.compliant, report.failOnKnownExploited, report.kevProblem, only.id, only.epss, only.knownExploited],
    [false, true, undefined, 'CVE-2099-0002', 0.94358, true],
  );
});

test('a report directory has no KEV, and is judged with --enrichment alone', async () => {
  const judge = async (...args: string[]) => {
    const written = { stdout: '', stderr: '' };
    const all = ['report', `${ns}/exploited`, '--report-dir', join(stage.directory, 'kept'), '--exit-code', ...args];
    const status = await runProgram(all, {
      env: {},
      stdin: (async function* () {})(),
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
    });
    return [status, written.stderr.replace(/ known: no KEV was read, .*/, ' known: no KEV')];
  };
  const name = `ImageScan ${ns}/exploited`;
  assert.equal(await judge(), [3, `${name}: compliance not known: no KEV\n`]);
  const enriched = await judge('--enrichment', `${registry.host}/security/enrichment:1`);
  assert.equal(enriched, [3, `${name}: not compliant: 1 blocking finding\n`]);
});

test('an exception applies, and another artifact is read without a pull or a match', async () => {
  const exceptions: ScanSpec['exceptions'] = [{ id: 'CVE-2099-0002', status: 'not_affected', justification: 'off' }];
  await scans.apply(ns, 'exploited', { ...ALONE, exceptions });
  const excepted = await compliant('True', 'NoBlockingFindings');
  assert.is(messageOf(excepted), 'no finding known to be exploited');
  await scans.apply(ns, 'exploited', { ...ALONE, exceptions: [] });
  await compliant('False', 'BlockingFindings');
  const [pulls, matches] = [await scans.pulls('exploited/app'), await operator.metric('palisade_scans_total')];
  await publish(epss(0.5), kev(hoursAgo(1)));
  const cleared = await compliant('True', 'NoBlockingFindings');
  assert.equal(rows(cleared), [...BY_SEVERITY, ['CVE-2099-0002', undefined, '0.5']]);
  assert.equal([await scans.pulls('exploited/app'), await operator.metric('palisade_scans_total')], [pulls, matches]);
});

test('a restart writes no status', async () => {
  await scans.when(ns, 'severe', 'it has the new EPSS', (scan) => JSON.stringify(rows(scan)).includes('"0.5"'));
  const before = await versions();
  await operator.stop();
  ({ operator, log } = await start('second'));
  await until('EPSS and KEV are read', async () => (await log()).includes('EPSS and KEV were updated'));
  await scans.apply(ns, 'later', ALONE);
  await scans.condition(ns, 'later', 'Compliant', 'True');
  assert.equal(await versions(), before);
});

test('a hostile artifact, and one that is gone, change nothing, and the log says so once each', async () => {
  const before = await versions();
  const said = async (text: string): Promise<number> => (await log()).split(text).length - 1;
  const whole = [epss(0.5), kev(hoursAgo(1))] as const;
  await publish(whole[0], layer('known_exploited_vulnerabilities.json', Buffer.alloc(33 * 2 ** 20, ' ')));
  await until('the size is said', async () => (await said('more than the limit of 33554432')) > 0);
  await publish(layer('epss_scores-current.csv.gz', gzipSync(Buffer.alloc(129 * 2 ** 20, '\n'))), whole[1]);
  await until('the bomb is said', async () => (await said('larger than 134217728 bytes')) > 0);
  await publish(whole[0], kev(hoursAgo(1), 'CVE-2099-0002'), whole[1]);
  await until('the second one is said', async () => (await said('several layers of this title')) > 0);
  await registry.stop();
  await until('the registry is said', async () => (await said('it refuses connections')) > 0);
  assert.is(await said('what was read last stays in use'), 4);
  assert.equal(await versions(), before);
});

test.run();
