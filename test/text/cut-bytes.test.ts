import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cutBytes } from '../../src/text/cut-bytes.ts';

const rows: [text: string, bytes: number, cut: string][] = [
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['too long', 6, 'too…'],
  ['€€€', 9, '€€€'],
  ['€€€€', 9, '€€…'],
  ['a€€€', 9, 'a€…'],
];

for (const [text, bytes, cut] of rows) {
  test(`${text} in ${bytes} bytes`, () => {
    assert.is(cutBytes(text, bytes), cut);
    assert.ok(Buffer.byteLength(cut) <= bytes);
  });
}

test.run();
