import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { oneLine } from '../../src/text/one-line.ts';

const rows: [text: string, shown: string][] = [
  ['as it is', 'as it is'],
  [' a\r\n  b\tc ', 'a b c'],
  ['a\u001b[31m\u202eb', 'a [31m b'],
  ['a\u2028b\u0085c\u200bd', 'a b c d'],
  ['', ''],
];

for (const [text, shown] of rows) {
  test(JSON.stringify(text), () => assert.is(oneLine(text), shown));
}

test.run();
