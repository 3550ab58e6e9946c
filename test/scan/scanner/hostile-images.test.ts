// suite: faults
// needs: scanner
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Content } from '../../../hack/images/content.ts';
import { image } from '../../../hack/images/image.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { ScanError } from '../../../src/scan/scan-error.ts';
import type { Analysis } from '../../../src/scan/scanner/analysis/analysis.ts';
import type { ScanLimits } from '../../../src/scan/scanner/process/limits.ts';
import { diskUse } from '../../../src/scan/scanner/process/use.ts';
import { gzipped, rawImage, tarEnd, tarFile, tarHeader, zerosLayer, zipBomb } from './hostile.ts';
import { never, requestFor, Workshop } from './workshop.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

let workshop: Workshop;
const hostile = suite('a hostile image');

hostile.before(async () => {
  workshop = await Workshop.open();
});
hostile.after(() => workshop.close());

interface Outcome {
  readonly failure?: Pick<ScanError, 'reason' | 'message'>;
  /** What was found. */
  readonly packages?: string[];
  /** The most that its scratch directory took, bytes. */
  readonly disk: number;
  readonly ms: number;
}

/** Scans an image, and then another, which must work as if nothing had been. */
async function scan(what: Content, limits: Partial<ScanLimits> = {}): Promise<Outcome> {
  const maker = await workshop.analyzer([what], limits);
  const scratch = join(workshop.root, 'scratch');
  let disk = 0;
  const watch = setInterval(() => {
    void diskUse(scratch).then((use) => {
      disk = Math.max(disk, use);
    });
  }, 20);
  const from = Date.now();
  const outcome = await maker.analyze(requestFor(what), never).then(
    (analysis) => ({ packages: packagesIn(analysis) }),
    (failure) => ({ failure }),
  );
  const ms = Date.now() - from;
  clearInterval(watch);
  assert.equal(await readdir(scratch), [], 'nothing is left on the disk');
  const good = await image({ layers: [debian('12.11', [{ name: 'zlib1g', version: '1:1.2.13' }])] });
  const next = await (await workshop.analyzer([good])).analyze(requestFor(good), never);
  assert.equal(packagesIn(next), ['debian', 'zlib1g']);
  return { ...outcome, disk, ms };
}

/** The family of the operating system, and the names of packages, layer by layer. */
const packagesIn = (analysis: Buffer): string[] =>
  (JSON.parse(analysis.toString()) as Analysis).blobs.flatMap(({ record }) => {
    const { OS, PackageInfos = [], Applications = [] } = JSON.parse(record);
    const packages = [...PackageInfos, ...Applications].flatMap(({ Packages }) => Packages);
    return [...(OS ? [OS.Family] : []), ...packages.map(({ Name }) => Name)];
  });

/** The reason and the message, of which the digest is left out. */
function assertFailure({ failure }: Outcome, reason: string, message: RegExp): void {
  assert.instance(failure, ScanError);
  assert.is(failure?.reason, reason, failure?.message);
  assert.match(failure?.message.replace(/^sha256:[0-9a-f]{64}@linux\/amd64: /, '') ?? '', message);
}

hostile('with an unused file of 10 GB ends in bounded time, on no disk', async () => {
  const layer = zerosLayer('data', 10 * GiB);
  assert.ok(layer.length < 11 * MiB);
  const outcome = await scan(rawImage([layer]), { timeMs: 3_000, diskBytes: 200 * MiB });
  // A fast machine gets through it.
  if (outcome.failure) assertFailure(outcome, 'Timeout', /^the scanner needs more than 3 s, the limit of one scan$/);
  assert.ok(outcome.disk < 100 * MiB, `${outcome.disk} bytes`);
});

hostile('with a package database of 10 GB takes no more disk than one scan may', async () => {
  const outcome = await scan(rawImage([zerosLayer('lib/apk/db/installed', 10 * GiB)]), {
    diskBytes: 300 * MiB,
    pollMs: 20,
  });
  assertFailure(outcome, 'TooLarge', /^the scanner needs more disk than 300 MiB, the limit of one scan$/);
  assert.ok(outcome.disk < 2 * GiB, `${outcome.disk} bytes`);
});

hostile('with a zip bomb takes no more disk than one scan may', async () => {
  const bomb = zipBomb('inner.jar', 3 * GiB);
  assert.ok(bomb.length < 4 * MiB);
  const layer = gzipped(tarFile('app/bomb.jar', bomb), tarEnd);
  const outcome = await scan(rawImage([layer]), { diskBytes: 300 * MiB, pollMs: 20 });
  assertFailure(outcome, 'TooLarge', /^the scanner needs more disk than 300 MiB, the limit of one scan$/);
});

hostile('with files that Trivy reads as a whole takes no more memory than one scan may', async () => {
  const layers = ['a', 'b', 'c', 'd'].map((name) => zerosLayer(`app/node_modules/${name}/package.json`, 64 * MiB));
  const ids = layers.map((_, n) => `sha256:${String(n).repeat(64)}`);
  const outcome = await scan(rawImage(layers, ids), { memoryBytes: 150 * MiB, pollMs: 20 });
  assertFailure(outcome, 'TooLarge', /^the scanner needs more memory than 150 MiB, the limit of one scan$/);
});

hostile('with 20 000 packages gives no analysis that is larger than it may be', async () => {
  const file = (n: number) => tarFile(`app/node_modules/p${n}/package.json`, `{"name":"p${n}","version":"1.0.0"}`);
  const layer = gzipped(...Array.from({ length: 20_000 }, (_, n) => file(n)), tarEnd);
  const outcome = await scan(rawImage([layer]), { outputBytes: 2 * MiB });
  assertFailure(outcome, 'TooLarge', /^the result is larger than 2 MiB, the limit of one scan$/);
});

hostile('with 100 000 files is scanned', async () => {
  const files = Array.from({ length: 100_000 }, (_, n) => tarHeader(`data/${n}`, 0));
  const dpkg = tarFile('var/lib/dpkg/status', 'Package: a\nStatus: install ok installed\nVersion: 1\n');
  const { packages } = await scan(rawImage([gzipped(tarFile('etc/debian_version', '12.11'), ...files, dpkg, tarEnd)]));
  assert.equal(packages, ['debian', 'a']);
});

for (const [what, layer] of [
  ['that is no gzip', Buffer.from('this is no layer')],
  ['that is cut off', gzipped(tarFile('etc/debian_version', 'x'.repeat(100_000)), tarEnd).subarray(0, 150)],
  ['that is no tar', gzipped(Buffer.from('x'.repeat(2048)))],
] as const) {
  hostile(`with a layer ${what} is damaged`, async () => {
    assertFailure(
      await scan(rawImage([layer])),
      'DamagedImage',
      /^a layer or its description is broken: build and push the image again \(.+\)$/,
    );
  });
}

hostile('with a layer of another content than its diffID says gives a result', async () => {
  const layer = gzipped(tarFile('app/node_modules/a/package.json', '{"name":"a","version":"1.0.0"}'), tarEnd);
  const { packages } = await scan(rawImage([layer], [`sha256:${'0'.repeat(64)}`]));
  assert.equal(packages, ['a']);
});

hostile('with paths that lead out, and links in circles, gives a result and touches nothing outside', async () => {
  const evil = '{"name":"evil","version":"1.0.0"}';
  const layer = gzipped(
    tarFile('../../../../palisade-evil', 'x'),
    tarFile('/../../palisade-evil', 'x'),
    tarFile('../../app/node_modules/evil/package.json', evil),
    tarHeader('etc/os-release', 0, '2', 'os-release'),
    tarHeader('a', 0, '2', 'b'),
    tarHeader('b', 0, '2', 'a'),
    tarHeader('out', 0, '2', '/'),
    tarFile('out/tmp/palisade-evil', 'x'),
    tarHeader('etc/passwd', 0, '1', '/etc/passwd'),
    tarEnd,
  );
  const { packages } = await scan(rawImage([layer]));
  assert.equal(packages, ['evil']);
  for (const directory of ['/', '/tmp', workshop.root]) {
    assert.not.ok((await readdir(directory)).includes('palisade-evil'), directory);
  }
});

hostile('that is ended by its signal leaves nothing', async () => {
  const stop = new AbortController();
  const what = rawImage([zerosLayer('lib/apk/db/installed', 10 * GiB)]);
  const run = (await workshop.analyzer([what])).analyze(requestFor(what), stop.signal);
  setTimeout(() => stop.abort(new Error('the operator ends')), 500);
  assert.is((await run.catch((error) => error)).message, 'the operator ends');
  assert.equal(await readdir(join(workshop.root, 'scratch')), []);
});

hostile.run();
