import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan, ScanSpec } from '../../../../src/api/imagescan.ts';
import { Evaluations } from '../../../../src/scan/imagescan/evaluation/evaluations.ts';
import { SharedFindings } from '../../../../src/scan/imagescan/evaluation/shared-findings.ts';
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
  const readReport = async () => {
    store.reads += 1;
    return structuredClone(store.report);
  };
  return Object.assign(store, { summary, readReport });
};

const scan = (uid: string, spec: ScanSpec = {}): ImageScan => {
  const one = imageScan(spec);
  return { ...one, metadata: { ...one.metadata, uid } };
};
const except = (id: string): ScanSpec => ({ exceptions: [{ id, status: 'not_affected', justification: 'x' }] });

/** The evaluations of several ImageScans that share findings, by UID. */
const sharing = (store: ReturnType<typeof storeOf>) => {
  const findings = new SharedFindings();
  const byUid = new Map<string, Evaluations>();
  return (uid: string): Evaluations => {
    const evaluations = byUid.get(uid) ?? new Evaluations(store, findings);
    byUid.set(uid, evaluations);
    return evaluations;
  };
};

const evaluationBy = async (of: (uid: string) => Evaluations, one: ImageScan, now = NOW) => {
  const evaluation = (await of(one.metadata.uid).of(one, [image], now)).values().next().value;
  if (evaluation === undefined) throw new Error('there is no evaluation');
  return evaluation;
};
const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

test('the findings of an image are in memory once, however many ImageScans have the image', async () => {
  const of = sharing(storeOf());
  const scans = Array.from({ length: 20 }, (_, n) => scan(`u${n}`));
  // Half of them at the same time: each reads the report, and the findings of one are kept.
  await Promise.all(scans.slice(0, 10).map((one) => evaluationBy(of, one)));
  const evaluated = [];
  for (const one of scans) evaluated.push(await evaluationBy(of, one));
  assert.is(new Set(evaluated.map(({ findings }) => findings)).size, 1);
  assert.equal(ids(evaluated[0]!.findings), ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3'], 'the most severe first');
});

test('exceptions suppress findings of their ImageScan alone, and the other findings are the same objects', async () => {
  const of = sharing(storeOf());
  const plain = await evaluationBy(of, scan('a'));
  const without2 = await evaluationBy(of, scan('b', except('CVE-2026-2')));
  const without3 = await evaluationBy(of, scan('c', except('CVE-2026-3')));
  assert.equal(ids(without2.findings), ['CVE-2026-1', 'CVE-2026-3']);
  assert.equal([ids(without2.suppressedCriticals), ids(without3.suppressedCriticals)], [['CVE-2026-2'], []]);
  assert.equal(
    [plain, without2, without3].map(({ suppressed, counts }) => [suppressed, counts.Critical, counts.High]),
    [
      [0, 2, 1],
      [1, 1, 1],
      [1, 2, 0],
    ],
  );
  assert.is(without2.findings[0], plain.findings[0]);
  assert.is(without3.findings[1], plain.findings[1]);
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

test('an older report is kept until the ImageScan is evaluated again', async () => {
  const store = storeOf();
  const of = sharing(store);
  const old = await evaluationBy(of, scan('a'));
  store.report = report({ scannedAt: '2026-01-01T00:00:01Z', findings: [findingOf(9)] });
  const other = await evaluationBy(of, scan('b'));
  of('b').forget();
  const again = await evaluationBy(of, scan('a'));
  assert.equal([ids(old.findings), ids(again.findings)], [['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3'], ['CVE-2026-9']]);
  assert.is.not(again.findings, other.findings, 'nothing held those');
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

test.run();
