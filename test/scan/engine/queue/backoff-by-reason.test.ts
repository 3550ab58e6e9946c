import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endsPause, pauseAfter, registryPause } from '../../../../src/scan/engine/queue/backoff-by-reason.ts';
import { PRIORITIES, type ScanPriority } from '../../../../src/scan/engine/queue/scan-request.ts';

type Pausing = Parameters<typeof pauseAfter>[0];

const FAILURES = [1, 2, 3, 4, 5, 6, 7, 8, 1000];

/** Minutes after the 1st, 2nd… and 1000th failure, with the largest random part and with the least. */
const MINUTES: [Pausing, number[], number[]][] = [
  ['Timeout', [1, 2, 4, 8, 16, 32, 60, 60, 60], [0.5, 1, 2, 4, 8, 16, 30, 30, 30]],
  ['Unreachable', [1, 2, 4, 8, 16, 32, 60, 60, 60], [0.5, 1, 2, 4, 8, 16, 30, 30, 30]],
  ['ScannerFailed', [1, 2, 4, 8, 16, 32, 60, 60, 60], [0.5, 1, 2, 4, 8, 16, 30, 30, 30]],
  ['NotFound', [10, 20, 40, 80, 160, 320, 360, 360, 360], [10, 20, 40, 80, 160, 320, 360, 360, 360]],
];

for (const [reason, longest, shortest] of MINUTES) {
  test(`${reason} is tried again after ${longest[0]} minutes, doubled up to ${longest.at(-1)}`, () => {
    const minutes = (random: number) => FAILURES.map((n) => (pauseAfter(reason, n, () => random) ?? NaN) / 60_000);
    assert.equal(minutes(1), longest);
    assert.equal(minutes(0), shortest);
  });
}

const CHANGE: Pausing[] = [
  'Unauthorized',
  'NotAllowed',
  'PlatformMismatch',
  'AmbiguousIndex',
  'DigestHidden',
  'TooLarge',
  'DamagedImage',
  'DatabaseMissing',
];

for (const reason of CHANGE) {
  test(`${reason} waits for a change`, () => assert.is(pauseAfter(reason, 1, Math.random), undefined));
}

test('a registry that asks clients to wait gets no request for 1 minute, doubled up to 1 hour', () => {
  assert.equal(
    FAILURES.map((n) => registryPause(n) / 60_000),
    [1, 2, 4, 8, 16, 32, 60, 60, 60],
  );
});

test('the pause is never shorter than the registry asks for, and never longer than a day', () => {
  const HOUR = 3_600_000;
  const table: [number, number, number][] = [
    [1, 0, 60_000],
    [1, 1000, 60_000],
    [1, 61_000, 61_000],
    [9, 61_000, HOUR],
    [1, 6 * HOUR, 6 * HOUR],
    [9, 24 * HOUR, 24 * HOUR],
    [1, 25 * HOUR, 24 * HOUR],
    [1, Number.POSITIVE_INFINITY, 24 * HOUR],
    [1, Number.NaN, 60_000],
    [1, -5, 60_000],
  ];
  for (const [pauses, asked, expected] of table)
    assert.is(registryPause(pauses, asked), expected, `${pauses} ${asked}`);
});

test('some requests run a failed key at once', () => {
  const enders = (reason: Parameters<typeof endsPause>[0]): ScanPriority[] =>
    PRIORITIES.filter((priority) => endsPause(reason, priority));
  assert.equal(enders('RateLimited'), ['Requested']);
  assert.equal(enders('DatabaseMissing'), ['Requested', 'Running', 'Scheduled', 'Idle']);
  for (const reason of ['Unauthorized', 'NotFound', 'Unreachable', 'Timeout', 'ScannerFailed', 'TooLarge'] as const) {
    assert.equal(enders(reason), ['Requested', 'Scheduled'], reason);
  }
});

test.run();
