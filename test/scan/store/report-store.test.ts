import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type About, type EntryKey, fileName } from '../../../src/scan/store/entry.ts';
import { encode } from '../../../src/scan/store/frame.ts';
import { ReportStore } from '../../../src/scan/store/report-store.ts';
import { StoreError } from '../../../src/scan/store/store-error.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { FakeClock, turn } from '../../kube/fake-clock.ts';
import { spyLog } from '../../kube/spy-log.ts';
import {
  DAY,
  emittedEvents,
  findingOf,
  HOUR,
  imageOf,
  noise,
  openStore,
  recordOf,
  reportOf,
  silent,
} from './samples.ts';

const [A, B, C] = [imageOf(10), imageOf(11), imageOf(12)];
const analysisFile = (image = A) => fileName({ kind: 'analysis', image });

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => assert.unreachable('it should have failed'),
    (cause) => cause,
  );
  assert.instance(error, StoreError);
  return error.message;
};

/** Runs `work` without the rights of root, which no file mode binds. */
async function unprivileged(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid!(0);
  }
}

test('an empty store has nothing', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  assert.is(await store.readAnalysis(A), undefined);
  assert.is(await store.readReport(A), undefined);
  assert.is(await store.readScan('payments', 'nightly'), undefined);
  assert.is(store.summary(A), undefined);
  assert.not.ok(store.hasAnalysis(A));
  assert.equal(store.listScans(), []);
  assert.is(store.bytes(), 0);
  assert.is(store.count(), 0);
});

test('a written entry is read, by this store and by the next one', async () => {
  await using directory = await temporaryDirectory();
  const first = await openStore(directory.path);
  await first.writeAnalysis(A, Buffer.from('{"bomFormat":"CycloneDX"}'));
  await first.writeReport(reportOf(A));
  await first.writeScan(recordOf());
  for (const store of [first, await openStore(directory.path)]) {
    assert.is(store.count(), 3);
    assert.ok(store.hasAnalysis(A));
    assert.equal(store.summary(A), {
      scannedAt: '2026-01-01T00:00:00Z',
      databaseUpdatedAt: '2025-12-31T18:00:00Z',
      scanner: { name: 'trivy', version: '0.74.0' },
    });
    assert.equal(store.listScans(), [{ namespace: 'payments', name: 'nightly', uid: 'uid-1' }]);
    assert.is(String(await store.readAnalysis(A)), '{"bomFormat":"CycloneDX"}');
    assert.equal(await store.readReport(A), reportOf(A));
    assert.equal(await store.readScan('payments', 'nightly'), recordOf());
  }
});

test('the database of a report is known without reading the report', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  const digest = `sha256:${'d'.repeat(64)}`;
  await store.writeReport(reportOf(A, { database: { updatedAt: '2025-12-31T18:00:00Z', digest } }));
  for (const one of [store, await openStore(directory.path)]) assert.is(one.summary(A)?.databaseDigest, digest);
});

test('an image is its digest and its platform', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeAnalysis(A, Buffer.from('amd64'));
  await store.writeAnalysis({ ...A, platform: 'linux/arm64' }, Buffer.from('arm64'));
  assert.is(String(await store.readAnalysis(A)), 'amd64');
  assert.is(String(await store.readAnalysis({ ...A, platform: 'linux/arm64' })), 'arm64');
  assert.is(await store.readAnalysis(B), undefined);
  assert.is(await store.readReport(A), undefined);
});

test('a write replaces the earlier entry, in the figures too', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeAnalysis(A, noise(10_000));
  await store.writeReport(reportOf(A));
  await store.writeReport(reportOf(A, { scannedAt: '2026-01-02T00:00:00Z', findings: [], newFindings: 0 }));
  assert.is((await store.readReport(A))?.newFindings, 0);
  assert.is(store.summary(A)?.scannedAt, '2026-01-02T00:00:00Z');
  const sizes = await Promise.all(
    (await readdir(directory.path)).map(async (name) => (await stat(join(directory.path, name))).size),
  );
  assert.is(sizes.length, 2);
  assert.is(store.bytes(), sizes[0]! + sizes[1]!);
  assert.is(store.bytes('analysis') + store.bytes('report'), store.bytes());
  assert.equal([store.count('analysis'), store.count('report'), store.count('scan')], [1, 1, 0]);
});

test('a removed record is gone for the next store too, and may be removed again', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeScan(recordOf());
  await store.writeScan(recordOf({ name: 'other', uid: 'uid-2' }));
  await store.removeScan('payments', 'nightly');
  await store.removeScan('payments', 'nightly');
  for (const opened of [store, await openStore(directory.path)]) {
    assert.equal(opened.listScans(), [{ namespace: 'payments', name: 'other', uid: 'uid-2' }]);
    assert.is(await opened.readScan('payments', 'nightly'), undefined);
  }
});

test('emitted Events are stored unchanged, however many: the writer bounds them', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  await store.writeScan(recordOf({ events: emittedEvents(...Array.from({ length: 2001 }, (_, n) => `${n}`)) }));
  const { criticals = [] } = (await store.readScan('payments', 'nightly'))?.events ?? {};
  assert.equal([criticals.length, criticals[0], criticals.at(-1)], [2001, '0', '2000']);
});

test('directory and files are for the operator alone', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'deep', 'reports');
  const store = await openStore(path);
  await store.writeAnalysis(A, Buffer.from('x'));
  assert.is((await stat(path)).mode & 0o777, 0o700);
  assert.is((await stat(join(path, analysisFile()))).mode & 0o777, 0o600);
});

test('files that are not the store’s are left alone', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'lost+found'));
  await mkdir(join(directory.path, analysisFile(B)));
  await mkdir(join(directory.path, `.temporary-${'0'.repeat(32)}`));
  await writeFile(join(directory.path, 'notes.txt'), 'mine');
  const store = await openStore(directory.path);
  await store.use([]);
  assert.equal(await store.collect(), { files: 0, bytes: 0, overBytes: 0 });
  assert.is(store.count(), 0);
  assert.is((await readdir(directory.path)).length, 4);
});

test('a directory in the place of a file is named, with the cure', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, analysisFile());
  await mkdir(path);
  const store = await openStore(directory.path);
  assert.is(
    await messageOf(store.writeAnalysis(A, Buffer.from('x'))),
    `${path} cannot be written (illegal operation on a directory): remove the directory that has this name`,
  );
  assert.equal(await readdir(directory.path), [analysisFile()]);
});

test('a directory that cannot be written is refused when the store is opened', async () => {
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o555);
  await unprivileged(async () => {
    for (const path of [directory.path, join(directory.path, 'reports')]) {
      assert.is(
        await messageOf(openStore(path)),
        `${path} cannot be used as the report store (permission denied): let the operator's user read and write there, or set --report-dir to another directory`,
      );
    }
  });
  await chmod(directory.path, 0o700);
});

test('a file in the place of the directory is refused', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'file');
  await writeFile(path, '');
  assert.is(
    await messageOf(openStore(path)),
    `${path} cannot be used as the report store (file already exists): set --report-dir to a directory`,
  );
});

test('a file of a later version is refused, and kept', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, analysisFile());
  await writeFile(path, await encode({ kind: 'analysis', image: A }, Buffer.from('x'), 3));
  assert.is(
    await messageOf(openStore(directory.path)),
    `${path} is of format 3, newer than format 2, which this version of Palisade writes: start that later version again, or set --report-dir to another directory`,
  );
  assert.equal(await readdir(directory.path), [analysisFile()]);
});

test('a file of an older version is removed, logged as such, and not counted as damaged', async () => {
  await using directory = await temporaryDirectory();
  const { store, lines, reopen } = await stage(directory.path);
  const older = await encode({ kind: 'analysis', image: A }, Buffer.from('x'), 1);
  for (const open of [reopen, async () => store]) {
    await writeFile(join(directory.path, analysisFile()), older);
    const found = await open();
    assert.is(await found.readAnalysis(A), undefined);
    assert.equal([found.hasAnalysis(A), found.damaged(), await readdir(directory.path)], [false, 0, []]);
    assert.equal(
      lines.splice(0).map(({ level, msg, file, reason }) => [level, msg, file, reason]),
      [
        [
          'warn',
          'removed a file of an older format of the report store',
          analysisFile(),
          'is of format 1, older than format 2',
        ],
      ],
    );
  }
});

test('the SBOMs of an earlier version are removed when the store is opened, and reports stay', async () => {
  await using directory = await temporaryDirectory();
  const { store, lines, reopen } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('analysis'));
  const about = { kind: 'sbom', image: A } as unknown as About;
  const file = fileName(about as EntryKey);
  assert.match(file, /^sbom-sha256-/);
  await writeFile(join(directory.path, file), await encode(about, Buffer.from('{"bomFormat":"CycloneDX"}')));
  const opened = await reopen();
  assert.is(String(await opened.readAnalysis(A)), 'analysis');
  assert.equal([opened.damaged(), await readdir(directory.path)], [0, [analysisFile()]]);
  assert.equal(
    lines.map(({ msg, reason }) => [msg, reason]),
    [['removed a file of an older format of the report store', 'is of a kind that is not kept any more: sbom']],
  );
});

test('a directory that disappears under a running store is an error that names the file', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'reports');
  const store = await openStore(path);
  await rm(path, { recursive: true });
  assert.is(
    await messageOf(store.writeAnalysis(A, Buffer.from('x'))),
    `${join(path, analysisFile())} cannot be written (no such file or directory): create the directory again, or restart the operator`,
  );
  assert.is(store.count(), 0);
});

test('a write that fails leaves the old content and no half of the new one', async () => {
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o777);
  const store = await openStore(directory.path);
  await unprivileged(() => store.writeAnalysis(A, Buffer.from('old')));
  await chmod(directory.path, 0o555);
  await unprivileged(async () => {
    assert.is(
      await messageOf(store.writeAnalysis(A, Buffer.from('new'))),
      `${join(directory.path, analysisFile())} cannot be written (permission denied): let the operator's user read and write there, or set --report-dir to another directory`,
    );
    assert.is(String(await store.readAnalysis(A)), 'old');
  });
  await chmod(directory.path, 0o700);
  assert.equal(await readdir(directory.path), [analysisFile()]);
});

const LEFT_OVER = `.temporary-${'0a'.repeat(16)}`;

test('a half written file leaves the old content, and is gone after the next start', async () => {
  await using directory = await temporaryDirectory();
  await (await openStore(directory.path)).writeAnalysis(A, Buffer.from('old'));
  const next = await encode({ kind: 'analysis', image: A }, Buffer.from('new'));
  for (const length of [0, 1, next.indexOf('\n') + 1, next.length - 1, next.length]) {
    await writeFile(join(directory.path, LEFT_OVER), next.subarray(0, length));
    const store = await openStore(directory.path);
    assert.is(String(await store.readAnalysis(A)), 'old');
    assert.equal(await readdir(directory.path), [analysisFile()]);
  }
});

test('a file that another process added or removed is noticed at the next read', async () => {
  await using directory = await temporaryDirectory();
  const [one, other] = [await openStore(directory.path), await openStore(directory.path)];
  await other.writeReport(reportOf(A));
  assert.is(one.summary(A), undefined);
  assert.equal(await one.readReport(A), reportOf(A));
  assert.is(one.summary(A)?.scannedAt, '2026-01-01T00:00:00Z');
  assert.is(one.bytes(), other.bytes());
  const clock = new FakeClock();
  await clock.advance(30 * DAY);
  const third = await openStore(directory.path, { clock });
  await third.use([]);
  await third.collect();
  assert.is(await one.readReport(A), undefined);
  assert.is(one.count(), 0);
});

test('concurrent calls for one key take effect in the order of the calls', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path);
  const reads: Promise<Buffer | undefined>[] = [];
  const writes: Promise<void>[] = [];
  for (let n = 0; n < 20; n += 1) {
    // The earlier ones take longer.
    writes.push(store.writeAnalysis(A, Buffer.from(`${n} `.padEnd(200_000 - n * 10_000))));
    reads.push(store.readAnalysis(A));
  }
  await Promise.all(writes);
  assert.equal(
    (await Promise.all(reads)).map((bytes) => Number.parseInt(String(bytes), 10)),
    Array.from({ length: 20 }, (_, n) => n),
  );
});

test('whatever names contain, entries stay in the directory and apart from each other', async () => {
  const part = fc.oneof(
    fc.constantFrom('..', '../x', '/etc/passwd', 'a\0b', '', 'A', 'a', 'con', '-rf', 'ſ', 's'),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  const pair = fc.tuple(part, part);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(pair, { maxLength: 6, selector: (p) => JSON.stringify(p) }), async (pairs) => {
      await using outer = await temporaryDirectory();
      const inner = join(outer.path, 'reports');
      const store = await openStore(inner);
      for (const [n, [a, b]] of pairs.entries()) {
        await store.writeAnalysis({ digest: a, platform: b }, Buffer.from(`analysis ${n}`));
        await store.writeScan(recordOf({ namespace: a, name: b, uid: `uid ${n}` }));
      }
      assert.equal(await readdir(outer.path), ['reports']);
      assert.is(new Set((await readdir(inner)).map((name) => name.toLowerCase())).size, 2 * pairs.length);
      const again = await openStore(inner);
      assert.is(again.damaged(), 0);
      for (const [n, [a, b]] of pairs.entries()) {
        assert.is(String(await again.readAnalysis({ digest: a, platform: b })), `analysis ${n}`);
        assert.is((await again.readScan(a, b))?.uid, `uid ${n}`);
      }
    }),
    { numRuns: 20 },
  );
});

// Use and collection.

interface Stage {
  readonly store: ReportStore;
  readonly clock: FakeClock;
  readonly lines: ReturnType<typeof spyLog>['lines'];
  reopen(): Promise<ReportStore>;
}

async function stage(path: string, maxBytes = 1e9): Promise<Stage> {
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  const reopen = () => ReportStore.open(path, { clock, log, maxBytes, unusedMs: 7 * DAY });
  return { store: await reopen(), clock, lines, reopen };
}

test('an entry that was unused for that long is collected, and its neighbors are not', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('a'));
  await store.writeReport(reportOf(A));
  await store.use([]);
  await clock.advance(HOUR);
  await store.writeAnalysis(B, Buffer.from('b'));
  await clock.advance(7 * DAY - HOUR - 1);
  assert.equal(await store.collect(), { files: 0, bytes: 0, overBytes: 0 });
  const both = store.bytes('report') + store.bytes('analysis') / 2;
  await clock.advance(1);
  assert.equal(await store.collect(), { files: 2, bytes: both, overBytes: 0 });
  assert.equal([store.hasAnalysis(A), store.hasAnalysis(B)], [false, true]);
  assert.equal(await readdir(directory.path), [analysisFile(B)]);
});

test('nothing is collected before the entries in use are known', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path, 1);
  await store.writeAnalysis(A, Buffer.from('a'));
  await clock.advance(365 * DAY);
  assert.equal(await store.collect(), { files: 0, bytes: 0, overBytes: 0 });
  assert.ok(store.hasAnalysis(A));
});

test('an entry in use stays, and its time begins when it is no longer in use', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('a'));
  await store.use([A]);
  await clock.advance(30 * DAY);
  await store.collect();
  await store.use([B]);
  await clock.advance(7 * DAY - 1);
  assert.is((await store.collect()).files, 0);
  await clock.advance(1);
  assert.is((await store.collect()).files, 1);
});

test('records of ImageScans are never collected', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path, 1);
  await store.writeScan(recordOf());
  await store.use([]);
  await clock.advance(365 * DAY);
  assert.equal(await store.collect(), { files: 0, bytes: 0, overBytes: store.bytes() - 1 });
  assert.is(store.count('scan'), 1);
});

test('above the size limit the longest unused go first, and no more than necessary', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock, reopen } = await stage(directory.path, 25_000);
  for (const image of [A, B, C]) {
    await store.writeAnalysis(image, noise(20_000));
    await clock.advance(2 * HOUR);
  }
  await store.readAnalysis(A);
  await store.use([]);
  const one = store.bytes() / 3;
  const { files, bytes, overBytes } = await store.collect();
  assert.equal([files, overBytes], [1, 0]);
  assert.ok(Math.abs(bytes - one) < 100);
  assert.equal(
    [A, B, C].map((image) => store.hasAnalysis(image)),
    [true, false, true],
  );
  assert.is((await reopen()).bytes(), store.bytes());
});

test('when every entry is in use above the size limit, that is reported, once until it fits again', async () => {
  await using directory = await temporaryDirectory();
  const { store, lines } = await stage(directory.path, 15_000);
  await store.writeAnalysis(A, noise(20_000));
  await store.writeAnalysis(B, noise(20_000));
  await store.use([A, B]);
  for (let n = 0; n < 3; n += 1) {
    assert.equal(await store.collect(), { files: 0, bytes: 0, overBytes: store.bytes() - 15_000 });
    assert.is(store.overBytes(), store.bytes() - 15_000);
  }
  const { level, msg, bytes, maxBytes } = lines[0]!;
  assert.equal([level, bytes, maxBytes], ['warn', store.bytes(), 15_000]);
  assert.is(
    msg,
    'the report store exceeds its size limit and all of it is in use: raise --report-dir-size, or scan fewer images',
  );
  assert.is(lines.length, 1);
  await store.use([A]);
  assert.is((await store.collect()).overBytes, 0);
  assert.is(store.overBytes(), 0);
  await store.writeAnalysis(B, noise(20_000));
  await store.use([A, B]);
  await store.collect();
  assert.is(lines.length, 2);
});

test('an image that comes into use while the store collects is kept', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path);
  for (let n = 0; n < 16; n += 1) {
    await store.writeAnalysis(imageOf(n), Buffer.from('x'));
    await clock.advance(1);
  }
  await store.use([]);
  await clock.advance(7 * DAY);
  const collected = store.collect();
  // The longest unused goes first, so that the last one is decided but not yet removed.
  while (store.count() === 16) await turn();
  await store.use([imageOf(15)]);
  assert.is((await collected).files, 15);
  assert.ok(store.hasAnalysis(imageOf(15)));
});

const modified = async (directory: string) => (await stat(join(directory, analysisFile()))).mtime.toISOString();

test('the last use is written at most once an hour, however often entries are read', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('a'));
  assert.is(await modified(directory.path), '2026-01-01T00:00:00.000Z');
  await clock.advance(HOUR - 1);
  for (let n = 0; n < 50; n += 1) await store.readAnalysis(A);
  assert.is(await modified(directory.path), '2026-01-01T00:00:00.000Z');
  await clock.advance(1);
  await store.readAnalysis(A);
  assert.is(await modified(directory.path), '2026-01-01T01:00:00.000Z');
  await clock.advance(HOUR - 1);
  await store.use([A]);
  await store.collect();
  assert.is(await modified(directory.path), '2026-01-01T01:00:00.000Z');
  await clock.advance(1);
  await store.collect();
  assert.is(await modified(directory.path), '2026-01-01T02:00:00.000Z');
});

test('the last use survives a restart', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock, reopen } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('a'));
  await store.writeAnalysis(B, Buffer.from('b'));
  await clock.advance(6 * DAY);
  await store.use([A]);
  await clock.advance(DAY);
  const next = await reopen();
  await next.use([]);
  await next.collect();
  assert.equal([next.hasAnalysis(A), next.hasAnalysis(B)], [true, false]);
});

test('a file’s time in the future does not keep it for ever', async () => {
  await using directory = await temporaryDirectory();
  const { store, clock, reopen } = await stage(directory.path);
  await store.writeAnalysis(A, Buffer.from('a'));
  await utimes(join(directory.path, analysisFile()), new Date('2040-01-01'), new Date('2040-01-01'));
  const next = await reopen();
  await next.use([]);
  await clock.advance(7 * DAY);
  assert.is((await next.collect()).files, 1);
});

// Damage, as a store meets it.

const damages: [what: string, reason: string, damage: (path: string) => Promise<void>][] = [
  ['emptied', 'has no header line', (path) => writeFile(path, '')],
  [
    'cut',
    'has another length than its header says',
    async (path) => writeFile(path, (await readFile(path)).subarray(0, -1)),
  ],
  [
    'made longer',
    'has another length than its header says',
    async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('x')])),
  ],
  ['something else', 'is no file of a report store', (path) => writeFile(path, 'hello\n')],
  [
    'of another image',
    'has the content of another file',
    async (path) => writeFile(path, await encode({ kind: 'analysis', image: B }, Buffer.from('b'))),
  ],
  [
    'of another kind',
    'has the content of another file',
    async (path) =>
      writeFile(
        path,
        await encode(
          {
            kind: 'report',
            image: A,
            summary: { scannedAt: '', databaseUpdatedAt: '', scanner: { name: '', version: '' } },
          },
          Buffer.from('{}'),
        ),
      ),
  ],
];

for (const [what, reason, damage] of damages) {
  for (const when of ['when it is read', 'when the store is opened']) {
    test(`a file that is ${what} is found ${when}, logged, removed and replaced`, async () => {
      await using directory = await temporaryDirectory();
      const { store, lines, reopen } = await stage(directory.path);
      await store.writeAnalysis(A, Buffer.from('a'));
      await damage(join(directory.path, analysisFile()));
      const found = when === 'when it is read' ? store : await reopen();
      if (found === store) assert.is(await found.readAnalysis(A), undefined);
      assert.not.ok(found.hasAnalysis(A));
      assert.equal([found.count(), found.bytes(), found.damaged()], [0, 0, 1]);
      assert.equal(lines, [
        {
          level: 'warn',
          time: lines[0]?.time,
          file: analysisFile(),
          reason,
          msg: 'removed a damaged file of the report store',
        },
      ]);
      assert.equal(await readdir(directory.path), []);
      await found.writeAnalysis(A, Buffer.from('new'));
      assert.is(String(await found.readAnalysis(A)), 'new');
    });
  }
}

test('a link in the place of a file is not followed, and removed without what it leads to', async () => {
  await using directory = await temporaryDirectory();
  const { store, lines } = await stage(join(directory.path, 'reports'));
  const secret = join(directory.path, 'secret');
  await writeFile(secret, await encode({ kind: 'analysis', image: A }, Buffer.from('secret')));
  await symlink(secret, join(directory.path, 'reports', analysisFile()));
  assert.is(await store.readAnalysis(A), undefined);
  assert.is(lines[0]?.reason, 'is not a file');
  assert.equal((await readdir(directory.path)).sort(), ['reports', 'secret']);
  assert.equal(await readdir(join(directory.path, 'reports')), []);
});

test('a damaged report takes its summary with it, so that the image is due', async () => {
  await using directory = await temporaryDirectory();
  const store = await openStore(directory.path, { log: silent });
  await store.writeReport(reportOf(A, { findings: [findingOf(1), findingOf(2)] }));
  const path = join(directory.path, fileName({ kind: 'report', image: A }));
  const bytes = await readFile(path);
  bytes[bytes.length - 3]! ^= 1;
  await writeFile(path, bytes);
  assert.is(await store.readReport(A), undefined);
  assert.is(store.summary(A), undefined);
});

test.run();
