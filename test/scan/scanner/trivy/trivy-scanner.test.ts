// needs: scanner

import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Job, Supervisor } from '../../../../hack/controlplane/supervisor.ts';
import { image } from '../../../../hack/images/image.ts';
import { writeLayout } from '../../../../hack/images/layout.ts';
import { alpine } from '../../../../hack/images/packages/apk.ts';
import { debian } from '../../../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../../../hack/images/packages/go-binary.ts';
import { jar, namelessJar } from '../../../../hack/images/packages/jar.ts';
import { npmPackage } from '../../../../hack/images/packages/npm.ts';
import { until } from '../../../../hack/until.ts';
import type { Severity } from '../../../../src/api/imagescan.ts';
import type { Finding } from '../../../../src/scan/findings/finding.ts';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { OutdatedAnalysis } from '../../../../src/scan/scanner/analysis/outdated-analysis.ts';
import type { Database } from '../../../../src/scan/scanner/database/database.ts';
import { ServerDatabase } from '../../../../src/scan/scanner/database/server-database.ts';
import { parseMatch } from '../../../../src/scan/scanner/trivy/parse.ts';
import { TrivyScanner } from '../../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';
import { matchOf, never, requestFor, updatedAt, Workshop } from '../workshop.ts';

const run = promisify(execFile);

let workshop: Workshop;
let cache: string;
const scanner = suite('the Trivy scanner');

scanner.before(async () => {
  workshop = await Workshop.open();
  cache = await workshop.database('cache');
});
scanner.after(() => workshop.close());

/** A database that is there, and never another. */
const fixed = (args: readonly string[]): Database => ({
  current: () => ({ updatedAt }),
  problem: () => undefined,
  acquire: () => ({ version: { updatedAt }, args, release: () => {} }),
  refresh: async () => false,
  discardDamaged: async () => false,
  subscribe: () => () => {},
});

const local = () => fixed(['--cache-dir', cache, '--skip-db-update']);

async function scannerOf(images: Parameters<Workshop['analyzer']>[0], database: Database = local()) {
  return new TrivyScanner({
    trivy: workshop.trivy(),
    version: { name: 'trivy', version: '0.74.0' },
    analyzer: await workshop.analyzer(images),
    database,
    tempDirectories: workshop.tempDirectories,
    limits: defaultScanLimits,
    compute: computeHere,
  });
}

const advisory = (id: string) => `https://avd.aquasec.com/nvd/${id.toLowerCase()}`;

const debianFinding = (id: string, severity: Severity, more: Partial<Finding>): Finding => ({
  ...{ id, package: 'libssl3', installed: '3.0.15-1~deb12u1', fixed: [], severity, type: 'debian', url: advisory(id) },
  purl: 'pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.11',
  ...more,
});

const goFinding = (id: string, severity: Severity, path: string, more: Partial<Finding>): Finding => ({
  ...{ id, package: 'golang.org/x/text', installed: 'v0.3.7', fixed: ['0.3.8'], severity, type: 'gobinary', path },
  ...{ purl: 'pkg:golang/golang.org/x/text@v0.3.7', status: 'fixed', url: advisory(id), ...more },
});

const stdlib = {
  ...{ package: 'stdlib', installed: 'v1.22.0', fixed: ['99.0.0'], purl: 'pkg:golang/stdlib@v1.22.0' },
  title: 'Go standard library: example',
};

/** In the image below, with the example database. */
const expected: Finding[] = [
  debianFinding('CVE-2099-0001', 'Critical', {
    fixed: ['3.0.17-1~deb12u3'],
    status: 'fixed',
    title: 'openssl: example of a critical, fixed finding',
  }),
  debianFinding('CVE-2099-0002', 'Low', { status: 'will_not_fix', title: 'openssl: will not be fixed' }),
  debianFinding('CVE-2099-0003', 'High', {
    package: 'zlib1g',
    installed: '1:1.2.13.dfsg-1',
    purl: 'pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.11&epoch=1',
    status: 'affected',
    title: 'zlib: no fix yet',
  }),
  {
    ...{ id: 'CVE-2099-0010', package: 'lodash', installed: '4.17.20', fixed: ['4.17.21'], severity: 'High' },
    ...{ type: 'node-pkg', path: 'app/node_modules/lodash/package.json', purl: 'pkg:npm/lodash@4.17.20' },
    ...{ status: 'fixed', title: 'lodash: prototype pollution', url: advisory('CVE-2099-0010') },
  },
  goFinding('CVE-2099-0011', 'High', 'usr/bin/one', { title: 'x/text: slow parsing' }),
  goFinding('CVE-2099-0011', 'High', 'usr/bin/two', { title: 'x/text: slow parsing' }),
  {
    ...{ id: 'CVE-2099-0012', package: 'org.apache.logging.log4j:log4j-core', installed: '2.14.1', fixed: ['2.15.0'] },
    ...{ severity: 'Critical', type: 'jar', path: 'app/log4j-core-2.14.1.jar', status: 'fixed' },
    purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
    ...{ title: 'log4j-core: remote code execution', url: advisory('CVE-2099-0012') },
  },
  goFinding('CVE-2099-0013', 'Medium', 'usr/bin/one', stdlib),
  goFinding('CVE-2099-0013', 'Medium', 'usr/bin/two', stdlib),
];

const everything = () =>
  image({
    layers: [
      debian('12.11', [
        { name: 'libssl3', source: 'openssl', version: '3.0.15-1~deb12u1' },
        { name: 'zlib1g', source: 'zlib', version: '1:1.2.13.dfsg-1' },
      ]),
      {
        ...npmPackage('app', 'lodash', '4.17.20'),
        ...goBinary('usr/bin/one', {
          goVersion: 'go1.22.0',
          module: 'example.com/one',
          dependencies: [{ path: 'golang.org/x/text', version: 'v0.3.7' }],
        }),
        ...goBinary('usr/bin/two', {
          goVersion: 'go1.22.0',
          module: 'example.com/two',
          dependencies: [{ path: 'golang.org/x/text', version: 'v0.3.7' }],
        }),
        ...jar('app/log4j-core-2.14.1.jar', {
          groupId: 'org.apache.logging.log4j',
          artifactId: 'log4j-core',
          version: '2.14.1',
        }),
        ...namelessJar('app/nameless.jar'),
      },
    ],
  });

scanner('finds all known vulnerabilities, in packages of every kind', async () => {
  const what = await everything();
  const one = await scannerOf([what]);
  const match = await matchOf(one, await one.analyze(requestFor(what), never));
  const { findings, coverage, ...rest } = match;
  assert.equal(rest, {
    os: { family: 'debian', version: '12.11', endOfLife: false },
    scanner: { name: 'trivy', version: '0.74.0' },
    database: { updatedAt },
  });
  assert.equal(findings, expected);
  assert.equal(
    coverage?.sources.map(({ type, advisories }) => `${type}: ${advisories}`),
    ['debian: debian 12', 'gobinary: go', 'jar: maven', 'node-pkg: npm'],
  );
  assert.equal(
    coverage?.gaps.map(({ kind, count }) => [kind, count]),
    [
      ['UnversionedPrograms', 2],
      ['UnidentifiedJars', 1],
    ],
  );
});

scanner('makes the same bytes of the same image', async () => {
  const what = await everything();
  const one = await scannerOf([what]);
  const [first, second] = await Promise.all([1, 2].map(() => one.analyze(requestFor(what), never)));
  assert.ok(first!.equals(second!));
});

scanner('finds in an analysis what Trivy finds in the image itself', async () => {
  const what = await everything();
  const one = await scannerOf([what]);
  const byAnalysis = await matchOf(one, await one.analyze(requestFor(what), never));
  const directory = join(workshop.root, 'direct');
  await writeLayout(join(directory, 'layout'), what);
  const args = [
    '--skip-db-update',
    '--skip-java-db-update',
    '--offline-scan',
    '--scanners',
    'vuln',
    '--cache-dir',
    cache,
  ];
  await run('cp', ['-r', join(workshop.root, 'jars', 'java-db'), join(cache, 'java-db')]);
  const { stdout } = await run(
    workshop.path,
    ['image', '--quiet', '--format', 'json', '--cache-backend', 'memory', ...args, '--input', 'layout'],
    { cwd: directory, env: {} },
  );
  const direct = parseMatch(Buffer.from(stdout), 'image');
  assert.ok(direct.findings.length > 0);
  assert.equal(byAnalysis.os, direct.os);
  assert.equal(byAnalysis.findings, direct.findings);
});

scanner('reports an operating system that gets no more fixes', async () => {
  const what = await image({ layers: [debian('10.13', [{ name: 'openssl', version: '1.1.1n-0+deb10u6' }])] });
  const one = await scannerOf([what]);
  const { os, findings } = await matchOf(one, await one.analyze(requestFor(what), never));
  assert.equal(os, { family: 'debian', version: '10.13', endOfLife: true });
  assert.equal(
    findings.map(({ id, status }) => [id, status]),
    [['CVE-2099-0001', 'end_of_life']],
  );
});

scanner('finds nothing in an image that holds nothing', async () => {
  const what = await image({ layers: [{ 'etc/motd': 'hello' }] });
  const one = await scannerOf([what]);
  const { coverage, ...match } = await matchOf(one, await one.analyze(requestFor(what), never));
  assert.equal(match, { findings: [], scanner: { name: 'trivy', version: '0.74.0' }, database: { updatedAt } });
  assert.equal(
    coverage?.gaps.map(({ kind }) => kind),
    ['NoPackagesFound'],
  );
});

scanner('ignores settings in its environment', async () => {
  const what = await image({ layers: [alpine('3.20.3', [{ name: 'openssl', version: '3.3.2-r0' }])] });
  const one = await scannerOf([what]);
  const bait = { TRIVY_SEVERITY: 'LOW', TRIVY_IGNOREFILE: '/dev/null', HTTPS_PROXY: 'http://127.0.0.1:1' };
  Object.assign(process.env, bait);
  try {
    const { findings } = await matchOf(one, await one.analyze(requestFor(what), never));
    assert.equal(
      findings.map(({ id }) => id),
      ['CVE-2099-0001'],
    );
  } finally {
    for (const name of Object.keys(bait)) delete process.env[name];
  }
});

scanner('leaves no scratch directory', async () => {
  assert.equal(await readdir(join(workshop.root, 'scratch')), []);
});

/** A real Trivy server on loopback. */
async function serve(supervisor: Supervisor): Promise<{ url: URL; job: Job }> {
  const port = await freePort();
  const log = join(workshop.root, 'server.log');
  await writeFile(log, '');
  const args = ['server', '--listen', `127.0.0.1:${port}`, '--cache-dir', cache, '--skip-db-update'];
  const job = supervisor.start(workshop.path, args, { log, env: { HOME: workshop.root } });
  const url = new URL(`http://127.0.0.1:${port}`);
  await until('the server answers', async () => (await fetch(new URL('healthz', url)).catch(() => undefined))?.ok);
  return { url, job };
}

/** Before a Trivy server: counts the scans of made-up packages. */
async function counting(server: URL): Promise<{ url: URL; probes(): number; close(): Promise<void> }> {
  let probes = 0;
  const proxy = createProxy(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    if (request.url?.endsWith('/Scan') && body.includes('palisade-probe')) probes += 1;
    const { method = '', headers } = request;
    const type = { 'content-type': headers['content-type'] ?? '' };
    const answer = await fetch(new URL(request.url!, server), {
      method,
      headers: type,
      ...(method === 'POST' && { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  };
  const { port } = proxy.address() as { port: number };
  return { url: new URL(`http://127.0.0.1:${port}`), probes: () => probes, close };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

scanner('finds the same with a Trivy server, whose database it notices', async () => {
  const supervisor = new Supervisor();
  try {
    const { url, job } = await serve(supervisor);
    await using closing = new AsyncDisposableStack();
    const proxy = await counting(url);
    closing.defer(proxy.close);
    const database = new ServerDatabase({ url: proxy.url });
    const what = await everything();
    const one = await scannerOf([what], database);
    const analysis = await one.analyze(requestFor(what), never);
    let changes = 0;
    one.onDatabaseChange(() => {
      changes += 1;
    });
    assert.is((await matchOf(one, analysis).catch((error) => error)).reason, 'DatabaseMissing');
    assert.equal([one.database(), await one.refreshDatabase(never), changes], [undefined, true, 1]);
    assert.equal([one.database(), await one.refreshDatabase(never), changes], [{ updatedAt }, false, 1]);
    const changed = (change: (blobs: Analysis['blobs']) => Analysis['blobs']) => {
      const { blobs, ...rest } = JSON.parse(analysis.toString()) as Analysis;
      return Buffer.from(JSON.stringify({ ...rest, blobs: change(blobs) }));
    };
    const outdated = changed((blobs) => blobs.map(({ record }) => ({ id: `sha256:${'0'.repeat(64)}`, record })));
    assert.instance(await one.match(outdated, never).catch((error) => error), OutdatedAnalysis);
    assert.equal(await matchOf(one, analysis), await matchOf(await scannerOf([what]), analysis));
    assert.equal((await one.match(analysis, never)).notKept, []);
    const modular = changed((blobs) =>
      blobs.map(({ id, record }) => ({ id, record: record.replace('"Arch"', '"Modularitylabel":"x:1","Arch"') })),
    );
    assert.equal((await one.match(modular, never)).notKept, ['Modularitylabel']);
    assert.is(proxy.probes(), 1, 'its distribution is asked for once, not for each match');
    await Promise.all([job.stop(1_000), proxy.close()]);
    const failure = await matchOf(one, analysis).catch((error) => error);
    assert.is(failure.reason, 'ScannerFailed');
    assert.match(failure.message, /^sha256:[0-9a-f]{64}@linux\/amd64: the Trivy server gave an unexpected response/);
    const refusal = await one.refreshDatabase(never).catch((error) => error);
    assert.match(
      refusal.message,
      /^the Trivy server http:\/\/127\.0\.0\.1:\d+\/ did not report its version \(connect ECONNREFUSED .*\): check --trivy-server$/,
    );
    assert.equal(one.database(), { updatedAt }, 'what was known stays');
  } finally {
    await supervisor.close();
  }
});

scanner.run();
