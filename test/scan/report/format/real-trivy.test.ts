// needs: scanner
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../../hack/images/image.ts';
import type { Files } from '../../../../hack/images/layer.ts';
import { debian } from '../../../../hack/images/packages/dpkg.ts';
import { npmPackage } from '../../../../hack/images/packages/npm.ts';
import { push } from '../../../../hack/images/push.ts';
import { openScanStage, type ScanStage } from '../../../../hack/scan-stage.ts';
import type { ScanSpec } from '../../../../src/api/imagescan.ts';
import { adviceFor, describeAdvice } from '../../../../src/scan/findings/advice.ts';
import { blockingFindings } from '../../../../src/scan/findings/compliance.ts';
import { renderReport } from '../../../../src/scan/report/format/render.ts';
import { type ScanReport, toScanReport } from '../../../../src/scan/report/model.ts';
import { parseMatch } from '../../../../src/scan/scanner/trivy/parse.ts';
import { findingsOf, type TrivyReport, type TrivyRun, trivy } from '../../../harness/trivy.ts';

const test = suite('reports of what the real Trivy finds');
const PLATFORM = 'linux/amd64';
let stage: ScanStage;
let how: TrivyRun;

test.before(async () => {
  stage = await openScanStage();
  how = { binary: stage.trivy, cacheDirectory: stage.cacheDirectory };
});

test.after(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** What Trivy prints about an image of a registry. */
const scan = (reference: string, ...more: string[]): Promise<string> =>
  trivy(
    how,
    ...['image', '--quiet', '--format', 'json', '--scanners', 'vuln', '--image-src', 'remote', '--platform', PLATFORM],
    ...['--skip-db-update', '--skip-java-db-update', '--offline-scan', '--disable-telemetry', '--skip-version-check'],
    ...['--cache-backend', 'memory', ...more, reference],
  );

interface Scanned {
  readonly reference: string;
  readonly report: ScanReport;
}

/** Pushes an image with these packages, and reports on it. */
const report = async (name: string, layers: Files[], spec: ScanSpec): Promise<Scanned> => {
  const repository = `reports/${name}`;
  const digest = await push(stage.registry, repository, await image({ layers }), '1');
  const reference = `${stage.registry.host}/${repository}@${digest}`;
  const { findings } = parseMatch(Buffer.from(await scan(reference)), reference);
  const at = '2026-11-24T03:00:00Z';
  const known = findings.map((finding) => ({ ...finding, firstSeenAt: at }));
  const source = {
    reference,
    digest,
    platform: PLATFORM,
    pods: 1,
    report: {
      image: { digest, platform: PLATFORM },
      scannedAt: at,
      newFindings: 0,
      scanner: { name: 'trivy', version: '0.74.0' },
      database: { updatedAt: at },
      findings: known,
    },
  };
  const report = toScanReport({ scan: { namespace: 'a', name: 'b' }, spec, images: [source], generatedAt: at });
  return { reference, report };
};

const packages = (openssl: string, lodash: string): Files[] => [
  debian('12.11', [
    { name: 'libssl3', version: openssl, source: 'openssl' },
    { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' },
  ]),
  npmPackage('app', 'lodash', lodash),
];
const OLD = packages('3.0.15-1~deb12u1', '4.17.20');

const ALL = [
  'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0001 CRITICAL, fixed 3.0.17-1~deb12u3',
  'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0002 LOW, will_not_fix -',
  'debian zlib1g 1:1.2.13.dfsg-1: CVE-2099-0003 HIGH, affected -',
  'node-pkg lodash 4.17.20: CVE-2099-0010 HIGH, fixed 4.17.21',
];

test('Trivy obeys our OpenVEX: it hides the findings of exceptions, and no others', async () => {
  const exceptions: ScanSpec['exceptions'] = [
    { id: 'CVE-2099-0001', package: 'libssl3', status: 'not_affected', justification: 'not reached' },
    { id: 'CVE-2099-0010', status: 'fixed', justification: 'patched by us' },
    { id: 'CVE-2099-0003', status: 'under_investigation' },
  ];
  const { reference, report: made } = await report('vex', OLD, { exceptions });
  assert.equal(findingsOf(JSON.parse(await scan(reference)) as TrivyReport), ALL);
  const file = join(stage.directory, 'openvex.json');
  await writeFile(file, renderReport(made, 'openvex', { width: 80 }));
  assert.equal(findingsOf(JSON.parse(await scan(reference, '--vex', file)) as TrivyReport), [ALL[1], ALL[2]]);
});

test('Trivy obeys our OpenVEX about images of Docker Hub, which it reads from a mirror here', async () => {
  const exceptions: ScanSpec['exceptions'] = [
    { id: 'CVE-2099-0001', status: 'not_affected', justification: 'not reached' },
    { id: 'CVE-2099-0010', status: 'fixed', justification: 'patched by us' },
  ];
  const digest = await push(stage.registry, 'library/nginx', await image({ layers: OLD }), '1');
  const { report: made } = await report('hub', OLD, { exceptions });
  const images = [{ ...made.images[0]!, reference: 'nginx:1.27', digest }];
  const ofHub = toScanReport({ scan: made.scan, spec: { exceptions }, images, generatedAt: made.generatedAt });
  const vex = join(stage.directory, 'hub-openvex.json');
  await writeFile(vex, renderReport(ofHub, 'openvex', { width: 80 }));
  const config = join(stage.directory, 'trivy.yaml');
  await writeFile(config, JSON.stringify({ registry: { mirrors: { 'index.docker.io': [stage.registry.host] } } }));
  const scanned = JSON.parse(await scan(`nginx@${digest}`, '--config', config)) as TrivyReport;
  assert.equal([scanned.Metadata.RepoDigests, findingsOf(scanned)], [[`nginx@${digest}`], ALL]);
  const left = JSON.parse(await scan(`nginx@${digest}`, '--config', config, '--vex', vex)) as TrivyReport;
  assert.equal(findingsOf(left), [ALL[1], ALL[2]]);
});

test('the advice, carried out, makes a real image compliant', async () => {
  const accepted = { failOn: 'High', ignoreUnfixed: true } as const;
  const before = await report('old', OLD, accepted);
  const [found] = before.report.images;
  const advice = adviceFor(found!.report!.findings, accepted);
  assert.equal(describeAdvice(advice), [
    'libssl3 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
    'lodash 4.17.20 -> 4.17.21 (1 High)',
  ]);
  const [openssl, lodash] = advice.upgrades.map(({ to }) => ('version' in to ? to.version : '')) as [string, string];
  const after = await report('new', packages(openssl, lodash), accepted);
  assert.equal(blockingFindings(after.report.images[0]!.report!.findings, accepted), []);
  // The rest has no fix yet, and is said so where it stands in the way.
  const strict = adviceFor(after.report.images[0]!.report!.findings, { failOn: 'Low' });
  assert.equal(describeAdvice(strict), [
    'no fix yet: zlib1g 1:1.2.13.dfsg-1 (1 High)',
    'no fix yet: libssl3 3.0.17-1~deb12u3 (1 Low)',
  ]);
});

test.run();
