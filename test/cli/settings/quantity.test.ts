import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseQuantity } from '../../../src/cli/settings/quantity.ts';

const rows: [text: string, bytes: number | undefined][] = [
  ['1Mi', 1_048_576],
  ['512Mi', 536_870_912],
  ['4Gi', 4_294_967_296],
  ['2Ti', 2_199_023_255_552],
  ['', undefined],
  ['4', undefined],
  ['4G', undefined],
  ['-4Gi', undefined],
  ['1.5Gi', undefined],
  ['4Gi ', undefined],
  ['9999999Gi', undefined],
];
for (const [text, bytes] of rows) test(`"${text}" is ${bytes}`, () => assert.is(parseQuantity(text), bytes));

test.run();
