import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { ScanEngine } from '../../../src/scan/engine/engine.ts';
import { ScanMetrics } from '../../../src/scan/engine/metrics.ts';
import { imageTarget, tagTarget } from '../../../src/scan/engine/scan-target.ts';
import { imageKey } from '../../../src/scan/image.ts';
import { dueFor } from '../../../src/scan/imagescan/due.ts';
import { RescanRequest } from '../../../src/scan/imagescan/rescan-request.ts';
import { ScanError } from '../../../src/scan/scan-error.ts';
import { OutdatedAnalysis } from '../../../src/scan/scanner/analysis/outdated-analysis.ts';
import type { Scanner } from '../../../src/scan/scanner/scanner.ts';
import type { ReportStore } from '../../../src/scan/store/report-store.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { until } from '../../harness/until.ts';
import { FakeClock } from '../../kube/fake-clock.ts';
import { type Line, spyLog } from '../../kube/spy-log.ts';
import { imageScan } from '../imagescan/image-scan.ts';
import { imageOf, openStore } from '../store/samples.ts';

const MINUTE = 60_000;
const TODAY = Date.parse('2026-01-01T00:00:00Z');
const NEXT_YEAR = Date.parse('2027-01-01T00:00:00Z');

const imageIn = (n: number, repository: string) => ({
  id: imageOf(n),
  reference: `r.io/${repository}:1`,
  repositories: [{ registry: 'r.io', repository }],
  pods: 1,
});
const image = imageIn(1, 'team/app');

interface Stage {
  readonly engine: ScanEngine;
  readonly clock: FakeClock;
  readonly metrics: Registry;
  readonly store: ReportStore;
  /** Analyses that were begun, and how the next ones end. */
  readonly scans: {
    begun: number;
    failure?: Error | undefined;
    matched: string[];
    outdated?: readonly string[];
    isUsable?: boolean;
    /** Why there is no database. */
    noDatabase?: string | undefined;
    /** Of Secrets of pullSecrets that are read. */
    secretProblems: string[];
    secretReads: string[];
    rescans: number[];
  };
  /** Of the log. */
  readonly lines: readonly Line[];
}

/** An engine that runs, with a report store, and a scanner that finds nothing or fails as the test says. */
const staged = async (work: (stage: Stage) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'palisade-engine-'));
  const clock = new FakeClock();
  const store = await openStore(directory, { clock: clock.wall });
  const scans: Stage['scans'] = { begun: 0, matched: [], secretProblems: [], secretReads: [], rescans: [] };
  const metrics = new Registry();
  const match: Scanner['match'] = async (analysis) => {
    scans.matched.push(String(analysis));
    const { outdated, isUsable } = scans;
    if (!isUsable && outdated?.includes(String(analysis))) throw new OutdatedAnalysis('its analysis is outdated');
    return {
      output: Buffer.from('{"SchemaVersion":2}'),
      analysis: Buffer.from('{}'),
      what: 'an image',
      scanner: { name: 'trivy', version: '0.74.0' },
      database: { updatedAt: 'd1' },
    };
  };
  const scanner: Scanner = {
    analyze: async () => {
      scans.begun += 1;
      if (scans.failure !== undefined) throw scans.failure;
      return Buffer.from(`analysis ${scans.begun}`);
    },
    match,
    rematch: async (analysis, signal) => {
      const { outdated, isUsable = false } = scans;
      if (!isUsable || !outdated?.includes(String(analysis))) return match(analysis, signal);
      throw new OutdatedAnalysis('its analysis is by another Trivy', { isUsable });
    },
    sbomOf: () => Promise.reject(new Error('no SBOM is requested')),
    database: () => (scans.noDatabase === undefined ? { updatedAt: 'd1' } : undefined),
    databaseProblem: () => scans.noDatabase,
    rescanRequested: (at) => scans.rescans.push(at),
  };
  const { log, lines } = spyLog();
  const engine = new ScanEngine({
    scanner,
    store,
    compute: computeHere,
    registry: {
      inspect: async () => ({ digest: 'sha256:1', config: 'sha256:2' }),
      resolve: async () => {
        await clock.advance(99.627);
        throw new ScanError('NotAllowed', 'r.io/team/api:2: r.io is not an allowed registry');
      },
    },
    pullSecrets: {
      read: async (namespace, names) => {
        scans.secretReads.push(...names.map((name) => `${namespace}/${name}`));
        return { entries: [], problems: names.length === 0 ? [] : scans.secretProblems, version: '' };
      },
      forget: () => {},
    },
    concurrency: 1,
    lookupMs: MINUTE,
    metrics: new ScanMetrics(metrics, () => undefined),
    log,
    clock: clock.wall,
    monotonic: clock,
    random: () => 1,
  });
  const stop = new AbortController();
  const unsubscribe = engine.subscribe(() => {});
  const done = engine.run(stop.signal);
  try {
    engine.setImages('shop/nightly', { namespace: 'shop', pullSecrets: [], images: [image] });
    await work({ engine, clock, metrics, store, scans, lines });
  } finally {
    stop.abort();
    await done;
    unsubscribe();
    await rm(directory, { recursive: true });
  }
};

test('a failure of a time in which the clock was a year ahead is retried in time when the clock is right', () =>
  staged(async ({ engine, clock, scans }) => {
    clock.setWall(NEXT_YEAR);
    scans.failure = new ScanError('Unreachable', 'r.io does not answer');
    engine.enqueue(imageTarget(image.id), { priority: 'NeverScanned', by: 'shop' });
    await until('it failed', () => engine.failure(imageTarget(image.id)) !== undefined);
    clock.setWall(TODAY);
    assert.is(engine.lastScan(imageTarget(image.id)).failedAt, TODAY, 'just now');
    await clock.advance(MINUTE);
    await until('it is retried', () => scans.begun === 2);
  }));

test('a stored analysis is matched, and an image with an outdated one is analyzed again, once', () =>
  staged(async ({ engine, store, scans }) => {
    const scan = async (database: string) => {
      scans.matched.length = 0;
      const before = store.summary(image.id)?.scannedAt;
      engine.enqueue(imageTarget(image.id), { priority: 'Scheduled', by: 'shop' });
      await until(`it was scanned with ${database}`, () => store.summary(image.id)?.scannedAt !== before);
      return scans.matched;
    };
    await store.writeAnalysis(image.id, Buffer.from('of an earlier version'));
    scans.outdated = ['of an earlier version'];
    assert.equal(await scan('one'), ['of an earlier version', 'analysis 1']);
    assert.is(String(await store.readAnalysis(image.id)), 'analysis 1');
  }));

test('an analysis by another Trivy is replaced, and matched only if the image cannot be analyzed again', () =>
  staged(async ({ engine, store, scans, lines, clock }) => {
    const scan = async () => {
      scans.matched.length = 0;
      clock.advance(1_000);
      const before = store.summary(image.id)?.scannedAt;
      engine.enqueue(imageTarget(image.id), { priority: 'Scheduled', by: 'shop' });
      await until('it was scanned', () => store.summary(image.id)?.scannedAt !== before);
      return scans.matched;
    };
    await store.writeAnalysis(image.id, Buffer.from('by another Trivy'));
    scans.outdated = ['by another Trivy'];
    scans.isUsable = true;
    scans.failure = new ScanError('NotFound', 'r.io/app was deleted');
    assert.equal(await scan(), ['by another Trivy']);
    assert.is(engine.failure(imageTarget(image.id)), undefined);
    const line = lines.find(({ level }) => level === 'warn');
    assert.is(line?.msg, 'the image cannot be analyzed again: matching its stored analysis');
    assert.is(line?.reason, 'r.io/app was deleted');
    scans.failure = undefined;
    assert.equal(await scan(), ['analysis 2']);
  }));

test('an image whose new analysis cannot be matched either is a failure with the cure', () =>
  staged(async ({ engine, scans }) => {
    scans.outdated = ['analysis 1'];
    engine.enqueue(imageTarget(image.id), { priority: 'NeverScanned', by: 'shop' });
    await until('it failed', () => engine.failure(imageTarget(image.id)) !== undefined);
    const { reason, message } = engine.failure(imageTarget(image.id)) ?? {};
    assert.is(reason, 'ScannerFailed');
    assert.is(
      message,
      'its analysis is outdated: use one version of Trivy everywhere (--trivy, the image of Jobs, and the Trivy server)',
    );
    assert.equal(scans.matched, ['analysis 1']);
  }));

const MISSING = 'Secret shop/mine does not exist: create it';
const UNAUTHORIZED = new ScanError(
  'Unauthorized',
  'r.io/team/app: the registry answered 401; name a pull secret with credentials for r.io in spec.pullSecrets',
);

test('the log line of an image names the Secret that its ImageScan names in vain', () =>
  staged(async ({ engine, scans, lines }) => {
    scans.secretProblems = [MISSING];
    scans.failure = UNAUTHORIZED;
    engine.setImages('shop/nightly', { namespace: 'shop', pullSecrets: ['mine'], images: [image] });
    await engine.recheckCredentials('shop/nightly', []);
    engine.enqueue(imageTarget(image.id), { priority: 'NeverScanned', by: 'shop' });
    await until('it failed', () => engine.failure(imageTarget(image.id)) !== undefined);
    const line = lines.find(({ level }) => level === 'warn');
    assert.is(line?.msg, `scan failed: r.io/team/app: the registry answered 401; ${MISSING}`);
  }));

test('Secrets that a changed spec names are read at once, though no image is due, and once', () =>
  staged(async ({ engine, scans }) => {
    const spec = (...pullSecrets: string[]) => {
      engine.setImages('shop/nightly', { namespace: 'shop', pullSecrets, images: [image] });
      return engine.recheckCredentials('shop/nightly', [imageTarget(image.id)]);
    };
    assert.is(await spec(), false);
    assert.equal(scans.secretReads, []);
    scans.secretProblems = [MISSING];
    assert.is(await spec('mine'), true, 'it is checked again later');
    assert.equal(engine.unreadableSecrets('shop/nightly'), [MISSING]);
    scans.secretProblems = [];
    await spec('mine');
    await spec('mine');
    assert.equal(engine.unreadableSecrets('shop/nightly'), []);
    assert.equal(scans.secretReads, ['shop/mine', 'shop/mine'], 'not again once it is read');
    engine.rereadSecrets('shopping');
    await spec('mine');
    assert.is(scans.secretReads.length, 2);
    engine.rereadSecrets('shop');
    await spec('mine');
    await spec('mine', 'other');
    assert.equal(scans.secretReads.slice(2), ['shop/mine', 'shop/mine', 'shop/other']);
    scans.secretProblems = [MISSING];
    await spec('gone');
    assert.is(await spec(), false, 'no Secret is named any more');
    assert.equal(engine.unreadableSecrets('shop/nightly'), []);
  }));

test('an image without a database has the answer of its registry, also one that came later', () =>
  staged(async ({ engine, scans }) => {
    scans.failure = new ScanError('DatabaseMissing', 'there is no vulnerability database yet');
    engine.enqueue(imageTarget(image.id), { priority: 'NeverScanned', by: 'shop' });
    await until('it failed', () => engine.failure(imageTarget(image.id)) !== undefined);
    scans.noDatabase = '--trivy-db-repository r.io/db:2: the registry answered 404';
    engine.databaseChanged();
    assert.equal(engine.failure(imageTarget(image.id)), {
      reason: 'DatabaseMissing',
      message: scans.noDatabase,
      retries: true,
    });
    assert.is(scans.begun, 1, 'no scan is tried without a database');
    scans.noDatabase = undefined;
    scans.failure = undefined;
    engine.databaseChanged();
    await until('it is scanned', () => engine.failure(imageTarget(image.id)) === undefined && scans.begun === 2);
  }));

test('a requested rescan is passed on by the time of day', () =>
  staged(async ({ engine, clock, scans }) => {
    clock.setWall(TODAY);
    engine.rescanRequested(clock.now() - MINUTE);
    assert.equal(scans.rescans, [TODAY - MINUTE]);
  }));

for (const [what, failure, line] of [
  [
    'a failure',
    new ScanError('Unreachable', 'r.io does not answer'),
    ['warn', 'scan failed: r.io does not answer', 'Unreachable'],
  ],
  ['an unexpected error', new TypeError('x is not a function'), ['error', 'scan failed unexpectedly', undefined]],
] as const) {
  test(`${what} of a scan is one line of the log, which names the image`, () =>
    staged(async ({ engine, scans, lines }) => {
      scans.failure = failure;
      engine.enqueue(imageTarget(image.id), { priority: 'NeverScanned', by: 'shop' });
      await until('it failed', () => engine.failure(imageTarget(image.id)) !== undefined && lines.length > 0);
      assert.equal(
        lines.map(({ level, msg, reason, image: of }) => [level, msg, reason, of]),
        [[...line, imageKey(image.id)]],
      );
    }));
}

test('a failed lookup of a tag counts as a failed scan, and its log line names the ImageScan and the tag, each once', () =>
  staged(async ({ engine, metrics, lines }) => {
    const target = tagTarget('shop/nightly', 'r.io/team/api:2');
    engine.watchTags('shop/nightly', [target], new Map());
    engine.enqueue(target, { priority: 'NeverScanned', by: 'shop' });
    await until('it failed', () => engine.failure(target) !== undefined);
    assert.match(await metrics.metrics(), 'palisade_scans_total{result="failure",reason="NotAllowed"} 1');
    assert.equal(
      lines.map(({ imageScan, image: of, ms, reason, msg }) => ({ imageScan, of, ms, reason, msg })),
      [
        {
          imageScan: 'shop/nightly',
          of: target.reference,
          ms: 100,
          reason: 'NotAllowed',
          msg: 'scan failed: r.io is not an allowed registry',
        },
      ],
    );
  }));

test('a requested rescan is made once, even if the clock is set back while it runs', () =>
  staged(async ({ engine, clock, scans }) => {
    const scan = imageScan();
    const asking = { ...scan, metadata: { ...scan.metadata, annotations: { [RESCAN_ANNOTATION]: 'now' } } };
    const rescan = new RescanRequest();
    const due = () => {
      const request = rescan.pending(asking, clock.now());
      const occasion = { runs: true, now: clock.wall.now(), ...(request !== undefined && { request }) };
      return dueFor(engine.lastScan(imageTarget(image.id)), occasion);
    };
    const asked = due();
    assert.equal(asked, { priority: 'Requested', cause: 'now' });
    clock.setWall(Date.parse('2025-12-31T00:00:00Z'));
    engine.enqueue(imageTarget(image.id), { ...asked!, by: 'shop' });
    await until('it is done', () => engine.lastScan(imageTarget(image.id)).triedAt !== undefined);
    assert.is(due(), undefined);
    assert.is(scans.begun, 1);
  }));

test('an image that waits because its registry was asked to wait reports its own name', () =>
  staged(async ({ engine, scans }) => {
    const other = imageIn(2, 'team/web');
    const target = tagTarget('shop/nightly', 'r.io/team/api:2');
    const targets = [imageTarget(image.id), imageTarget(other.id), target];
    engine.setImages('shop/nightly', { namespace: 'shop', pullSecrets: [], images: [image, other] });
    engine.watchTags('shop/nightly', [target], new Map());
    scans.failure = new ScanError('RateLimited', 'r.io/team/app@sha256: too many requests', { registry: 'r.io' });
    for (const what of targets) engine.enqueue(what, { priority: 'NeverScanned', by: 'shop' });
    await until('all wait', () => engine.failure(target) !== undefined);
    assert.equal(
      targets.map((what) => engine.failure(what)?.message),
      [
        'r.io/team/app@sha256: too many requests',
        `r.io/team/web@${other.id.digest}: r.io asks clients to wait; the scan is retried later`,
        'r.io/team/api:2: r.io asks clients to wait; the scan is retried later',
      ],
    );
  }));

test.run();
