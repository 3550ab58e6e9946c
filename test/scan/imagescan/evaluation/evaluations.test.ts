import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan, ScanSpec } from '../../../../src/api/imagescan.ts';
import type { Enrichment } from '../../../../src/scan/findings/enrichment.ts';
import { Evaluations } from '../../../../src/scan/imagescan/evaluation/evaluations.ts';
import { SharedEvaluations } from '../../../../src/scan/imagescan/evaluation/shared-evaluations.ts';
import { type Compute, computeHere, TaskTooLarge } from '../../../../src/scan/threads/compute.ts';
import { readFiles } from '../../findings/read-enrichment.ts';
import { findingOf, imageOf, reportOf } from '../../store/samples.ts';
import { imageScan } from '../image-scan.ts';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const image = { id: imageOf(1), reference: 'r.io/a:1', repositories: [], pods: 1 };
const report = (more = {}) =>
  reportOf(image.id, {
    findings: [findingOf(3), findingOf(2, { severity: 'Critical' }), findingOf(1, { severity: 'Critical' })],
    ...more,
  });

/** A store with one report that can be replaced. */
const storeOf = (first = report()) => {
  const store = { report: first, reads: 0 };
  const summary = () => ({
    scannedAt: store.report.scannedAt,
    databaseUpdatedAt: store.report.database.updatedAt,
    scanner: store.report.scanner,
  });
  const readReportContent = async () => {
    store.reads += 1;
    return Buffer.from(JSON.stringify(store.report));
  };
  return Object.assign(store, { summary, readReportContent });
};

const scan = (uid: string, spec: ScanSpec = {}): ImageScan => {
  const one = imageScan(spec);
  return { ...one, metadata: { ...one.metadata, uid } };
};
const except = (id: string): ScanSpec => ({ exceptions: [{ id, status: 'not_affected', justification: 'x' }] });

/** The evaluations of several ImageScans that share them, by UID. */
const sharing = (
  store: ReturnType<typeof storeOf>,
  compute: Compute = computeHere,
  shared = new SharedEvaluations(),
) => {
  const byUid = new Map<string, Evaluations>();
  return (uid: string): Evaluations => {
    const evaluations = byUid.get(uid) ?? new Evaluations(store, compute, shared);
    byUid.set(uid, evaluations);
    return evaluations;
  };
};

const evaluationBy = async (of: (uid: string) => Evaluations, one: ImageScan, now = NOW) => {
  const { evaluations } = await of(one.metadata.uid).of(one, [image], now);
  const evaluation = evaluations.values().next().value;
  if (evaluation === undefined) throw new Error('there is no evaluation');
  return evaluation;
};
const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

test('the evaluation of an image is in memory once, however many ImageScans judge it alike', async () => {
  const store = storeOf();
  const of = sharing(store);
  const scans = Array.from({ length: 20 }, (_, n) => scan(`u${n}`));
  // Half of them at the same time: each reads the report, and the evaluation of one is kept.
  await Promise.all(scans.slice(0, 10).map((one) => evaluationBy(of, one)));
  const evaluated = [];
  for (const one of scans) evaluated.push(await evaluationBy(of, one));
  assert.is(new Set(evaluated).size, 1);
  assert.is(store.reads, 10);
  assert.equal(ids(evaluated[0]!.findings), ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3'], 'the most severe first');
});

test('exceptions suppress findings of their ImageScan alone', async () => {
  const of = sharing(storeOf());
  const plain = await evaluationBy(of, scan('a'));
  const without2 = await evaluationBy(of, scan('b', except('CVE-2026-2')));
  const without3 = await evaluationBy(of, scan('c', except('CVE-2026-3')));
  assert.equal(ids(plain.findings), ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3']);
  assert.equal(ids(without2.findings), ['CVE-2026-1', 'CVE-2026-3']);
  assert.equal(
    [without2, without3].map(({ criticals, suppressedCriticals }) => [criticals, suppressedCriticals]),
    [
      [['CVE-2026-1 in openssl'], ['CVE-2026-2 in openssl']],
      [['CVE-2026-1 in openssl', 'CVE-2026-2 in openssl'], []],
    ],
  );
  assert.equal(
    [plain, without2, without3].map(({ suppressed, counts }) => [suppressed, counts.Critical, counts.High]),
    [
      [0, 2, 1],
      [1, 1, 1],
      [1, 2, 0],
    ],
  );
});

const many = (count: number, severity: 'Critical' | 'High', from = 0) =>
  Array.from({ length: count }, (_, n) => findingOf(from + n, { package: `p${from + n}`, severity }));

test('of very many findings the counts are exact, and the worst fifty are in memory', async () => {
  const findings = [...many(3000, 'High'), ...many(10, 'Critical', 9000), findingOf(1, { package: 'p1', path: 'a' })];
  const { counts, distinct, ...evaluation } = await evaluationBy(sharing(storeOf(report({ findings }))), scan('a'));
  assert.equal([counts.Critical, counts.High, distinct], [10, 3001, 3010]);
  assert.is(evaluation.findings.length, 50);
  assert.equal(
    evaluation.findings.slice(0, 11).map(({ package: name }) => name),
    [...many(10, 'Critical', 9000).map((one) => one.package), 'p0'],
  );
});

test('the rows of several images are counted once each', async () => {
  const store = storeOf(report({ findings: many(200, 'High') }));
  const images = [1, 2].map((n) => ({ ...image, id: imageOf(n) }));
  const { distinct } = await sharing(store)('a').of(scan('a'), images, NOW);
  assert.is(distinct, 200);
});

test('so many critical findings that Events cannot know which are gone', async () => {
  const evaluate = async (count: number) =>
    await evaluationBy(sharing(storeOf(report({ findings: many(count, 'Critical') }))), scan('a'));
  const [few, all] = [await evaluate(500), await evaluate(501)];
  assert.equal([few.criticals.length, few.criticalsCut, few.counts.Critical], [500, undefined, 500]);
  assert.equal([all.criticals.length, all.criticalsCut, all.counts.Critical], [500, true, 501]);
});

test('new critical findings are among those that Events know, however many there are', async () => {
  const findings = many(700, 'Critical').map((one, i) => ({ ...one, ...(i % 100 === 99 && { isNew: true as const }) }));
  const news = findings.flatMap(({ id, package: name, isNew }) => (isNew ? [`${id} in ${name}`] : []));
  const { criticals } = await evaluationBy(sharing(storeOf(report({ findings }))), scan('a'));
  assert.equal(criticals.slice(0, 7).toSorted(), news.toSorted());
});

test('beyond the limit of a namespace, an evaluation has its counts and its worst findings alone', async () => {
  const findings = many(300, 'Critical');
  const [first, second] = [1, 2].map((n) => ({ ...image, id: imageOf(n) }));
  const shared = new SharedEvaluations({ ofNamespace: 20_000, total: 2 ** 20 });
  const of = sharing(storeOf(report({ findings })), computeHere, shared);
  const { evaluations, distinct } = await of('a').of(scan('a'), [first!, second!], NOW);
  assert.equal(
    [...evaluations.values()].map(({ counts, criticals, criticalsCut, numbers, ...more }) => [
      counts.Critical,
      criticals.length,
      criticalsCut,
      numbers?.length,
      more.findings.length,
    ]),
    [
      [300, 300, undefined, 300, 50],
      [300, 50, true, undefined, 50],
    ],
  );
  assert.is(distinct, 600, 'the second counts by itself');
  of('a').forget();
  assert.is(shared.bytes(), 0, 'nothing is left behind');
});

test('a report that is too large to be evaluated is a failure of its image alone', async () => {
  const compute: Compute = async (name, input) => {
    if (name === 'evaluate') throw new TaskTooLarge('too large');
    return await (computeHere(name, input) as never);
  };
  const store = storeOf();
  const evaluations = sharing(store, compute)('a');
  for (let looks = 0; looks < 2; looks += 1) {
    const { failures, ...found } = await evaluations.of(scan('a'), [image], NOW);
    assert.equal([found.evaluations.size, found.distinct], [0, 0]);
    assert.equal(
      [...failures.values()].map(({ reason, retries }) => [reason, retries]),
      [['TooLarge', false]],
    );
    assert.match([...failures.values()][0]!.message, 'r.io/a:1 (sha256:1111');
  }
  assert.is(store.reads, 1, 'it is not tried again');
});

test('whether a finding is new is by the report, not by its times', async () => {
  const at = '2026-01-01T00:00:00Z';
  const findings = [findingOf(1, { firstSeenAt: at }), findingOf(2, { firstSeenAt: at, isNew: true })];
  const evaluation = await evaluationBy(sharing(storeOf(report({ scannedAt: at, findings }))), scan('a'));
  assert.is(evaluation.new, 1);
});

test('a report is read once per ImageScan, and again when it or the spec has changed', async () => {
  const store = storeOf();
  const of = sharing(store);
  await evaluationBy(of, scan('a'));
  await evaluationBy(of, scan('a'));
  assert.is(store.reads, 1);
  const one = scan('a', except('CVE-2026-1'));
  const changed = { ...one, metadata: { ...one.metadata, generation: 4 } };
  assert.equal(ids((await evaluationBy(of, changed)).findings), ['CVE-2026-2', 'CVE-2026-3']);
  assert.is(store.reads, 2);
  store.report = report({ scannedAt: '2026-01-01T00:00:01Z', findings: [findingOf(9)] });
  assert.equal(ids((await evaluationBy(of, changed)).findings), ['CVE-2026-9']);
  assert.is(store.reads, 3);
});

test('the evaluation of an older report is kept until the ImageScan is evaluated again', async () => {
  const store = storeOf();
  const of = sharing(store);
  const old = await evaluationBy(of, scan('a'));
  store.report = report({ scannedAt: '2026-01-01T00:00:01Z', findings: [findingOf(9)] });
  const other = await evaluationBy(of, scan('b'));
  of('b').forget();
  const again = await evaluationBy(of, scan('a'));
  assert.equal([ids(old.findings), ids(again.findings)], [['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3'], ['CVE-2026-9']]);
  assert.is.not(again, other, 'nothing held that');
});

test('an evaluation keeps as much advice as the status shows', async () => {
  const findings = Array.from({ length: 300 }, (_, n) =>
    findingOf(n, { package: `p${n}`, installed: `${n}`, severity: 'Critical' }),
  );
  const { advice, adviceOmitted } = await evaluationBy(sharing(storeOf(report({ findings }))), scan('a'));
  assert.equal([advice.length, adviceOmitted], [10, 290]);
});

test('an exception that expired by a clock that was ahead holds again when the clock is right', async () => {
  const store = storeOf();
  const of = sharing(store);
  const expiresAt = '2026-06-01T00:00:00Z';
  const one = scan('a', { exceptions: [{ id: 'CVE-2026-2', status: 'fixed', expiresAt }] });
  const suppressed = async (now: number) => (await evaluationBy(of, one, now)).suppressed;
  assert.is(await suppressed(Date.parse('2027-01-01T00:00:00Z')), 0);
  assert.is(await suppressed(NOW), 1);
  assert.is(await suppressed(NOW - 1000), 1);
  assert.is(store.reads, 2, 'a second makes no difference');
});

test('another enrichment is another evaluation of the same report, and changes the order of its findings', async () => {
  const [first = findingOf(1), second = findingOf(2)] = [1, 2].map((n) => ({
    ...findingOf(n, { severity: 'Critical' }),
    id: `CVE-2026-000${n}`,
  }));
  const store = storeOf(report({ findings: [first, second] }));
  let enrichment: Enrichment | undefined;
  const evaluations = new Evaluations(store, computeHere, new SharedEvaluations(), () => enrichment);
  const one = scan('u');
  const rows = async () =>
    (await evaluationBy(() => evaluations, one)).findings.map(({ id, epss, knownExploited }) => [
      id,
      epss,
      knownExploited,
    ]);
  assert.equal(await rows(), [
    ['CVE-2026-0001', undefined, undefined],
    ['CVE-2026-0002', undefined, undefined],
  ]);
  const kev = JSON.stringify({ vulnerabilities: [{ cveID: 'CVE-2026-0002' }] });
  enrichment = readFiles('a', { epss: 'cve,epss\nCVE-2026-0001,0.5', kev });
  const expected = [
    ['CVE-2026-0002', undefined, true],
    ['CVE-2026-0001', 0.5, undefined],
  ];
  assert.equal(await rows(), expected);
  assert.equal(await rows(), expected);
  assert.is(store.reads, 2, 'the report is read once for each');
});

test('with failOnKnownExploited, KEV decides by any identifier and after exceptions, and is shown first', async () => {
  const low = findingOf(1, { severity: 'Low', aliases: ['CVE-2026-0007'] });
  const findings = [low, ...Array.from({ length: 60 }, (_, n) => findingOf(n + 2, { severity: 'Critical' }))];
  const kev = JSON.stringify({ dateReleased: '2026-01-01T00:00:00Z', vulnerabilities: [{ cveID: 'CVE-2026-0007' }] });
  let enrichment: Enrichment | undefined = readFiles('a', { kev });
  const store = storeOf(report({ findings }));
  const evaluations = new Evaluations(store, computeHere, new SharedEvaluations(), () => enrichment);
  const evaluated = (spec: object) => evaluationBy(() => evaluations, scan('u', { failOn: 'None', ...spec }));
  assert.is((await evaluated({})).blocking, 0);
  const asked = await evaluated({ failOnKnownExploited: true });
  assert.equal([asked.blocking, asked.findings.length, asked.findings[0]?.id], [1, 50, low.id]);
  const exceptions = [{ id: 'CVE-2026-0007', status: 'not_affected', justification: 'not reached' }];
  assert.is((await evaluated({ failOnKnownExploited: true, exceptions })).blocking, 0);
  const kevOf = async () => (await evaluations.of(scan('u'), [image], NOW)).kev;
  assert.equal(await kevOf(), { releasedAt: Date.parse('2026-01-01T00:00:00Z') });
  enrichment = undefined;
  assert.is(await kevOf(), undefined);
  assert.is((await evaluated({ failOnKnownExploited: true })).blocking, 0);
});

test.run();
