import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../../hack/until.ts';
import { isTemporaryName } from '../../../src/scan/store/atomic-file.ts';
import { ENTRY_KINDS } from '../../../src/scan/store/entry.ts';
import { type ReportSource, reportReader } from '../../../src/scan/store/report-reader.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { imageOf, openStore, silent } from './samples.ts';

const writer = join(import.meta.dirname, 'writer.ts');

/** A process that writes versions, and which of each kind it has said to be on disk. */
function startWriter(directory: string, from: number, to: number) {
  const child: ChildProcess = spawn(process.execPath, [writer, directory, `${from}`, `${to}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Record<string, number> = {};
  let rest = '';
  child.stdout!.on('data', (data) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) said[line.split(' ')[0]!] = Number(line.split(' ')[1]);
  });
  return { child, said, closed: once(child, 'close') };
}

const same = (parts: readonly string[]): number => {
  assert.equal([...new Set(parts)], [parts[0]], 'parts of several versions');
  return Number(parts[0]);
};

/** The version of each entry; -1: it is not there. An entry with parts of several versions fails. */
async function versions(source: ReportSource): Promise<Record<string, number>> {
  const [report, analysis, scan] = [
    await source.readReport(imageOf(1)),
    await source.readAnalysis(imageOf(1)),
    await source.readScan('payments', 'nightly'),
  ];
  if (report !== undefined) assert.is(report.findings.length, 100);
  if (scan !== undefined) assert.is(scan.events?.criticals.length, 500);
  return {
    report:
      report === undefined
        ? -1
        : same([`${report.newFindings}`, report.scannedAt, ...report.findings.map(({ title }) => `${title}`)]),
    analysis: analysis === undefined ? -1 : same(String(analysis).trim().split(' ')),
    scan: scan === undefined ? -1 : same([scan.uid, ...(scan.events?.criticals ?? [])]),
  };
}

/** Numerical Recipes' generator: the same moments in every run. @returns from 0 to 1 */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

test('a SIGKILL at any moment leaves whole entries, none older than the last confirmed write, and no partial files', async () => {
  await using directory = await temporaryDirectory();
  const random = seeded(5);
  const known: Record<string, number> = { report: -1, analysis: -1, scan: -1 };
  let leftOvers = 0;
  for (let round = 0; round < 20; round += 1) {
    const from = round * 100_000;
    const { child, said, closed } = startWriter(directory.path, from, from + 99_999);
    await once(child.stdout!, 'data');
    await delay(random() * 60);
    child.kill('SIGKILL');
    await closed;
    leftOvers += (await readdir(directory.path)).filter(isTemporaryName).length;
    const store = await openStore(directory.path);
    assert.equal((await readdir(directory.path)).filter(isTemporaryName), []);
    const found = await versions(store);
    assert.is(store.damaged(), 0);
    for (const kind of ENTRY_KINDS) {
      // The next version may have been put in place, and the process killed before it could say so.
      const unsaid = said[kind] === undefined ? from : said[kind] + 1;
      assert.ok(
        [said[kind] ?? known[kind], unsaid].includes(found[kind]),
        `${kind}: ${found[kind]} after ${said[kind]}`,
      );
    }
    Object.assign(known, found);
  }
  assert.ok(leftOvers > 0, 'no kill came while a file was written: the test has proven nothing');
});

test('two operators that write the same entries, while others open and read the directory, never see a mixture', async () => {
  await using directory = await temporaryDirectory();
  const writers = [startWriter(directory.path, 0, 24), startWriter(directory.path, 1000, 1024)];
  const ended = Promise.all(writers.map(({ closed }) => closed));
  let running = true;
  void ended.then(() => {
    running = false;
  });
  const reader = reportReader(directory.path, silent);
  const progress = () => JSON.stringify(writers.map(({ said }) => said));
  let openings = 0;
  while (running) {
    const before = progress();
    // Every opening takes the files that are being written for left-overs.
    const store = await openStore(directory.path);
    openings += 1;
    await versions(reader);
    await versions(store);
    assert.is(store.damaged(), 0);
    await until('the writers go on', () => !running || progress() !== before);
  }
  assert.ok(openings > 10, `${openings} openings`);
  assert.equal(await ended, [
    [0, null],
    [0, null],
  ]);
  const store = await openStore(directory.path);
  for (const version of Object.values(await versions(store))) assert.ok([24, 1024].includes(version), `${version}`);
  assert.is((await readdir(directory.path)).length, 3);
});

test.run();
