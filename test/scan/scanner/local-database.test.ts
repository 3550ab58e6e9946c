// needs: scanner
// timeout: 240s
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import { type Registry, startRegistry } from '../../../hack/registry/start.ts';
import { makeDatabase, pushDatabase } from '../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import { until } from '../../../hack/until.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { ScanError } from '../../../src/scan/failure.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { parseDatabaseRepository } from '../../../src/scan/scanner/database-repository.ts';
import { defaultScanLimits } from '../../../src/scan/scanner/limits.ts';
import { LocalDatabase } from '../../../src/scan/scanner/local-database.ts';
import { TrivyScanner } from '../../../src/scan/scanner/trivy-scanner.ts';
import { never, Workshop } from './workshop.ts';

const OLD = '2026-01-02T03:04:05Z';
const NEW = '2026-01-03T03:04:05Z';
const LODASH = Buffer.from(
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [{ type: 'library', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' }],
  }),
);

let workshop: Workshop;
let registry: Registry;
let client: RegistryClient;
let count = 0;
const database = suite('the vulnerability database');

database.before(async () => {
  workshop = await Workshop.open();
  registry = await startRegistry();
  client = new RegistryClient({ allowedRegistries: [registry.host], clock: systemClock });
});
database.after(async () => {
  await client.close();
  await registry.stop();
  await workshop.close();
});

/** A repository and a directory of its own. */
async function place(updatedAt = OLD) {
  count += 1;
  const name = `db${count}`;
  const layer = await publish(name, updatedAt);
  const directory = join(workshop.root, 'databases', name);
  await mkdir(directory, { recursive: true });
  const repository = parseDatabaseRepository(`${registry.host}/${name}:2`);
  const open = () =>
    LocalDatabase.open({ directory, repository, client, trivy: workshop.trivy(), scratch: workshop.scratch });
  return { name, layer, directory, repository, open };
}

/** @returns the path of its layer, as the registry logs it */
async function publish(name: string, updatedAt: string): Promise<string> {
  const made = await makeDatabase(join(workshop.root, `made-${name}-${updatedAt}`), exampleDatabase, { updatedAt });
  await pushDatabase(registry, made, name);
  return `/v2/${name}/blobs/${made.blobs.at(-1)!.descriptor.digest}`;
}

const downloadsOf = async (layer: string) =>
  (await registry.requests()).filter((line) => line === `GET ${layer}`).length;

const scannerOf = async (one: LocalDatabase) =>
  new TrivyScanner({
    trivy: workshop.trivy(),
    version: { name: 'trivy', version: '0.74.0' },
    sboms: await workshop.sbomMaker([]),
    database: one,
    scratch: workshop.scratch,
    limits: defaultScanLimits,
  });

const failureOf = async (work: Promise<unknown>): Promise<ScanError> => {
  const failure = await work.then(
    () => undefined,
    (error) => error,
  );
  assert.instance(failure, ScanError);
  return failure as ScanError;
};

database('that is not there yet is missing, with the cure', async () => {
  const { open, repository } = await place();
  const one = await open();
  assert.is(one.current(), undefined);
  const failure = await failureOf((await scannerOf(one)).match(LODASH, never));
  assert.is(failure.reason, 'DatabaseMissing');
  assert.is(
    failure.message,
    `there is no vulnerability database yet: it is downloaded from ${repository.name}, which the operator must reach; name a mirror with --trivy-db-repository`,
  );
});

database('is downloaded once for each digest, and subscribers hear of it', async () => {
  const { name, layer, open, directory } = await place();
  const one = await open();
  let heard = 0;
  const unsubscribe = one.subscribe(() => {
    heard += 1;
  });
  assert.is(await one.refresh(never), true);
  assert.equal([one.current(), heard], [{ updatedAt: OLD }, 1]);
  assert.is(await one.refresh(never), false);
  assert.is(await downloadsOf(layer), 1);
  await publish(name, NEW);
  assert.is(await one.refresh(never), true);
  assert.equal([one.current(), heard], [{ updatedAt: NEW }, 2]);
  unsubscribe();
  await until('the old one is gone', async () => (await readdir(directory)).length === 1);
  const match = await (await scannerOf(one)).match(LODASH, never);
  assert.equal(match.database, { updatedAt: NEW });
  assert.equal(
    match.findings.map(({ id, fixed }) => [id, fixed]),
    [['CVE-2099-0010', ['4.17.21']]],
  );
});

database('stays while a scan uses it', async () => {
  const { name, open, directory } = await place();
  const one = await open();
  await one.refresh(never);
  const lease = one.lease();
  const again = one.lease();
  await publish(name, NEW);
  await one.refresh(never);
  assert.equal(lease.version, { updatedAt: OLD });
  assert.is((await readdir(directory)).length, 2);
  lease.release();
  lease.release();
  assert.ok(existsSync(lease.args[1]!), 'another scan has it still');
  again.release();
  await until('the old one is gone', () => !existsSync(lease.args[1]!));
  assert.is((await readdir(directory)).length, 1);
});

database('is found again after a restart, without network', async () => {
  const { open, directory, repository } = await place();
  await (await open()).refresh(never);
  const unreachable = { resolve: () => Promise.reject(new ScanError('Unreachable', 'no network')) };
  const options = { directory, repository, client: unreachable, trivy: workshop.trivy(), scratch: workshop.scratch };
  const one = await LocalDatabase.open(options);
  assert.equal(one.current(), { updatedAt: OLD });
  assert.is((await (await scannerOf(one)).match(LODASH, never)).findings.length, 1);
  const failure = await failureOf(one.refresh(never));
  assert.is(failure.reason, 'Unreachable');
  assert.is(
    failure.message,
    `no new vulnerability database from ${repository.name} (no network); that of ${OLD} stays in use`,
  );
  assert.equal(one.current(), { updatedAt: OLD });
});

database('that was damaged on disk is not used after a restart', async () => {
  const { open, directory } = await place();
  await (await open()).refresh(never);
  const [name] = await readdir(directory);
  const file = join(directory, name!, 'db', 'trivy.db');
  const data = await readFile(file);
  data[data.length >> 1]! ^= 1;
  await writeFile(file, data);
  const one = await open();
  assert.is(one.current(), undefined);
  assert.equal(await readdir(directory), []);
  assert.is(await one.refresh(never), true);
});

for (const [how, damage] of [
  ['cut off', (file: string) => truncate(file, 5_000)],
  ['overwritten', (file: string) => writeFile(file, Buffer.alloc(65_536, 7))],
  ['emptied', (file: string) => truncate(file, 0)],
] as const) {
  database(`that was ${how} while in use is fetched again, and the scan that met it succeeds`, async () => {
    const { open, directory } = await place();
    const one = await open();
    await one.refresh(never);
    const [name] = await readdir(directory);
    await damage(join(directory, name!, 'db', 'trivy.db'));
    const match = await (await scannerOf(one)).match(LODASH, never);
    assert.equal([match.database, match.findings.length], [{ updatedAt: OLD }, 1]);
  });
}

database('is not fetched again because of an SBOM that Trivy cannot read', async () => {
  const { layer, open } = await place();
  const one = await open();
  await one.refresh(never);
  const bad = Buffer.from('{"bomFormat":"CycloneDX","components":7}');
  const failure = await failureOf((await scannerOf(one)).match(bad, never));
  assert.is(failure.reason, 'ScannerFailed');
  assert.is(await downloadsOf(layer), 1);
});

database('is none when the repository holds an image', async () => {
  const { name, open } = await place();
  const one = await open();
  await one.refresh(never);
  await push(registry, name, await image({ layers: [{ a: 'b' }] }), '2');
  const failure = await failureOf(one.refresh(never));
  assert.match(failure.message, new RegExp(`; that of ${OLD} stays in use$`));
  assert.equal(one.current(), { updatedAt: OLD });
  assert.is((await (await scannerOf(one)).match(LODASH, never)).findings.length, 1);
});

database('ends with its signal, and keeps what was there', async () => {
  const { open } = await place();
  const one = await open();
  const reason = new Error('the operator ends');
  assert.is(await one.refresh(AbortSignal.abort(reason)).catch((error) => error), reason);
  assert.is(await one.refresh(never), true, 'the next turn comes');
});

database('survives a kill at any moment: it is whole, or not there', async () => {
  const { open, directory, repository } = await place();
  const work = join(workshop.root, 'killed');
  const operator = join(import.meta.dirname, 'refreshing-operator.ts');
  const settings = JSON.stringify({ trivy: workshop.path, directory, repository: repository.name, scratch: work });
  const seen = new Set<string>();
  for (let delay = 300; delay <= 3_000; delay += 300) {
    const child = spawn(process.execPath, [operator, settings], { stdio: 'ignore' });
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const one = await open();
    const current = one.current();
    seen.add(current === undefined ? 'nothing' : 'whole');
    if (current !== undefined) assert.is((await (await scannerOf(one)).match(LODASH, never)).findings.length, 1);
  }
  assert.ok(seen.size > 0);
});

database.run();
