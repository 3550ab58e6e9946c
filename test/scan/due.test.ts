import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dueFor, type LastLook, type Occasion } from '../../src/scan/due.ts';

const rows: [
  what: string,
  last: Partial<LastLook>,
  occasion: Partial<Occasion>,
  priority: ReturnType<typeof dueFor>,
][] = [
  ['never looked at', {}, {}, 'NeverScanned'],
  ['never looked at, while there is no database', {}, { database: undefined as never }, 'NeverScanned'],
  ['it waits already', { queued: true }, { requestedAt: 9 }, undefined],
  ['scanned with this database', { scannedAt: 5, database: 'd1' }, {}, undefined],
  ['invariant 2: the database changed', { scannedAt: 5, database: 'd0' }, {}, 'Running'],
  ['invariant 2: the database changed, and nothing runs it', { scannedAt: 5, database: 'd0' }, { runs: false }, 'Idle'],
  ['scanned before the planned time', { scannedAt: 5, database: 'd1' }, { planned: 6 }, 'Scheduled'],
  ['scanned at the planned time', { scannedAt: 6, database: 'd1' }, { planned: 6 }, undefined],
  ['invariant 6: scanned before somebody asked', { scannedAt: 5, database: 'd1' }, { requestedAt: 6 }, 'Requested'],
  ['scanned after somebody asked', { scannedAt: 7, database: 'd1' }, { requestedAt: 6 }, undefined],
  ['failed: the queue tries again', { failedAt: 5 }, {}, undefined],
  ['failed with an older result and a new database', { scannedAt: 3, failedAt: 5, database: 'd0' }, {}, undefined],
  ['failed before the planned time', { failedAt: 5 }, { planned: 6 }, 'Scheduled'],
  ['failed after the planned time', { scannedAt: 3, failedAt: 7 }, { planned: 6 }, undefined],
  ['failed before somebody asked', { failedAt: 5 }, { requestedAt: 6, planned: 6 }, 'Requested'],
];
for (const [what, last, occasion, priority] of rows) {
  test(what, () =>
    assert.is(dueFor({ queued: false, ...last }, { runs: true, database: 'd1', ...occasion }), priority),
  );
}

test.run();
