// suite: all, faults
// needs: scanner
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import { writeLayout } from '../../../hack/images/layout.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { makeDatabase } from '../../../hack/trivydb/database.ts';
import type { Advisory, DatabaseFixture } from '../../../hack/trivydb/fixture.ts';
import { adviceFor } from '../../../src/scan/findings/advice.ts';
import { blockingFindings } from '../../../src/scan/findings/compliance.ts';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import { writeEmptyJarIndex } from '../../../src/scan/scanner/database/jar-index.ts';
import { parseMatch } from '../../../src/scan/scanner/trivy/parse.ts';
import { isLong } from '../../harness/size.ts';
import { type TrivyRun, trivy } from '../../harness/trivy.ts';
import { distributions, type Ecosystem, type FixedIn, type Installed, languages, type Release } from './ecosystems.ts';

const test = suite('advice, carried out on images that the real Trivy scans');

/** Packages of each ecosystem, each with advisories of its own. */
const PACKAGES = isLong ? 150 : 12;
const LINES = 4;
const ACCEPTED = { failOn: 'High', ignoreUnfixed: true } as const;

const hotfix = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }));
const release = (line: number): fc.Arbitrary<Release> =>
  fc.tuple(fc.integer({ min: 1, max: 6 }), hotfix).map(([patch, n]): Release => [line, patch, n]);

/** Fixes go to the newest lines: old ones get none any more. */
const fixedIn: fc.Arbitrary<FixedIn> = fc
  .tuple(
    fc.integer({ min: 0, max: LINES - 1 }),
    fc.tuple(...Array.from({ length: LINES }, (_, line) => release(line))),
    fc.array(fc.boolean(), { minLength: LINES, maxLength: LINES }),
  )
  .map(([unfixed, releases, never]) =>
    releases.map((fixed, line) => (line < unfixed ? null : never[line] && line < LINES - 1 ? undefined : fixed)),
  );

interface Vulnerability {
  readonly fixedIn: FixedIn;
  readonly severity: 'CRITICAL' | 'LOW';
}

interface Package {
  readonly installed: Release;
  readonly vulnerabilities: readonly Vulnerability[];
}

const packages: fc.Arbitrary<Package> = fc.record({
  installed: fc
    .tuple(fc.integer({ min: 0, max: LINES - 1 }), fc.integer({ min: 0, max: 4 }), hotfix)
    .map(([line, patch, n]): Release => [line, patch, n]),
  vulnerabilities: fc.array(
    fc.record({ fixedIn, severity: fc.constantFrom('CRITICAL' as const, 'CRITICAL' as const, 'LOW' as const) }),
    { minLength: 1, maxLength: 4 },
  ),
});

const SOURCE = { ID: 'ghsa', Name: 'generated', URL: 'https://example.com' };
const SEED = Number(process.env.PALISADE_SEED ?? Date.now() % 1_000_000_000);
const generated = new Map<Ecosystem, readonly Package[]>(
  [...languages, ...distributions].map((one, n) => [one, fc.sample(packages, { numRuns: PACKAGES, seed: SEED + n })]),
);

function databaseOf(all: ReadonlyMap<Ecosystem, readonly Package[]>): DatabaseFixture {
  const advisories: Record<string, Record<string, Record<string, Advisory>>> = {};
  const vulnerabilities: Record<string, { Severity: Vulnerability['severity'] }> = {};
  let count = 0;
  for (const [{ bucket, nameOf, advisoryOf }, list] of all) {
    advisories[bucket] = {};
    for (const [index, one] of list.entries()) {
      const ids = one.vulnerabilities.map(({ fixedIn, severity }) => {
        const id = `CVE-2099-${10_000 + count++}`;
        vulnerabilities[id] = { Severity: severity };
        return [id, advisoryOf(fixedIn)] as const;
      });
      advisories[bucket][nameOf(index)] = Object.fromEntries(ids);
    }
  }
  return {
    sources: Object.fromEntries(Object.keys(advisories).map((bucket) => [bucket, SOURCE])),
    advisories,
    vulnerabilities,
  };
}

let root = '';
let how: TrivyRun;

test.before(async () => {
  root = await mkdtemp(join(tmpdir(), 'palisade-advice-'));
  how = { binary: await findTrivy(), cacheDirectory: join(root, 'cache') };
  await writeEmptyJarIndex(how.cacheDirectory);
  await makeDatabase(how.cacheDirectory, databaseOf(generated), { updatedAt: '2026-01-02T03:04:05Z' });
});

test.after(() => rm(root, { recursive: true, force: true }));

let images = 0;
async function scan(installed: ReadonlyMap<Ecosystem, readonly Installed[]>): Promise<KnownFinding[]> {
  const files = Object.assign({}, ...[...installed].map(([one, list]) => one.filesOf(list)));
  const layout = join(root, `image-${images++}`);
  await writeLayout(layout, await image({ layers: [files] }));
  const output = await trivy(
    how,
    ...['image', '--quiet', '--format', 'json', '--scanners', 'vuln', '--input', layout, '--cache-backend', 'memory'],
    ...['--skip-db-update', '--skip-java-db-update', '--offline-scan', '--disable-telemetry', '--skip-version-check'],
  );
  const { findings } = parseMatch(Buffer.from(output), layout);
  return findings.map((finding) => ({ ...finding, firstSeenAt: '2026-11-01T00:00:00Z' }));
}

const keyOf = (name: string, version: string): string => JSON.stringify([name, version]);

for (const os of distributions) {
  // Languages once; each distribution needs an image of its own.
  const ecosystems = os === distributions[0] ? [os, ...languages] : [os];
  test(`${ecosystems.map(({ name }) => name).join(', ')}: an image with the advised versions has none of its blocking findings`, async () => {
    const installed = new Map(
      ecosystems.map((one) => [
        one,
        generated.get(one)!.map((it, index) => ({ name: one.nameOf(index), version: one.versionOf(it.installed) })),
      ]),
    );
    const before = await scan(installed);
    const { upgrades } = adviceFor(before, ACCEPTED);
    const targets = new Map(
      upgrades.flatMap(({ packages: names, installed: version, to }) =>
        names.map((name) => [keyOf(name, version), to] as const),
      ),
    );
    const undecided: [name: string, version: string, to: object][] = [];
    const advised = new Map(
      [...installed].map(([one, list]) => [
        one,
        list.map(({ name, version }) => {
          const to = targets.get(keyOf(name, version));
          if (to === undefined) return { name, version };
          if (!('version' in to)) undecided.push([name, version, to]);
          const target = 'version' in to ? to.version : version;
          return { name, version: version.startsWith('v') ? `v${target.replace(/^v/, '')}` : target };
        }),
      ]),
    );
    const after = await scan(advised);
    // A vulnerability that came with a later line is no finding of the old version: only the next scan tells.
    const had = new Set(before.map(({ id }) => id));
    const blocking = blockingFindings(after, ACCEPTED).filter(({ id }) => had.has(id));
    const open = new Set(undecided.map(([name]) => name));
    assert.equal(
      blocking
        .filter(({ package: name }) => !open.has(name))
        .map(({ id, package: name, installed, fixed }) => [name, installed, id, fixed]),
      [],
      `PALISADE_SEED=${SEED}`,
    );
    for (const one of ecosystems) {
      const names = new Set(installed.get(one)?.map(({ name }) => name));
      const advisedHere = [...targets.keys()].filter((key) => names.has(JSON.parse(key)[0])).length;
      assert.ok(
        advisedHere >= PACKAGES / 6,
        `${one.name}: only ${advisedHere} packages are advised, PALISADE_SEED=${SEED}`,
      );
    }
    assert.ok(
      open.size <= targets.size / 10,
      `${open.size} of ${targets.size} are undecided: ${JSON.stringify(undecided)}`,
    );
    if (ecosystems.length > 1)
      assert.ok(
        before.some(({ aliases }) => aliases?.[0] === 'GHSA-aaaa-bbbb-cccc'),
        'aliases',
      );
  });
}

test.run();
