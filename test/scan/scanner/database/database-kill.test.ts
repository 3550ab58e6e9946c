// suite: faults
// needs: scanner
// timeout: 400s

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../../../hack/until.ts';
import { TempDirectories } from '../../../../src/scan/scanner/process/temp-directories.ts';
import { matchOf, never } from '../workshop.ts';
import { DatabaseWorkshop, NEW, OLD } from './database-workshop.ts';

let databases: DatabaseWorkshop;
const database = suite('a download of the vulnerability database');

database.before(async () => {
  databases = await DatabaseWorkshop.open();
});
database.after(() => databases.close());

const someFile = async (directory: string, name: string) =>
  (await readdir(directory, { recursive: true }).catch(() => [])).some((path) => basename(path) === name);

const isInPlace = async (_: string, directory: string) => (await readdir(directory)).length === 2;

interface Moment {
  readonly moment: string;
  readonly reached: (work: string, directory: string) => Promise<boolean>;
  /** The database that is there then. */
  readonly expected: string;
  /** For moments that pass too quickly to be met: relative to the renaming that puts the database in its place. */
  readonly halt?: 'before' | 'after';
}

/** When the operator is killed. */
const moments: readonly Moment[] = [
  { moment: 'before it asks', reached: async (work) => existsSync(work), expected: OLD },
  { moment: 'when Trivy starts', reached: (work) => someFile(work, 'tmp'), expected: OLD },
  { moment: 'when the download is unpacked', reached: (work) => someFile(work, 'trivy.db'), expected: OLD },
  { moment: 'when it is being tried', reached: (work) => someFile(work, 'probe.json'), expected: OLD },
  { moment: 'when it is whole', reached: (work) => someFile(work, 'palisade.json'), expected: OLD, halt: 'before' },
  { moment: 'when it is in its place', reached: isInPlace, expected: NEW, halt: 'after' },
];

for (const { moment, reached, expected, halt } of moments) {
  database(`survives a kill ${moment}`, async () => {
    const { open, directory, repository, publish } = await databases.place();
    await (await open()).refresh(never);
    await publish(NEW);
    const work = join(databases.workshop.root, 'killed', basename(directory));
    const trivy = databases.workshop.path;
    const settings = JSON.stringify({ trivy, directory, repository: repository.name, work, halt });
    const operator = join(import.meta.dirname, 'refreshing-operator.ts');
    const child = spawn(process.execPath, [operator, settings], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    try {
      await until(moment, () => reached(work, directory), 60_000);
    } finally {
      child.kill('SIGKILL');
    }
    assert.is(await ended, 'SIGKILL');
    const one = await open();
    assert.is(one.current()?.updatedAt, expected);
    assert.is((await readdir(directory)).length, 1);
    assert.is((await matchOf(await databases.scannerOf(one), databases.lodash)).findings.length, 1);
    await TempDirectories.open(work);
    assert.equal(await readdir(work), [], 'half downloads are gone after the next start');
  });
}

database.run();
