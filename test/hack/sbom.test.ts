// needs: scanner
import { execFile } from 'node:child_process';
import { copyFile, link, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findTrivy, pinnedTrivy } from '../../hack/trivy/find.ts';
import { makeDatabase } from '../../hack/trivydb/database.ts';
import { findingsOf, scanSbom, trivy } from '../harness/trivy.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const directory = await mkdtemp(join(tmpdir(), 'palisade-sbom-'));
test.after(() => rm(directory, { recursive: true }));

const source = (name: string) => ({ ID: 'ghsa', Name: name, URL: 'https://github.com/advisories' });
const npm = 'npm::GitHub Security Advisory npm';
const go = 'go::GitHub Security Advisory Go';
const fixture = {
  sources: { [npm]: source('GitHub Security Advisory npm'), [go]: source('GitHub Security Advisory Go') },
  advisories: {
    [npm]: { lodash: { 'CVE-2099-0010': { vulnerable: ['< 4.17.21'], patched: ['4.17.21'] } } },
    [go]: { 'github.com/aquasecurity/trivy': { 'CVE-2099-0020': { vulnerable: ['< 0.70.0'], patched: ['0.70.0'] } } },
  },
  vulnerabilities: { 'CVE-2099-0010': { Severity: 'CRITICAL' }, 'CVE-2099-0020': { Severity: 'HIGH' } },
} as const;

const cacheDirectory = join(directory, 'cache');
await makeDatabase(cacheDirectory, fixture, { updatedAt: new Date().toISOString() });
const how = { binary: await findTrivy(), cacheDirectory };

const OFFLINE = ['--quiet', '--disable-telemetry', '--skip-version-check', '--offline-scan'];

/** Writes the SBOM of a folder to a file. @param kind fs reads lock files, rootfs what is installed */
const sbom = async (kind: 'fs' | 'rootfs', folder: string): Promise<string> => {
  const file = `${folder}.json`;
  await writeFile(file, await trivy(how, kind, ...OFFLINE, '--format', 'cyclonedx', folder));
  return file;
};

const packagesIn = async (file: string, type: string): Promise<string[]> => {
  const { components } = JSON.parse(await readFile(file, 'utf8')) as { components: { purl?: string }[] };
  const urls = components.flatMap(({ purl = '' }) => (purl.startsWith(`pkg:${type}/`) ? [purl] : []));
  return urls.map((url) => decodeURIComponent(url.slice(`pkg:${type}/`.length).replace(/\?.*$/, '')));
};

interface Lock {
  readonly packages: Record<
    string,
    { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
  >;
}

/** A folder with our lock file and perhaps one dependency more. */
const locked = async (name: string, more?: 'dependencies' | 'devDependencies'): Promise<string> => {
  const folder = join(directory, name);
  await mkdir(folder);
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  if (more !== undefined) {
    const planted = { version: '4.17.20', ...(more === 'devDependencies' && { dev: true }) };
    Object.assign(lock.packages['']?.[more] ?? {}, { lodash: '4.17.20' });
    lock.packages['node_modules/lodash'] = planted as object;
  }
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  return folder;
};

const ours = await sbom('fs', await locked('ours'));

const scanner = join(directory, 'scanner');
await mkdir(scanner);
const pinned = await pinnedTrivy();
await link(pinned, join(scanner, 'trivy')).catch(() => copyFile(pinned, join(scanner, 'trivy')));
const scanners = await sbom('rootfs', scanner);

test('the SBOM of the bundle has every package in it, and no package that only builds or tests it', async () => {
  const bundle = join(directory, 'bundle');
  await run(process.execPath, ['hack/build.ts', bundle], { cwd: root });
  const licences = await readFile(join(bundle, 'LICENSES.txt'), 'utf8');
  const bundled = [...licences.matchAll(/^(\S+) (\S+)(?: \(.*\))?\n\n-+$/gm)].map(
    ([, name, version]) => `${name}@${version}`,
  );
  const packages = await packagesIn(ours, 'npm');
  assert.ok(bundled.length > 20, bundled.join(' '));
  assert.equal(
    bundled.filter((name) => !packages.includes(name)),
    [],
  );
  assert.equal(
    packages.filter((name) => /^(uvu|typescript|@biomejs\/biome|esbuild)@/.test(name)),
    [],
  );
});

test('the SBOM of the Trivy in the image has its modules', async () => {
  const packages = await packagesIn(scanners, 'golang');
  assert.ok(packages.length > 200, String(packages.length));
  assert.ok(packages.some((name) => name.startsWith('github.com/aquasecurity/trivy@')));
});

test('matched with a database of two advisories, they have no finding; a planted package has', async () => {
  assert.equal(findingsOf(await scanSbom(how, ours)), []);
  assert.equal(findingsOf(await scanSbom(how, scanners)), []);
  const planted = await sbom('fs', await locked('planted', 'dependencies'));
  assert.equal(findingsOf(await scanSbom(how, planted)), ['npm lodash 4.17.20: CVE-2099-0010 CRITICAL, fixed 4.17.21']);
  const forTests = await sbom('fs', await locked('for-tests', 'devDependencies'));
  assert.equal(findingsOf(await scanSbom(how, forTests)), []);
});

/** A database that this machine does not have is reported, and the match is skipped. */
const skipped = (why: string): void => {
  process.stdout.write(`skipped: ${why}\n`);
};

const SERIOUS = / (HIGH|CRITICAL), /;

test("matched with this machine's vulnerability database, they have no serious finding", async () => {
  const theirs = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trivy');
  const database = join(theirs, 'db', 'trivy.db');
  const isThere = await stat(database).then(
    () => true,
    () => false,
  );
  if (!isThere) return skipped(`there is no ${database}: trivy image --download-db-only gets one`);
  for (const file of [ours, scanners]) {
    const findings = findingsOf(await scanSbom({ ...how, cacheDirectory: theirs }, file));
    assert.equal(
      findings.filter((finding) => SERIOUS.test(finding)),
      [],
    );
  }
});

interface Audit {
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities: { readonly high: number; readonly critical: number } };
}

test('npm audit reports no serious finding', async () => {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  // It ends with 1 when it finds something, and when its request fails.
  const { stdout } = await run('npm', args, { cwd: root, env, timeout: 60_000 }).catch(
    (error: { stdout: string }) => error,
  );
  const { message, metadata } = JSON.parse(stdout || '{}') as Audit;
  if (metadata === undefined) return skipped(`npm audit does not answer (${message ?? 'it says nothing'})`);
  const { high, critical } = metadata.vulnerabilities;
  assert.equal({ high, critical }, { high: 0, critical: 0 }, 'npm audit --omit=dev says which');
});

test.run();
