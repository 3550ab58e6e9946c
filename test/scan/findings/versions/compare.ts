import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Comparator } from '../../../../src/scan/findings/versions/comparator.ts';

const nameOf = (order: number | undefined): string => {
  if (order === undefined) return 'unknown';
  return order < 0 ? 'older' : order > 0 ? 'newer' : 'same';
};

/** `a < b`, `a = b`, or `a ? b`: one of them is no version. */
export const testOrder = (compare: Comparator, rows: readonly string[]): void => {
  for (const row of rows) {
    const [a, sign, b] = row.split(' ') as [string, string, string];
    test(row, () => {
      const orders = [compare(a, b), compare(b, a)];
      const expected = { '<': ['older', 'newer'], '=': ['same', 'same'], '?': ['unknown', 'unknown'] }[sign];
      assert.equal(orders.map(nameOf), expected);
    });
  }
};
