import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { oldestFixable } from '../../../src/scan/findings/fixable.ts';
import { known } from './known-finding.ts';

test('the oldest fixable finding is the one that is known longest, whenever its fix was released', () => {
  const old = known({ firstSeenAt: '2025-01-01T00:00:00Z', fixableSince: '2026-03-01T00:00:00Z' });
  const unfixed = known({ firstSeenAt: '2024-01-01T00:00:00Z', fixed: [] });
  const newer = known({ firstSeenAt: '2026-02-01T01:00:00+02:00' });
  assert.is(oldestFixable([newer, unfixed, old]), '2025-01-01T00:00:00Z');
  assert.is(oldestFixable([newer, unfixed]), '2026-02-01T01:00:00+02:00');
  assert.is(oldestFixable([unfixed]), undefined);
  assert.is(oldestFixable([]), undefined);
});

test('times are compared as times, not as texts', () => {
  const first = known({ firstSeenAt: '2026-02-01T03:00:00+04:00' });
  const second = known({ firstSeenAt: '2026-02-01T00:00:00Z' });
  assert.is(oldestFixable([second, first]), '2026-02-01T03:00:00+04:00');
});

test.run();
