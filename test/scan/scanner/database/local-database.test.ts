// suite: faults
// needs: scanner
// timeout: 400s

import { existsSync } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { artifact, image } from '../../../../hack/images/image.ts';
import { push } from '../../../../hack/images/push.ts';
import { until } from '../../../../hack/until.ts';
import { ScanError } from '../../../../src/scan/scan-error.ts';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { OutdatedAnalysis } from '../../../../src/scan/scanner/analysis/outdated-analysis.ts';
import { LocalDatabase } from '../../../../src/scan/scanner/database/local-database.ts';
import { gzipped, tarEnd, tarFile } from '../hostile.ts';
import { matchOf, never } from '../workshop.ts';
import { DatabaseWorkshop, NEW, OLD, type Place } from './database-workshop.ts';

let databases: DatabaseWorkshop;
const database = suite('the vulnerability database');

database.before(async () => {
  databases = await DatabaseWorkshop.open();
});
database.after(() => databases.close());

const match = async (one: LocalDatabase, analysis = databases.lodash) =>
  matchOf(await databases.scannerOf(one), analysis);
const downloads = async ({ download }: Place) =>
  (await databases.registry.requests()).filter((line) => line === download).length;

const failureOf = async (work: Promise<unknown>): Promise<ScanError> => {
  const failure = await work.then(
    () => undefined,
    (error) => error,
  );
  assert.instance(failure, ScanError);
  return failure as ScanError;
};

database('that is not there yet is missing, with the cure', async () => {
  const { open, repository } = await databases.place({ isEmpty: true });
  const one = await open();
  assert.is(one.current(), undefined);
  const failure = await failureOf(match(one));
  assert.is(failure.reason, 'DatabaseMissing');
  assert.is(
    failure.message,
    `there is no vulnerability database yet: it is downloaded from ${repository.name}, which the operator must reach; name a mirror with --trivy-db-repository`,
  );
  let heard = 0;
  one.subscribe(() => {
    heard += 1;
  });
  for (let i = 0; i < 2; i += 1) assert.is((await failureOf(one.refresh(never))).reason, 'NotFound');
  const told = (await failureOf(match(one))).message;
  assert.match(told, `--trivy-db-repository ${repository.name}: the registry answered 404 (`);
  assert.match(told, '; it does not exist, or no longer: check the name, or push it again; there is no database yet');
  assert.equal([one.problem(), heard], [told, 1], 'the same answer is no news');
});

database('is downloaded once for each digest, and subscribers hear of it', async () => {
  const place = await databases.place();
  const { open, directory, publish } = place;
  const one = await open();
  let heard = 0;
  const unsubscribe = one.subscribe(() => {
    heard += 1;
  });
  assert.is(await one.refresh(never), true);
  assert.equal([one.current()?.updatedAt, heard], [OLD, 1]);
  assert.is(await one.refresh(never), false);
  assert.is(await downloads(place), 1);
  await publish(NEW);
  assert.is(await one.refresh(never), true);
  assert.equal([one.current()?.updatedAt, heard], [NEW, 2]);
  unsubscribe();
  await until('the old one is gone', async () => (await readdir(directory)).length === 1);
  const found = await match(one);
  assert.equal(found.database, one.current());
  assert.match(found.database.digest ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.equal(
    found.findings.map(({ id, fixed }) => [id, fixed]),
    [['CVE-2099-0010', ['4.17.21']]],
  );
});

database(
  'with another digest is another one, though it was made at the same time; it keeps its digest over a restart',
  async () => {
    const { open, publish } = await databases.place();
    const one = await open();
    await one.refresh(never);
    const before = one.current();
    await publish(OLD, 48);
    assert.is(await one.refresh(never), true);
    const after = one.current();
    assert.equal([before?.updatedAt, after?.updatedAt], [OLD, OLD]);
    assert.is.not(after?.digest, before?.digest);
    assert.equal((await open()).current(), after);
  },
);

database('stays while a scan uses it', async () => {
  const { open, directory, publish } = await databases.place();
  const one = await open();
  await one.refresh(never);
  const handle = one.acquire();
  const again = one.acquire();
  await publish(NEW);
  await one.refresh(never);
  assert.is(handle.version.updatedAt, OLD);
  // A turn of the network is time enough to remove it.
  await one.refresh(never);
  assert.is((await readdir(directory)).length, 2);
  handle.release();
  handle.release();
  await one.refresh(never);
  assert.ok(existsSync(join(handle.args[1]!, 'db', 'trivy.db')), 'another scan has it still');
  again.release();
  await until('the old one is gone', () => !existsSync(handle.args[1]!));
  assert.is((await readdir(directory)).length, 1);
});

database('is found again after a restart, without network', async () => {
  const { open, directory, repository } = await databases.place();
  await (await open()).refresh(never);
  const unreachable = { resolve: () => Promise.reject(new ScanError('Unreachable', 'no network')) };
  const { workshop } = databases;
  const options = {
    directory,
    repository,
    client: unreachable,
    trivy: workshop.trivy(),
    tempDirectories: workshop.tempDirectories,
  };
  const one = await LocalDatabase.open(options);
  assert.is(one.current()?.updatedAt, OLD);
  assert.is((await match(one)).findings.length, 1);
  const failure = await failureOf(one.refresh(never));
  assert.is(failure.reason, 'Unreachable');
  assert.is(
    failure.message,
    `--trivy-db-repository ${repository.name}: no network; the database of ${OLD} stays in use`,
  );
  assert.is(one.current()?.updatedAt, OLD);
});

database('that was damaged on disk is not used after a restart', async () => {
  const { open, directory } = await databases.place();
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
    const { open, directory } = await databases.place();
    const one = await open();
    await one.refresh(never);
    const [name] = await readdir(directory);
    await damage(join(directory, name!, 'db', 'trivy.db'));
    const found = await match(one);
    assert.equal([found.database.updatedAt, found.findings.length], [OLD, 1]);
  });
}

database('that is whole stays, even if a scan says that it is damaged', async () => {
  const { open } = await databases.place();
  const one = await open();
  await one.refresh(never);
  assert.is(await one.discardDamaged(one.acquire()), false);
  assert.is(one.current()?.updatedAt, OLD);
});

database('is not fetched again because of an analysis that Trivy cannot read', async () => {
  const place = await databases.place();
  const one = await place.open();
  await one.refresh(never);
  const analysis = JSON.parse(databases.lodash.toString()) as Analysis;
  const bad = { ...analysis, blobs: analysis.blobs.map((blob) => ({ ...blob, record: '7' })) };
  const failure = await match(one, Buffer.from(JSON.stringify(bad))).catch((error) => error);
  assert.instance(failure, OutdatedAnalysis);
  assert.is(await downloads(place), 1);
});

const METADATA = JSON.stringify({ Version: 2, UpdatedAt: NEW, NextUpdate: NEW });

for (const [what, content, said] of [
  ['an image', () => image({ layers: [{ a: 'b' }] }), /annotation org.opencontainers.image.title is missing/],
  [
    'a damaged database',
    async () =>
      artifact({
        artifactType: 'application/vnd.aquasec.trivy.config.v1+json',
        mediaType: 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip',
        title: 'db.tar.gz',
        data: gzipped(tarFile('trivy.db', 'x'.repeat(65_536)), tarFile('metadata.json', METADATA), tarEnd),
      }),
    /the vulnerability database is damaged \(.*invalid database\)/,
  ],
] as const) {
  database(`is not taken from a repository that holds ${what}`, async () => {
    const { open, repository } = await databases.place();
    const one = await open();
    await one.refresh(never);
    await push(databases.registry, repository.repository, await content(), '2');
    const failure = await failureOf(one.refresh(never));
    assert.match(failure.message, said, failure.message);
    assert.match(failure.message, new RegExp(`; the database of ${OLD} stays in use$`));
    assert.is(one.current()?.updatedAt, OLD);
    assert.is((await match(one)).findings.length, 1);
  });
}

database('ends with its signal, and keeps what was there', async () => {
  const { open } = await databases.place();
  const one = await open();
  const reason = new Error('the operator ends');
  assert.is(await one.refresh(AbortSignal.abort(reason)).catch((error) => error), reason);
  assert.is(await one.refresh(never), true, 'the next turn comes');
});

database.run();
