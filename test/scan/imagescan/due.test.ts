import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LastScan } from '../../../src/scan/engine/last-scan.ts';
import { dueFor, type Occasion } from '../../../src/scan/imagescan/due.ts';

const at = (time: number) => ({ request: { value: 'now', at: time } });
const asked = { priority: 'Requested', cause: 'now' } as const;

const rows: [what: string, last: LastScan, occasion: Partial<Occasion>, ask: ReturnType<typeof dueFor>][] = [
  [
    'scanned in the future: by a clock that was wrong',
    { scannedAt: 11, database: 'd1' },
    {},
    { priority: 'Scheduled' },
  ],
  ['the same on schedule', { scannedAt: 11, database: 'd1' }, { planned: 6 }, { priority: 'Scheduled' }],
  ['the same, and the scan that puts it right failed', { scannedAt: 11, failedAt: 9, database: 'd1' }, {}, undefined],
  ['never looked at', {}, {}, { priority: 'NeverScanned' }],
  ['never looked at, on schedule', {}, { planned: 6 }, { priority: 'NeverScanned' }],
  ['scanned with this database', { scannedAt: 5, database: 'd1' }, {}, undefined],
  ['invariant 2: the database changed', { scannedAt: 5, database: 'd0' }, {}, { priority: 'Running', cause: 'd1' }],
  [
    'invariant 2: the database changed, and nothing runs the image',
    { scannedAt: 5, database: 'd0' },
    { runs: false },
    { priority: 'Idle', cause: 'd1' },
  ],
  ['scanned before the planned time', { scannedAt: 5, database: 'd1' }, { planned: 6 }, { priority: 'Scheduled' }],
  ['scanned at the planned time', { scannedAt: 6, database: 'd1' }, { planned: 6 }, undefined],
  ['invariant 6: scanned before somebody asked', { scannedAt: 6, triedAt: 5, database: 'd1' }, at(6), asked],
  ['scanned before the operator started', { scannedAt: 6, database: 'd1' }, at(6), asked],
  ['scanned after somebody asked', { scannedAt: 7, triedAt: 6, database: 'd1' }, at(6), undefined],
  ['failed: the queue tries again', { failedAt: 5 }, {}, undefined],
  ['failed with an older result and a new database', { scannedAt: 3, failedAt: 5, database: 'd0' }, {}, undefined],
  ['failed before the planned time', { failedAt: 5 }, { planned: 6 }, { priority: 'Scheduled' }],
  ['failed after the planned time', { scannedAt: 3, failedAt: 7 }, { planned: 6 }, undefined],
  ['failed before somebody asked', { failedAt: 6, triedAt: 5 }, { ...at(6), planned: 6 }, asked],
  ['failed after somebody asked', { failedAt: 7, triedAt: 6 }, at(6), undefined],
];
for (const [what, last, occasion, ask] of rows) {
  test(what, () => assert.equal(dueFor(last, { runs: true, database: 'd1', now: 10, ...occasion }), ask));
}

test('there is no database any more', () =>
  assert.is(dueFor({ scannedAt: 5, database: 'd0' }, { runs: true, now: 10 }), undefined));

test.run();
