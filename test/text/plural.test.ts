import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plural } from '../../src/text/plural.ts';

test('only one is singular', () => {
  assert.equal(
    [0, 1, 2].map((count) => plural(count, 'image')),
    ['0 images', '1 image', '2 images'],
  );
  assert.is(plural(2, 'policy', 'policies'), '2 policies');
});

test.run();
