import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { objectKey } from '../../src/kube/object.ts';

test('a key is namespace/name, or the name alone', () => {
  assert.is(objectKey({ metadata: { name: 'a', namespace: 'n' } }), 'n/a');
  assert.is(objectKey({ metadata: { name: 'a' } }), 'a');
  assert.is(objectKey({ metadata: { name: 'a', namespace: '' } }), 'a');
});

test.run();
