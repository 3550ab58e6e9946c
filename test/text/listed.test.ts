import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listed } from '../../src/text/listed.ts';

test('items are joined as in a sentence', () => {
  assert.equal(
    [[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((items) => listed(items)),
    ['', 'a', 'a and b', 'a, b and c'],
  );
  assert.is(listed(['a', 'b'], 'or'), 'a or b');
});

test.run();
