// needs: scanner
// suite: tools

import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Content } from '../../../../hack/images/content.ts';
import { artifact, image } from '../../../../hack/images/image.ts';
import { gzip, tar } from '../../../../hack/images/layer.ts';
import { push } from '../../../../hack/images/push.ts';
import { type Registry, startRegistry } from '../../../../hack/registry/start.ts';
import type { DatabaseFixture } from '../../../../hack/trivydb/fixture.ts';
import { sbomCommand } from '../../../../src/cli/sbom/print-sbom.ts';
import type { PullFlags } from '../../../../src/cli/sbom/settings.ts';
import { type Clock, systemClock } from '../../../../src/kube/clock.ts';
import type { Unread } from '../../../../src/scan/findings/coverage/analysis.ts';
import { RegistryClient } from '../../../../src/scan/registry/client.ts';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { readFramed } from '../../../../src/scan/scanner/analysis/job/framed-result.ts';
import type { Database } from '../../../../src/scan/scanner/database/database.ts';
import {
  parseDatabaseRepository,
  parseJarIndexRepository,
} from '../../../../src/scan/scanner/database/database-repository.ts';
import {
  JarIndex,
  jarIndexKind,
  NO_JAR_INDEX_IN_JOBS,
  writeEmptyJarIndex,
} from '../../../../src/scan/scanner/database/jar-index.ts';
import { LocalArtifact } from '../../../../src/scan/scanner/database/local-artifact.ts';
import { TrivyScanner } from '../../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';
import { matchOf, never, requestFor, updatedAt, Workshop } from '../workshop.ts';

/** As in the repositories: without a pom.properties. */
const SPRING = zipSync(
  { 'META-INF/MANIFEST.MF': Buffer.from('Manifest-Version: 1.0\n') },
  { mtime: new Date(2026, 0, 1) },
);
const BOOT = zipSync({
  'META-INF/maven/com.example/shop/pom.properties': Buffer.from('groupId=com.example\nartifactId=shop\nversion=1\n'),
  'BOOT-INF/lib/spring-beans-5.3.17.jar': SPRING,
});
const SOURCE = 'maven::GitHub Security Advisory Maven';
const FIXTURE: DatabaseFixture = {
  sources: { [SOURCE]: { ID: 'ghsa', Name: 'GitHub Security Advisory Maven', URL: 'https://github.com' } },
  advisories: {
    [SOURCE]: {
      'org.springframework:spring-beans': { 'CVE-2022-22965': { vulnerable: ['<5.3.18'], patched: ['5.3.18'] } },
    },
  },
  vulnerabilities: { 'CVE-2022-22965': { Title: 'Spring4Shell', Severity: 'CRITICAL' } },
};

let workshop: Workshop;
let registry: Registry;
let client: RegistryClient;
let database: Database;
let boot: Content;
const jars = suite('the index of jars');

jars.before(async () => {
  workshop = await Workshop.open();
  registry = await startRegistry();
  client = new RegistryClient({ allowedRegistries: [registry.host], clock: systemClock });
  const cache = await workshop.database('cache', FIXTURE);
  const args = ['--cache-dir', cache, '--skip-db-update'];
  database = {
    current: () => ({ updatedAt }),
    problem: () => undefined,
    acquire: () => ({ version: { updatedAt }, args, release: () => {} }),
    refresh: async () => false,
    discardDamaged: async () => false,
    subscribe: () => () => {},
  };
  boot = await image({ layers: [{ 'app/shop.jar': BOOT }] });
});
jars.after(async () => {
  await client.close();
  await registry.stop();
  await workshop.close();
});

/** Pushes an index that knows these files. */
async function pushIndex(
  name: string,
  files: readonly [artifact: string, version: string, data: Uint8Array][],
): Promise<void> {
  const directory = join(workshop.root, `made-${name}`);
  await mkdir(directory);
  await writeEmptyJarIndex(directory);
  const index = new DatabaseSync(join(directory, 'java-db', 'trivy-java.db'));
  for (const [artifactId, version, data] of files) {
    const { lastInsertRowid } = index
      .prepare("INSERT INTO artifacts (group_id, artifact_id) VALUES ('org.springframework', ?)")
      .run(artifactId);
    index
      .prepare("INSERT INTO indices (artifact_id, version, sha1, archive_type) VALUES (?, ?, ?, 'jar')")
      .run(lastInsertRowid, version, createHash('sha1').update(data).digest());
  }
  index.close();
  const metadata = { Version: 1, UpdatedAt: updatedAt, NextUpdate: '2999-01-01T00:00:00Z' };
  const data = gzip(
    await tar({
      'trivy-java.db': await readFile(join(directory, 'java-db', 'trivy-java.db')),
      'metadata.json': JSON.stringify(metadata),
    }),
  );
  const made = artifact({
    artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
    mediaType: 'application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip',
    title: 'javadb.tar.gz',
    data,
  });
  await push(registry, name, made, '1');
}

const indexAt = async (name: string, clock: Clock = systemClock): Promise<JarIndex> => {
  const repository = parseJarIndexRepository(
    `${registry.host}/${name}:1`,
    parseDatabaseRepository('mirror.gcr.io/a/b'),
  )!;
  const kind = jarIndexKind(workshop.trivy(), repository.name);
  const directory = join(workshop.root, 'indices', name);
  const { tempDirectories } = workshop;
  const local = await LocalArtifact.open({ kind, directory, repository, client, tempDirectories });
  return JarIndex.open({ empty: join(workshop.root, `empty-${name}`), artifact: local, clock });
};

const scannerWith = async (jarIndex: JarIndex): Promise<TrivyScanner> =>
  new TrivyScanner({
    trivy: workshop.trivy(),
    version: { name: 'trivy', version: '0.74.0' },
    analyzer: await workshop.analyzer([boot], {}, jarIndex),
    database,
    tempDirectories: workshop.tempDirectories,
    limits: defaultScanLimits,
    compute: computeHere,
    jarIndex,
  });

const downloads = async (name: string): Promise<number> =>
  (await registry.requests()).filter((line) => line.startsWith(`GET /v2/${name}/blobs/`)).length;

jars('identifies a jar in an application by its checksum, and is downloaded once', async () => {
  await pushIndex('known', [['spring-beans', '5.3.17', SPRING]]);
  const index = await indexAt('known');
  const scanner = await scannerWith(index);
  for (let i = 0; i < 2; i += 1) {
    const { findings, coverage } = await matchOf(scanner, await scanner.analyze(requestFor(boot), never));
    assert.equal(
      findings.map(({ id, package: name, installed }) => [id, name, installed]),
      [['CVE-2022-22965', 'org.springframework:spring-beans', '5.3.17']],
    );
    assert.equal(coverage?.gaps, []);
  }
  assert.ok((await downloads('known')) <= 2, 'its configuration and its layer');
  assert.is((await indexAt('known')).problem, undefined, 'a restart finds it without a download');
});

jars('that does not know a jar says so', async () => {
  await pushIndex('other', [['spring-core', '5.3.17', Buffer.from('another')]]);
  const scanner = await scannerWith(await indexAt('other'));
  const { findings, coverage } = await matchOf(scanner, await scanner.analyze(requestFor(boot), never));
  assert.equal(findings, []);
  assert.match(coverage?.gaps[0]?.message ?? '', 'the index of jars does not know them either');
});

jars('that is not there is the cause in the message, and its arrival analyzes the image again', async () => {
  const index = await indexAt('late');
  const scanner = await scannerWith(index);
  const analysis = await scanner.analyze(requestFor(boot), never);
  const { coverage } = await matchOf(scanner, analysis);
  assert.equal(
    coverage?.gaps.map(({ kind, count }) => [kind, count]),
    [['UnidentifiedJars', 1]],
  );
  assert.match(coverage?.gaps[0]?.message ?? '', `--trivy-java-db-repository ${registry.host}/late:1`);
  assert.is((await registry.requests()).filter((line) => line.includes('/v2/late/manifests/')).length, 1, 'asked once');
  await pushIndex('late', [['spring-beans', '5.3.17', SPRING]]);
  const later = await scannerWith(await indexAt('late'));
  await later.rematch(analysis, never).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, 'its jars were looked at without the index of jars'),
  );
});

jars('that failed to download is tried again at once with a requested rescan, and once for all images', async () => {
  let now = 1_000;
  const index = await indexAt('requested', { ...systemClock, now: () => now });
  const scanner = await scannerWith(index);
  const provided = async () => (await index.provide(never)) !== undefined;
  const asked = async () =>
    (await registry.requests()).filter((line) => /^(GET|HEAD) \/v2\/requested\/manifests\//.test(line)).length;
  const request = () => {
    now += 1_000;
    scanner.rescanRequested(now);
    now += 1;
  };
  assert.equal([await provided(), await provided(), await asked()], [false, false, 1]);
  assert.match(
    index.problem ?? '',
    '(tried again with a rescan that a user requests, otherwise at most once in 1 hour',
  );
  request();
  assert.equal([await provided(), await provided(), await asked()], [false, false, 2], 'once for all images');
  await pushIndex('requested', [['spring-beans', '5.3.17', SPRING]]);
  assert.equal([await provided(), await asked()], [false, 2], 'not without a request');
  request();
  assert.is(await provided(), true);
  assert.is(index.problem, undefined);
});

jars('that is off is the cause in the message', async () => {
  const none = '--trivy-java-db-repository is off';
  const off = await JarIndex.open({ empty: join(workshop.root, 'off'), artifact: { none }, clock: systemClock });
  const scanner = await scannerWith(off);
  const { coverage } = await matchOf(scanner, await scanner.analyze(requestFor(boot), never));
  assert.match(coverage?.gaps[0]?.message ?? '', `: ${none}; add a pom.properties`);
});

jars('that is named is used by a Job, as by palisade sbom, which has none otherwise', async () => {
  await pushIndex('named', [['spring-beans', '5.3.17', SPRING]]);
  await push(registry, 'team/app', boot);
  const analyzedWith = async (trivyJavaDbRepository?: string): Promise<Unread> => {
    let log = '';
    const write = (text: string) => {
      log += text;
    };
    const env = { PATH: '', PALISADE_TRIVY: workshop.path, PALISADE_ALLOWED_REGISTRIES: registry.host };
    const terminal = { env, stdin: (async function* () {})(), stdout: { write }, stderr: { write } };
    const flags = {
      dockerConfig: ['none'],
      output: 'analysis',
      ...(trivyJavaDbRepository && { trivyJavaDbRepository }),
    };
    await sbomCommand([`${registry.host}/team/app@${boot.digest}`], flags as PullFlags, terminal);
    return (JSON.parse(String(readFramed(log, 2 ** 25))) as Analysis).unread;
  };
  assert.equal(await analyzedWith(`${registry.host}/named:1`), { jars: { count: 0, examples: [] } });
  for (const setting of [undefined, 'auto', 'off']) {
    const { jars: unknown, noJarIndex } = await analyzedWith(setting);
    assert.is(unknown?.count, 1, setting);
    assert.is(noJarIndex, NO_JAR_INDEX_IN_JOBS);
  }
});

jars('that is damaged is not used', async () => {
  const data = gzip(await tar({ 'trivy-java.db': 'no database', 'metadata.json': '{"Version":1}' }));
  const mediaType = 'application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip';
  const made = artifact({
    artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
    mediaType,
    title: 'javadb.tar.gz',
    data,
  });
  await push(registry, 'damaged', made, '1');
  const index = await indexAt('damaged');
  assert.is(await index.provide(never), undefined);
  assert.match(index.problem ?? '', `--trivy-java-db-repository ${registry.host}/damaged:1`);
});

const repositories: [setting: string, database: string, name: string | undefined][] = [
  ['auto', 'mirror.gcr.io/aquasec/trivy-db:2', 'mirror.gcr.io/aquasec/trivy-java-db:1'],
  ['auto', 'registry.example.com:5000/mirror/trivy-db', 'registry.example.com:5000/mirror/trivy-java-db:1'],
  ['auto', '127.0.0.1:5000/trivy-db:2', '127.0.0.1:5000/trivy-java-db:1'],
  ['off', 'mirror.gcr.io/aquasec/trivy-db:2', undefined],
  ['ghcr.io/aquasecurity/trivy-java-db', 'mirror.gcr.io/a/b', 'ghcr.io/aquasecurity/trivy-java-db:1'],
];
for (const [setting, beside, name] of repositories) {
  jars(`repository of ${setting} with ${beside}`, () => {
    assert.is(parseJarIndexRepository(setting, parseDatabaseRepository(beside))?.name, name);
  });
}

jars.run();
