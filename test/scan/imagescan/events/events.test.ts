import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Evaluation } from '../../../../src/scan/imagescan/evaluation/evaluation.ts';
import {
  criticalKey,
  emittedBefore,
  MAX_CRITICALS,
  NO_EVENTS,
} from '../../../../src/scan/imagescan/events/emitted-events.ts';
import { EVENT_REASONS } from '../../../../src/scan/imagescan/events/event-reasons.ts';
import {
  type Circumstances,
  type ComputedEvents,
  computeEvents,
} from '../../../../src/scan/imagescan/events/events.ts';
import { STALLS, type StallReason } from '../../../../src/scan/imagescan/status/reasons.ts';
import { computeStatus } from '../../../../src/scan/imagescan/status/status.ts';
import { imageScan } from '../image-scan.ts';
import { evaluatedFinding, evaluationOf, observationOf, observedImage } from '../observation.ts';

/** Without the topic, which is the note. */
const withoutTopic = ({ events }: ComputedEvents) => events.map(({ topic: _, ...event }) => event);
const NOW = Date.parse('2026-01-02T12:00:00Z');
const usual: Circumstances = { spec: {}, now: NOW, expiring: [], expired: [] };
const high = evaluatedFinding({ id: 'CVE-2', severity: 'High' });
const clean = observationOf([observedImage('a', { evaluation: evaluationOf([high]) })]);
const bad = observationOf([
  observedImage('a', { evaluation: evaluationOf([evaluatedFinding(), high]) }),
  observedImage('b', { evaluation: evaluationOf([evaluatedFinding()]) }),
]);
const failed = observationOf([
  observedImage('a', { failure: { reason: 'NotFound', message: 'a: is not there', retries: true } }),
]);

test('what stalls an ImageScan is emitted once, and again with another cause', () => {
  const stalled = (message: string) => observationOf([], { stalled: [{ reason: 'InvalidSchedule', message }] });
  const first = computeEvents(NO_EVENTS, stalled('minute 61 is not between 0 and 59'), usual);
  assert.equal(withoutTopic(first), [
    { type: 'Warning', reason: 'InvalidSchedule', action: 'Scan', note: 'minute 61 is not between 0 and 59' },
  ]);
  assert.equal(computeEvents(first.emitted, stalled('minute 61 is not between 0 and 59'), usual).events, []);
  assert.is(computeEvents(first.emitted, stalled('31 February is no day'), usual).events.length, 1);
  const mended = computeEvents(first.emitted, observationOf([]), usual);
  assert.is(computeEvents(mended.emitted, stalled('minute 61 is not between 0 and 59'), usual).events.length, 1);
});

test('after a change of the leader that lost the record, a failure that the status shows is not emitted again', () => {
  const pending = observationOf([observedImage('a', {})]);
  const waiting = observationOf([
    observedImage('a', { failure: { reason: 'DatabaseMissing', message: 'no database', retries: true } }),
  ]);
  const scan = imageScan();
  const status = computeStatus(scan, failed, Date.parse('2026-01-02T12:00:00Z'));
  let emitted = emittedBefore(status, pending);
  for (const observation of [pending, waiting, pending, failed, failed]) {
    const computed = computeEvents(emitted, observation, usual);
    assert.equal(computed.events, []);
    emitted = computed.emitted;
  }
  const otherwise = observationOf([
    observedImage('a', { failure: { reason: 'Unauthorized', message: 'a: other credentials', retries: false } }),
    observedImage('b', { failure: { reason: 'NotFound', message: 'b: is not there', retries: true } }),
  ]);
  assert.equal(
    computeEvents(emitted, otherwise, usual).events.map(({ note }) => note),
    ['Unauthorized: a: other credentials', 'NotFound: b: is not there'],
  );
  // Once it was scanned, the next failure is news.
  const mended = computeEvents(emitted, clean, usual);
  assert.is(
    computeEvents(mended.emitted, failed, usual).events.filter(({ reason }) => reason === 'ScanFailed').length,
    1,
  );
  assert.equal(emittedBefore(undefined, pending), NO_EVENTS);
});

test('after such a change, a stall that the status shows is not emitted again, and another one is', () => {
  const stalled = (...messages: string[]) =>
    observationOf([], { stalled: messages.map((message) => ({ reason: 'InvalidSchedule', message })) });
  const status = computeStatus(imageScan(), stalled('minute 61 is wrong'), Date.parse('2026-01-02T12:00:00Z'));
  const now = stalled('minute 61 is wrong', 'the time zone is unknown');
  const { events } = computeEvents(emittedBefore(status, now), now, usual);
  assert.equal(
    events.map(({ note }) => note),
    ['the time zone is unknown'],
  );
});

test('an Event has the type of its reason: Normal is good news', () => {
  const normal = Object.entries(EVENT_REASONS).filter(([, { type }]) => type === 'Normal');
  assert.equal(
    normal.map(([reason]) => reason),
    ['Fixed', 'Compliant'],
  );
});

for (const reason of Object.keys(STALLS) as StallReason[]) {
  test(`an ImageScan that ${reason} stalls has an Event of that reason`, () => {
    const { events } = computeEvents(NO_EVENTS, observationOf([], { stalled: [{ reason, message: 'why' }] }), usual);
    assert.equal(events, [{ type: 'Warning', reason, action: 'Scan', note: 'why', topic: 'why' }]);
  });
}

test('a critical finding is emitted once, however many images have it, and that the images are not compliant', () => {
  const first = computeEvents(NO_EVENTS, bad, usual);
  assert.equal(withoutTopic(first), [
    { type: 'Warning', reason: 'NewCriticalFinding', action: 'Scan', note: 'CVE-2099-0001 in openssl' },
    {
      type: 'Warning',
      reason: 'NotCompliant',
      action: 'Scan',
      note: 'there are findings of severity Critical',
    },
  ]);
  assert.equal(computeEvents(first.emitted, bad, usual).events, []);
});

test('a critical finding that is gone is fixed, once', () => {
  const before = computeEvents(NO_EVENTS, bad, usual).emitted;
  const after = computeEvents(before, clean, usual);
  assert.equal(withoutTopic(after), [
    { type: 'Normal', reason: 'Fixed', action: 'Scan', note: 'no longer found: CVE-2099-0001 in openssl' },
    { type: 'Normal', reason: 'Compliant', action: 'Scan', note: 'no finding of severity Critical' },
  ]);
  assert.equal(computeEvents(after.emitted, clean, usual).events, []);
});

test('nothing is fixed, and nothing compliant, while an image has no result', () => {
  const before = computeEvents(NO_EVENTS, bad, usual).emitted;
  const pending = observationOf([observedImage('a', { evaluation: evaluationOf([high]) }), observedImage('b')]);
  const during = computeEvents(before, pending, usual);
  assert.equal(during.events, []);
  assert.equal(computeEvents(during.emitted, bad, usual).events, []);
});

test('a failed scan is emitted once for each reason, and again when it fails again', () => {
  const first = computeEvents(NO_EVENTS, failed, usual);
  assert.equal(withoutTopic(first), [
    { type: 'Warning', reason: 'ScanFailed', action: 'Scan', note: 'NotFound: a: is not there' },
  ]);
  assert.equal(computeEvents(first.emitted, failed, usual).events, []);
  const between = computeEvents(first.emitted, clean, usual);
  assert.is(computeEvents(between.emitted, failed, usual).events[0]?.reason, 'ScanFailed');
});

test('an exception that expires soon is emitted once', () => {
  const expiring = [{ id: 'CVE-1', package: 'zlib', status: 'fixed', expiresAt: '2026-01-05T00:00:00Z' } as const];
  const first = computeEvents(NO_EVENTS, observationOf([]), { ...usual, expiring });
  assert.equal(
    first.events.map(({ reason, note }) => [reason, note]),
    [
      [
        'ExceptionExpires',
        'the exception for CVE-1 zlib expires at 2026-01-05T00:00:00Z; its findings count again from then on',
      ],
    ],
  );
  assert.equal(computeEvents(first.emitted, observationOf([]), { ...usual, expiring }).events, []);
});

test('an exception that expired is emitted once, also without a notice before', () => {
  const one = { id: 'CVE-1', package: 'zlib', status: 'fixed', expiresAt: '2026-01-05T00:00:00Z' } as const;
  const first = computeEvents(NO_EVENTS, observationOf([]), { ...usual, expired: [one] });
  assert.equal(withoutTopic(first), [
    {
      type: 'Warning',
      reason: 'ExceptionEnded',
      action: 'Scan',
      note: 'the exception for CVE-1 zlib expired at 2026-01-05T00:00:00Z; its findings count again',
    },
  ]);
  assert.equal(computeEvents(first.emitted, observationOf([]), { ...usual, expired: [one] }).events, []);
  const warned = computeEvents(NO_EVENTS, observationOf([]), { ...usual, expiring: [one] });
  assert.is(
    computeEvents(warned.emitted, observationOf([]), { ...usual, expired: [one] }).events[0]?.reason,
    'ExceptionEnded',
  );
  const again = { ...one, expiresAt: '2026-02-05T00:00:00Z' };
  assert.is(
    computeEvents(first.emitted, observationOf([]), { ...usual, expired: [again] }).events.length,
    1,
    'extended, and ended again',
  );
});

test('many exceptions that expired are one Event', () => {
  const expired = [...Array(12).keys()].map(
    (i) => ({ id: `CVE-${i + 10}`, status: 'fixed', expiresAt: 'then' }) as const,
  );
  assert.equal(
    computeEvents(NO_EVENTS, observationOf([]), { ...usual, expired }).events.map(({ note }) => note),
    [
      '12 exceptions expired; their findings count again: CVE-10, CVE-11, CVE-12, CVE-13, CVE-14, CVE-15, CVE-16, CVE-17, CVE-18, CVE-19 and 2 more',
    ],
  );
});

test('the emitted Events are lost: they are recorded, not emitted', () => {
  const first = computeEvents(NO_EVENTS, bad, { ...usual, lost: true });
  assert.equal(first.events, []);
  assert.equal(computeEvents(first.emitted, bad, usual).events, []);
});

test('the emitted Events and the results are lost: nothing is emitted until each image is scanned again', () => {
  const [a] = bad.images;
  let { emitted: known, events } = computeEvents(NO_EVENTS, observationOf([observedImage('a'), observedImage('b')]), {
    ...usual,
    lost: true,
  });
  const all = [...events];
  for (const observation of [observationOf([a!, observedImage('b')]), bad, bad]) {
    ({ emitted: known, events } = computeEvents(known, observation, usual));
    all.push(...events);
  }
  assert.equal(all, []);
  const worse = observationOf([
    a!,
    observedImage('b', { evaluation: evaluationOf([evaluatedFinding(), evaluatedFinding({ id: 'CVE-9' })]) }),
  ]);
  assert.equal(
    computeEvents(known, worse, usual).events.map(({ note }) => note),
    ['CVE-9 in openssl'],
    'and then new findings are emitted',
  );
});

test('a suppressed critical finding is not fixed, and not new when its exception expires', () => {
  const before = computeEvents(NO_EVENTS, bad, usual).emitted;
  const suppressed = observationOf([
    observedImage('a', {
      evaluation: evaluationOf([high], { suppressedCriticals: [criticalKey(evaluatedFinding())] }),
    }),
    observedImage('b', { evaluation: evaluationOf([], { suppressedCriticals: [criticalKey(evaluatedFinding())] }) }),
  ]);
  const during = computeEvents(before, suppressed, usual);
  assert.equal(
    during.events.map(({ reason }) => reason),
    ['Compliant'],
  );
  assert.equal(
    computeEvents(during.emitted, bad, usual).events.map(({ reason }) => reason),
    ['NotCompliant'],
  );
});

test('one Event names ten findings and how many more', () => {
  const findings = Array.from({ length: 12 }, (_, i) => evaluatedFinding({ id: `CVE-${String(i).padStart(2, '0')}` }));
  const [first] = computeEvents(
    NO_EVENTS,
    observationOf([observedImage('a', { evaluation: evaluationOf(findings) })]),
    usual,
  ).events;
  assert.match(first?.note ?? '', /^CVE-00 in openssl, .*CVE-09 in openssl and 2 more$/);
});

const criticals = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => evaluatedFinding({ id: `CVE-${String(from + i).padStart(6, '0')}` }));
const withCriticals = (from: number, to: number, more: Partial<Evaluation> = {}) =>
  observationOf([observedImage('a', { evaluation: evaluationOf(criticals(from, to), more) })]);
const notes = ({ events }: ComputedEvents) => events.map(({ reason, note }) => `${reason}: ${note}`);

test('thousands of critical findings are emitted once each, and their record is bounded', () => {
  let emitted = computeEvents(NO_EVENTS, withCriticals(0, 5_000), usual).emitted;
  assert.equal(notes(computeEvents(emitted, withCriticals(0, 5_000), usual)), []);
  const bytes = JSON.stringify(emitted).length;
  assert.ok(bytes < 130_000, `${bytes} bytes`);

  const more = computeEvents(emitted, withCriticals(0, 5_001), usual);
  assert.equal(notes(more), ['NewCriticalFinding: CVE-005000 in openssl']);
  emitted = more.emitted;
  assert.equal(notes(computeEvents(emitted, withCriticals(0, 5_001), usual)), []);

  const fewer = computeEvents(emitted, withCriticals(1, 4_998), usual);
  assert.equal(notes(fewer), [
    'Fixed: no longer found: CVE-000000 in openssl, CVE-004998 in openssl, CVE-004999 in openssl, CVE-005000 in openssl',
  ]);
  emitted = fewer.emitted;
  assert.equal(notes(computeEvents(emitted, withCriticals(1, 4_998), usual)), []);
  assert.match(
    computeEvents(emitted, withCriticals(1, 4_990), usual).events[0]?.note ?? '',
    /^no longer found: (CVE-00499\d in openssl(, )?){8}$/,
  );

  const again = computeEvents(emitted, withCriticals(0, 4_999), usual);
  assert.match(again.events[0]?.note ?? '', /^CVE-000000 in openssl, CVE-004998 in openssl$/);
});

test('those of thousands that are suppressed, or whose image has no result now, are neither fixed nor emitted again', () => {
  const { emitted } = computeEvents(NO_EVENTS, withCriticals(0, 5_000), usual);
  const suppressed = computeEvents(
    emitted,
    withCriticals(0, 4_000, { suppressedCriticals: criticals(4_000, 5_000).map(criticalKey) }),
    usual,
  );
  assert.equal(notes(suppressed), []);
  const pending = computeEvents(suppressed.emitted, observationOf([observedImage('a')]), usual);
  assert.equal(notes(pending), []);
  assert.equal(notes(computeEvents(pending.emitted, withCriticals(0, 5_000), usual)), []);
});

test('fixed ones of thousands are named', () => {
  const { emitted } = computeEvents(NO_EVENTS, withCriticals(0, 3_000), usual);
  const left = computeEvents(emitted, withCriticals(2_500, 3_000), usual);
  assert.match(
    computeEvents(left.emitted, withCriticals(2_501, 3_000), usual).events[0]?.note ?? '',
    /^no longer found: CVE-002500 in openssl$/,
  );
});

test('a critical finding of a package with a name of megabytes is emitted once, and its name is not recorded', () => {
  const long = observationOf([
    observedImage('a', { evaluation: evaluationOf([evaluatedFinding({ package: 'x'.repeat(2 ** 20) })]) }),
  ]);
  const { emitted } = computeEvents(NO_EVENTS, long, usual);
  assert.ok((emitted.criticals[0]?.length ?? 0) <= 217);
  assert.equal(notes(computeEvents(emitted, long, usual)), []);
});

test('two findings whose long names differ at the end are two', () => {
  const named = (end: string) => evaluatedFinding({ package: `${'x'.repeat(1000)}${end}` });
  const one = observationOf([observedImage('a', { evaluation: evaluationOf([named('a')]) })]);
  const both = observationOf([observedImage('a', { evaluation: evaluationOf([named('a'), named('b')]) })]);
  const { emitted } = computeEvents(NO_EVENTS, one, usual);
  assert.is(computeEvents(emitted, both, usual).events.length, 1);
});

test('with more than can be recorded, no Event repeats, and one is emitted as soon as there is room', () => {
  const all = withCriticals(0, MAX_CRITICALS + 3_000);
  const { emitted } = computeEvents(NO_EVENTS, all, usual);
  assert.is(emitted.criticals.length, MAX_CRITICALS);
  assert.equal(notes(computeEvents(emitted, all, usual)), []);
  const fewer = computeEvents(emitted, withCriticals(1, MAX_CRITICALS + 3_000), usual);
  const next = computeEvents(fewer.emitted, withCriticals(1, MAX_CRITICALS + 3_000), usual);
  assert.equal(
    [...notes(fewer), ...notes(next)],
    ['NewCriticalFinding: CVE-100000 in openssl', 'Fixed: no longer found: CVE-000000 in openssl'],
  );
});

test('a new finding beyond what can be recorded has its Event once there is room, and its Fixed after that', () => {
  const full = {
    ...NO_EVENTS,
    criticals: criticals(0, MAX_CRITICALS).map(({ id }) => `${id} in openssl`),
    compliant: false,
  };
  const beyond = computeEvents(full, withCriticals(0, MAX_CRITICALS + 1), usual);
  assert.equal(notes(beyond), []);
  const room = computeEvents(beyond.emitted, withCriticals(2, MAX_CRITICALS + 1), usual);
  assert.equal(notes(room), [
    `NewCriticalFinding: CVE-${MAX_CRITICALS} in openssl`,
    'Fixed: no longer found: CVE-000000 in openssl, CVE-000001 in openssl',
  ]);
  assert.equal(notes(computeEvents(room.emitted, withCriticals(2, MAX_CRITICALS), usual)), [
    `Fixed: no longer found: CVE-${MAX_CRITICALS} in openssl`,
  ]);
});

test('a note has 200 characters of a long name, whether it is new or fixed, and no hash', () => {
  const text = (length: number) => `CVE-1 in ${'x'.repeat(length - 'CVE-1 in '.length)}`;
  const named = (length: number) =>
    observationOf([
      observedImage('a', {
        evaluation: evaluationOf([evaluatedFinding({ id: 'CVE-1', package: text(length).slice('CVE-1 in '.length) })]),
      }),
    ]);
  for (const [length, shown] of [
    [200, text(200)],
    [201, `${text(199)}…`],
    [5_000, `${text(199)}…`],
  ] as const) {
    const found = computeEvents(NO_EVENTS, named(length), usual);
    assert.is(notes(found)[0], `NewCriticalFinding: ${shown}`);
    assert.is(notes(computeEvents(found.emitted, clean, usual))[0], `Fixed: no longer found: ${shown}`);
  }
});

test('with failOnKnownExploited, nothing is compliant before KEV is known', () => {
  const asked = { ...usual, spec: { failOn: 'None', failOnKnownExploited: true } } as const;
  const fine = [observedImage('a', { evaluation: evaluationOf() })];
  const without = computeEvents(NO_EVENTS, observationOf(fine), asked);
  assert.equal(without.events, []);
  const known = computeEvents(without.emitted, observationOf(fine, { kev: { releasedAt: NOW } }), asked);
  assert.equal(notes(known), ['Compliant: no finding known to be exploited']);
  const bad = [observedImage('a', { evaluation: evaluationOf([], { blocking: 1 }) })];
  const exploited = computeEvents(known.emitted, observationOf(bad, { kev: { releasedAt: NOW } }), asked);
  assert.equal(notes(exploited), ['NotCompliant: there are findings known to be exploited']);
  assert.equal(
    computeEvents(exploited.emitted, observationOf(fine), asked).emitted.compliant,
    false,
    'not known again',
  );
});

test.run();
