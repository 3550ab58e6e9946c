// needs: scanner
// timeout: 400s
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../../hack/until.ts';
import { ScratchDirectories } from '../../../src/scan/scanner/scratch.ts';
import { DatabaseWorkshop, LODASH, NEW, OLD } from './database-workshop.ts';
import { never } from './workshop.ts';

let databases: DatabaseWorkshop;
const database = suite('a download of the vulnerability database');

database.before(async () => {
  databases = await DatabaseWorkshop.open();
});
database.after(() => databases.close());

const someFile = async (directory: string, name: string) =>
  (await readdir(directory, { recursive: true }).catch(() => [])).some((path) => basename(path) === name);

/** When the operator is killed, and which databases may be there then. */
const moments: [string, string[], (work: string, directory: string) => Promise<boolean>][] = [
  ['before it asks', [OLD], async (work) => existsSync(work)],
  ['when Trivy starts', [OLD], (work) => someFile(work, 'tmp')],
  ['when the download is unpacked', [OLD], (work) => someFile(work, 'trivy.db')],
  ['when it is being tried', [OLD], (work) => someFile(work, 'probe.json')],
  ['when it is whole', [OLD, NEW], (work) => someFile(work, 'palisade.json')],
  ['when it is in its place', [NEW], async (_, directory) => (await readdir(directory)).length === 2],
];

for (const [moment, expected, reached] of moments) {
  database(`survives a kill ${moment}`, async () => {
    const { open, directory, repository, publish } = await databases.place();
    await (await open()).refresh(never);
    await publish(NEW);
    const work = join(databases.workshop.root, 'killed', basename(directory));
    const settings = JSON.stringify({ trivy: databases.workshop.path, directory, repository: repository.name, work });
    const operator = join(import.meta.dirname, 'refreshing-operator.ts');
    const child = spawn(process.execPath, [operator, settings], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    await until(moment, () => reached(work, directory), 60_000);
    child.kill('SIGKILL');
    assert.is(await ended, 'SIGKILL');
    const one = await open();
    const current = one.current()?.updatedAt ?? 'none';
    assert.ok(expected.includes(current), current);
    assert.is((await readdir(directory)).length, 1);
    assert.is((await (await databases.scannerOf(one)).match(LODASH, never)).findings.length, 1);
    await ScratchDirectories.open(work);
    assert.equal(await readdir(work), [], 'half downloads are gone after the next start');
  });
}

database.run();
