// needs: scanner
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image, index } from '../../hack/images/image.ts';
import type { Files } from '../../hack/images/layer.ts';
import { writeLayout } from '../../hack/images/layout.ts';
import { alpine } from '../../hack/images/packages/apk.ts';
import { debian, ubuntu } from '../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../hack/images/packages/go-binary.ts';
import { jar, namelessJar } from '../../hack/images/packages/jar.ts';
import { npmPackage } from '../../hack/images/packages/npm.ts';
import { push } from '../../hack/images/push.ts';
import type { Registry } from '../../hack/registry/start.ts';
import { openScanStage, type ScanStage } from '../../hack/scan-stage.ts';
import { pushDatabase } from '../../hack/trivydb/database.ts';
import { writeEmptyJarIndex } from '../../src/scan/scanner/database/jar-index.ts';
import { findingsOf, layoutSbom, scanImage, scanSbom, systemOf, type TrivyRun, trivy } from '../harness/trivy.ts';

const account = { username: 'robot', password: 'correct horse' };
const updatedAt = '2026-01-02T03:04:05Z';

const test = suite('real parts');
let stage: ScanStage;
let locked: Registry;
let how: TrivyRun;
/** Without a database. */
let emptyCache: string;

test.before(async () => {
  stage = await openScanStage({ updatedAt });
  locked = await stage.privateRegistry(account);
  emptyCache = join(stage.directory, 'empty');
  // Trivy refuses every image with a jar where it has no index of jars at all.
  await Promise.all([emptyCache, stage.cacheDirectory].map(writeEmptyJarIndex));
  how = { binary: stage.trivy, cacheDirectory: stage.cacheDirectory };
});

test.after(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const goProgram = (architecture: 'amd64' | 'arm64'): Files =>
  goBinary('usr/local/bin/app', {
    goVersion: 'go1.26.0',
    module: 'example.com/app',
    dependencies: [{ path: 'golang.org/x/text', version: 'v0.3.7' }],
    architecture,
  });
const openssl = { name: 'libssl3', version: '3.0.15-1~deb12u1', source: 'openssl' };
const libssl = { name: 'libssl3', version: '3.3.2-r0', origin: 'openssl' };
const goFindings = [
  'gobinary golang.org/x/text v0.3.7: CVE-2099-0011 HIGH, fixed 0.3.8',
  'gobinary stdlib v1.26.0: CVE-2099-0013 MEDIUM, fixed 99.0.0',
];
const log4j = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-core', version: '2.14.1' };

const javaFinding = 'jar org.apache.logging.log4j:log4j-core 2.14.1: CVE-2099-0012 CRITICAL, fixed 2.15.0';

const images: Record<string, { layers: Files[]; system?: string; findings: string[] }> = {
  debian: {
    layers: [debian('12.11', [openssl, { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' }])],
    system: 'debian 12.11',
    findings: [
      'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0001 CRITICAL, fixed 3.0.17-1~deb12u3',
      'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0002 LOW, will_not_fix -',
      'debian zlib1g 1:1.2.13.dfsg-1: CVE-2099-0003 HIGH, affected -',
    ],
  },
  'debian-without-support': {
    layers: [debian('10.13', [{ ...openssl, version: '1.1.1n-0+deb10u6' }])],
    system: 'debian 10.13',
    findings: ['debian libssl3 1.1.1n-0+deb10u6: CVE-2099-0001 CRITICAL, end_of_life -'],
  },
  ubuntu: {
    layers: [ubuntu('24.04', [{ name: 'libssl3t64', version: '3.0.13-0ubuntu3.5', source: 'openssl' }])],
    system: 'ubuntu 24.04',
    findings: ['ubuntu libssl3t64 3.0.13-0ubuntu3.5: CVE-2099-0001 HIGH, fixed 3.0.13-0ubuntu3.6'],
  },
  alpine: {
    layers: [alpine('3.20.3', [libssl])],
    system: 'alpine 3.20.3',
    findings: ['alpine libssl3 3.3.2-r0: CVE-2099-0001 CRITICAL, fixed 3.3.2-r1'],
  },
  npm: {
    layers: [{ ...npmPackage('app', 'lodash', '4.17.20'), ...npmPackage('app', '@scope/fine', '1.0.0') }],
    findings: ['node-pkg lodash 4.17.20: CVE-2099-0010 HIGH, fixed 4.17.21'],
  },
  go: {
    layers: [goProgram('amd64')],
    findings: goFindings,
  },
  java: {
    layers: [jar('app/log4j-core.jar', log4j)],
    findings: [javaFinding],
  },
  'java-without-a-name': { layers: [namelessJar('app/unknown.jar')], findings: [] },
  everything: {
    layers: [
      debian('12.11', [openssl]),
      { ...npmPackage('app', 'lodash', '4.17.20'), ...goProgram('amd64') },
      jar('app/log4j-core.jar', log4j),
    ],
    system: 'debian 12.11',
    findings: [
      'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0001 CRITICAL, fixed 3.0.17-1~deb12u3',
      'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0002 LOW, will_not_fix -',
      ...goFindings,
      javaFinding,
      'node-pkg lodash 4.17.20: CVE-2099-0010 HIGH, fixed 4.17.21',
    ],
  },
  upgraded: {
    layers: [debian('12.11', [{ ...openssl, version: '3.0.17-1~deb12u3' }]), npmPackage('app', 'lodash', '4.17.21')],
    system: 'debian 12.11',
    findings: ['debian libssl3 3.0.17-1~deb12u3: CVE-2099-0002 LOW, will_not_fix -'],
  },
};

for (const [name, { layers, system, findings }] of Object.entries(images)) {
  test(`${name}: the findings of Trivy, by an SBOM of a layout, made without a network and without a database`, async () => {
    const layout = join(stage.directory, name);
    await writeLayout(layout, await image({ layers }));
    const file = join(layout, 'sbom.json');
    await writeFile(file, await layoutSbom({ ...how, cacheDirectory: emptyCache }, layout));
    const report = await scanSbom(how, file);
    assert.equal([systemOf(report), findingsOf(report)], [system, findings]);
  });
}

for (const name of ['debian', 'everything'] as const) {
  test(`${name}: the same findings by the image, from the registry`, async () => {
    const { layers, system, findings } = images[name]!;
    const digest = await push(stage.registry, `parts/${name}`, await image({ layers }), '1');
    const report = await scanImage(how, `${stage.registry.host}/parts/${name}@${digest}`);
    assert.equal([systemOf(report), findingsOf(report)], [system, findings]);
  });
}

test('an image of two platforms has the findings of each', async () => {
  const arm64 = { os: 'linux', architecture: 'arm64' };
  const both = index([
    await image({ layers: [debian('12.11', [openssl]), goProgram('amd64')] }),
    await image({ layers: [alpine('3.20.3', [libssl]), goProgram('arm64')], platform: arm64 }),
  ]);
  const reference = `${stage.registry.host}/parts/both@${await push(stage.registry, 'parts/both', both, '1')}`;
  assert.equal(findingsOf(await scanImage(how, reference, 'linux/amd64')), [
    'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0001 CRITICAL, fixed 3.0.17-1~deb12u3',
    'debian libssl3 3.0.15-1~deb12u1: CVE-2099-0002 LOW, will_not_fix -',
    ...goFindings,
  ]);
  assert.equal(findingsOf(await scanImage(how, reference, 'linux/arm64')), [
    'alpine libssl3 3.3.2-r0: CVE-2099-0001 CRITICAL, fixed 3.3.2-r1',
    ...goFindings,
  ]);
  const error = await scanImage(how, reference, 'linux/s390x').catch((cause: Error) => cause);
  assert.match((error as Error).message, /no child with platform linux\/s390x/);
});

test('a distribution without support is known as such, also by its SBOM', async () => {
  const content = await image({ layers: [debian('10.13', [])] });
  const layout = join(stage.directory, 'old');
  await writeLayout(layout, content);
  const file = join(layout, 'sbom.json');
  await writeFile(file, await layoutSbom({ ...how, cacheDirectory: emptyCache }, layout));
  const reference = `${stage.registry.host}/parts/old@${await push(stage.registry, 'parts/old', content)}`;
  const reports = [await scanImage(how, reference), await scanSbom(how, file)];
  assert.equal(
    reports.map(({ Metadata }) => Metadata.OS?.EOSL),
    [true, true],
  );
});

test('an image with a jar cannot be read without an index of jars, even when the jar names itself', async () => {
  const layout = join(stage.directory, 'no-index');
  await writeLayout(layout, await image({ layers: [jar('app/log4j-core.jar', log4j)] }));
  const cacheDirectory = join(stage.directory, 'nothing');
  const error = await layoutSbom({ ...how, cacheDirectory }, layout).catch((cause: Error) => cause);
  assert.match((error as Error).message, /'--skip-java-db-update' cannot be specified on the first run/);
});

test('an image of a private registry is scanned with its account only', async () => {
  const digest = await push(locked, 'parts/private', await image({ layers: [debian('12.11', [openssl])] }), '1');
  const reference = `${locked.host}/parts/private@${digest}`;
  const error = await scanImage(how, reference).catch((cause: Error) => cause);
  assert.match((error as Error).message, /UNAUTHORIZED/);
  const dockerConfig = join(stage.directory, 'docker');
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await mkdir(dockerConfig);
  await writeFile(join(dockerConfig, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
  assert.is(findingsOf(await scanImage({ ...how, dockerConfig }, reference)).length, 2);
});

test('a push without the account is refused', async () => {
  const content = await image({ layers: [{ 'etc/motd': 'hello' }] });
  const error = await push({ url: locked.url }, 'parts/private', content).catch((cause: Error) => cause);
  assert.match((error as Error).message, /HTTP status 401/);
});

test('Trivy downloads the database from a registry', async () => {
  const repository = await pushDatabase(stage.registry, stage.database);
  const cacheDirectory = join(stage.directory, 'downloaded');
  await trivy({ ...how, cacheDirectory }, 'image', '--download-db-only', '--quiet', '--db-repository', repository);
  const read = (path: string) => readFile(join(path, 'db/trivy.db'));
  assert.equal(await read(cacheDirectory), await read(how.cacheDirectory));
  const { DownloadedAt, ...metadata } = JSON.parse(await readFile(join(cacheDirectory, 'db/metadata.json'), 'utf8'));
  assert.ok(DownloadedAt > updatedAt);
  assert.equal(metadata, { Version: 2, UpdatedAt: updatedAt, NextUpdate: '2026-01-03T03:04:05Z' });
});

test('a registry reports the requests that it received', async () => {
  const digest = await push(stage.registry, 'parts/counted', await image({ layers: [{ 'etc/motd': 'hello' }] }), '1');
  await scanImage(how, `${stage.registry.host}/parts/counted@${digest}`);
  const requests = (await stage.registry.requests()).filter((r) => r.includes('/parts/counted/manifests'));
  assert.equal(requests, ['PUT /v2/parts/counted/manifests/1', `GET /v2/parts/counted/manifests/${digest}`]);
});

test.run();
