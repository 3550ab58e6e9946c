import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageView } from '../../../../src/scan/imagescan/evaluation/evaluation.ts';
import { type Circumstances, type Telling, tell } from '../../../../src/scan/imagescan/events/events.ts';
import { imageLook, imageView, lookAt, viewedFinding } from '../observation.ts';

/** Without the topic, which is the note. */
const told = ({ entries }: Telling) => entries.map(({ topic: _, ...entry }) => entry);
const usual: Circumstances = { failOn: 'Critical', endingSoon: [], ended: [] };
const high = viewedFinding({ id: 'CVE-2', severity: 'High' });
const clean = lookAt([imageLook('a', { view: imageView([high]) })]);
const bad = lookAt([
  imageLook('a', { view: imageView([viewedFinding(), high]) }),
  imageLook('b', { view: imageView([viewedFinding()]) }),
]);
const failed = lookAt([imageLook('a', { failure: { reason: 'NotFound', message: 'a: is not there', retries: true } })]);

test('what stalls an ImageScan is told once, and again when it is another cause', () => {
  const stalled = (message: string) => lookAt([], { stalled: [{ reason: 'InvalidSchedule', message }] });
  const first = tell([], stalled('minute 61 is not between 0 and 59'), usual);
  assert.equal(told(first), [
    { type: 'Warning', reason: 'InvalidSchedule', action: 'Scan', note: 'minute 61 is not between 0 and 59' },
  ]);
  assert.equal(tell(first.told, stalled('minute 61 is not between 0 and 59'), usual).entries, []);
  assert.is(tell(first.told, stalled('31 February is no day'), usual).entries.length, 1);
  const mended = tell(first.told, lookAt([]), usual);
  assert.is(tell(mended.told, stalled('minute 61 is not between 0 and 59'), usual).entries.length, 1);
});

test('a critical finding is told once, however many images have it, and that the images are not compliant', () => {
  const first = tell([], bad, usual);
  assert.equal(told(first), [
    { type: 'Warning', reason: 'NewCriticalFinding', action: 'Scan', note: 'CVE-2099-0001 in openssl' },
    {
      type: 'Warning',
      reason: 'NotCompliant',
      action: 'Scan',
      note: 'there are findings of severity Critical or above',
    },
  ]);
  assert.equal(tell(first.told, bad, usual).entries, []);
});

test('what is gone is fixed, once', () => {
  const before = tell([], bad, usual).told;
  const after = tell(before, clean, usual);
  assert.equal(told(after), [
    { type: 'Normal', reason: 'Fixed', action: 'Scan', note: 'no longer found: CVE-2099-0001 in openssl' },
    { type: 'Normal', reason: 'Compliant', action: 'Scan', note: 'no finding of severity Critical or above' },
  ]);
  assert.equal(tell(after.told, clean, usual).entries, []);
});

test('nothing is fixed, and nothing compliant, while an image has no result', () => {
  const before = tell([], bad, usual).told;
  const pending = lookAt([imageLook('a', { view: imageView([high]) }), imageLook('b')]);
  const during = tell(before, pending, usual);
  assert.equal(during.entries, []);
  assert.equal(tell(during.told, bad, usual).entries, []);
});

test('a failed scan is told once for each reason, and again when it fails anew', () => {
  const first = tell([], failed, usual);
  assert.equal(told(first), [
    { type: 'Warning', reason: 'ScanFailed', action: 'Scan', note: 'NotFound: a: is not there' },
  ]);
  assert.equal(tell(first.told, failed, usual).entries, []);
  const between = tell(first.told, clean, usual);
  assert.is(tell(between.told, failed, usual).entries[0]?.reason, 'ScanFailed');
});

test('an exception that ends soon is told once', () => {
  const endingSoon = [{ id: 'CVE-1', package: 'zlib', status: 'fixed', expiresAt: '2026-01-05T00:00:00Z' } as const];
  const first = tell([], lookAt([]), { ...usual, endingSoon });
  assert.equal(
    first.entries.map(({ reason, note }) => [reason, note]),
    [['ExceptionExpires', 'the exception for CVE-1 zlib ends at 2026-01-05T00:00:00Z: then its findings count again']],
  );
  assert.equal(tell(first.told, lookAt([]), { ...usual, endingSoon }).entries, []);
});

test('an exception that ended is told once, also when nobody looked before it ended', () => {
  const one = { id: 'CVE-1', package: 'zlib', status: 'fixed', expiresAt: '2026-01-05T00:00:00Z' } as const;
  const first = tell([], lookAt([]), { ...usual, ended: [one] });
  assert.equal(told(first), [
    {
      type: 'Warning',
      reason: 'ExceptionEnded',
      action: 'Scan',
      note: 'the exception for CVE-1 zlib ended at 2026-01-05T00:00:00Z: its findings count again',
    },
  ]);
  assert.equal(tell(first.told, lookAt([]), { ...usual, ended: [one] }).entries, []);
  const warned = tell([], lookAt([]), { ...usual, endingSoon: [one] });
  assert.is(tell(warned.told, lookAt([]), { ...usual, ended: [one] }).entries[0]?.reason, 'ExceptionEnded');
  const again = { ...one, expiresAt: '2026-02-05T00:00:00Z' };
  assert.is(tell(first.told, lookAt([]), { ...usual, ended: [again] }).entries.length, 1, 'extended, and ended again');
});

test('many exceptions that ended are one Event', () => {
  const ended = [...Array(12).keys()].map(
    (i) => ({ id: `CVE-${i + 10}`, status: 'fixed', expiresAt: 'then' }) as const,
  );
  assert.equal(
    tell([], lookAt([]), { ...usual, ended }).entries.map(({ note }) => note),
    [
      '12 exceptions ended, and their findings count again: CVE-10, CVE-11, CVE-12, CVE-13, CVE-14, CVE-15, CVE-16, CVE-17, CVE-18, CVE-19 and 2 more',
    ],
  );
});

test('what was told before is unknown: it is remembered, not told', () => {
  const first = tell([], bad, { ...usual, lost: true });
  assert.equal(first.entries, []);
  assert.equal(tell(first.told, bad, usual).entries, []);
});

test('what was told before is unknown, and so are the results: nothing is told until each image is looked at again', () => {
  const [a] = bad.images;
  let { told: known, entries } = tell([], lookAt([imageLook('a'), imageLook('b')]), { ...usual, lost: true });
  const all = [...entries];
  for (const look of [lookAt([a!, imageLook('b')]), bad, bad]) {
    ({ told: known, entries } = tell(known, look, usual));
    all.push(...entries);
  }
  assert.equal(all, []);
  const worse = lookAt([a!, imageLook('b', { view: imageView([viewedFinding(), viewedFinding({ id: 'CVE-9' })]) })]);
  assert.equal(
    tell(known, worse, usual).entries.map(({ note }) => note),
    ['CVE-9 in openssl'],
    'and then what is new is told',
  );
});

test('a critical finding that an exception takes out is not fixed, and no news when the exception ends', () => {
  const before = tell([], bad, usual).told;
  const suppressed = lookAt([
    imageLook('a', { view: imageView([high], { suppressedCriticals: [viewedFinding()] }) }),
    imageLook('b', { view: imageView([], { suppressedCriticals: [viewedFinding()] }) }),
  ]);
  const during = tell(before, suppressed, usual);
  assert.equal(
    during.entries.map(({ reason }) => reason),
    ['Compliant'],
  );
  assert.equal(
    tell(during.told, bad, usual).entries.map(({ reason }) => reason),
    ['NotCompliant'],
  );
});

test('one Event names ten findings and how many more', () => {
  const findings = Array.from({ length: 12 }, (_, i) => viewedFinding({ id: `CVE-${String(i).padStart(2, '0')}` }));
  const [first] = tell([], lookAt([imageLook('a', { view: imageView(findings) })]), usual).entries;
  assert.match(first?.note ?? '', /^CVE-00 in openssl, .*CVE-09 in openssl and 2 more$/);
});

const criticals = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => viewedFinding({ id: `CVE-${String(from + i).padStart(6, '0')}` }));
const withCriticals = (from: number, to: number, more: Partial<ImageView> = {}) =>
  lookAt([imageLook('a', { view: imageView(criticals(from, to), more) })]);
const notes = ({ entries }: Telling) => entries.map(({ reason, note }) => `${reason}: ${note}`);

test('thousands of critical findings are told once each, and what is kept of them is bounded', () => {
  let told = tell([], withCriticals(0, 5_000), usual).told;
  assert.equal(notes(tell(told, withCriticals(0, 5_000), usual)), []);
  assert.is(told.length, 2_002, 'the text of 2000, one of hashes, and whether it complies');
  const bytes = told.join().length;
  assert.ok(bytes < 130_000, `${bytes} bytes`);

  const more = tell(told, withCriticals(0, 5_001), usual);
  assert.equal(notes(more), ['NewCriticalFinding: CVE-005000 in openssl']);
  told = more.told;
  assert.equal(notes(tell(told, withCriticals(0, 5_001), usual)), []);

  const fewer = tell(told, withCriticals(1, 4_998), usual);
  assert.equal(notes(fewer), ['Fixed: no longer found: CVE-000000 in openssl and 3 more']);
  told = fewer.told;
  assert.equal(notes(tell(told, withCriticals(1, 4_998), usual)), []);
  assert.match(
    tell(told, withCriticals(1, 4_990), usual).entries[0]?.note ?? '',
    /^no longer found: 8 critical findings$/,
  );

  const again = tell(told, withCriticals(0, 4_999), usual);
  assert.match(again.entries[0]?.note ?? '', /^CVE-000000 in openssl, CVE-004998 in openssl$/);
});

test('those of thousands that exceptions take out, or whose image has no result now, are neither fixed nor told again', () => {
  const { told } = tell([], withCriticals(0, 5_000), usual);
  const suppressed = tell(told, withCriticals(0, 4_000, { suppressedCriticals: criticals(4_000, 5_000) }), usual);
  assert.equal(notes(suppressed), []);
  const pending = tell(suppressed.told, lookAt([imageLook('a')]), usual);
  assert.equal(notes(pending), []);
  assert.equal(notes(tell(pending.told, withCriticals(0, 5_000), usual)), []);
});

test('those of thousands that are left are named as soon as there is room', () => {
  const { told } = tell([], withCriticals(0, 3_000), usual);
  const left = tell(told, withCriticals(2_500, 3_000), usual);
  assert.match(
    tell(left.told, withCriticals(2_501, 3_000), usual).entries[0]?.note ?? '',
    /^no longer found: CVE-002500 in openssl$/,
  );
});

test('a critical finding of a package with a name of megabytes is told once, and its name is not kept', () => {
  const long = lookAt([imageLook('a', { view: imageView([viewedFinding({ package: 'x'.repeat(2 ** 20) })]) })]);
  const { told } = tell([], long, usual);
  assert.ok(told.join().length < 100);
  assert.equal(notes(tell(told, long, usual)), []);
});

test('with more than can be kept, nothing is told again and again', () => {
  const all = withCriticals(0, 103_000);
  const { told } = tell([], all, usual);
  assert.is(told.find((text) => text.startsWith('hashes'))?.length, 'hashes\t'.length + 100_000 * 12);
  assert.equal(notes(tell(told, all, usual)), []);
});

test.run();
