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
  ['never scanned', {}, {}, { priority: 'NeverScanned' }],
  ['never scanned, on schedule', {}, { planned: 6 }, { priority: 'NeverScanned' }],
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
  ['invariant 6: scanned before the request', { scannedAt: 6, triedAt: 5, database: 'd1' }, at(6), asked],
  ['scanned before the operator started', { scannedAt: 6, database: 'd1' }, at(6), asked],
  ['scanned after the request', { scannedAt: 7, triedAt: 6, database: 'd1' }, at(6), undefined],
  ['failed: the queue tries again', { failedAt: 5 }, {}, undefined],
  ['failed with an older result and a new database', { scannedAt: 3, failedAt: 5, database: 'd0' }, {}, undefined],
  ['failed before the planned time', { failedAt: 5 }, { planned: 6 }, { priority: 'Scheduled' }],
  ['failed after the planned time', { scannedAt: 3, failedAt: 7 }, { planned: 6 }, undefined],
  ['failed before the request', { failedAt: 6, triedAt: 5 }, { ...at(6), planned: 6 }, asked],
  ['failed after the request', { failedAt: 7, triedAt: 6 }, at(6), undefined],
];
for (const [what, last, occasion, ask] of rows) {
  test(what, () => assert.equal(dueFor(last, { runs: true, database: 'd1', now: 10, ...occasion }), ask));
}

test('without a database nothing is due', () =>
  assert.is(dueFor({ scannedAt: 5, database: 'd0' }, { runs: true, now: 10 }), undefined));

test.run();
