import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PodSelector } from '../../src/api/imagescan.ts';
import { selects } from '../../src/api/selector.ts';

const labels = { app: 'web', tier: 'front' };
const rows: [selector: PodSelector | undefined, selected: boolean][] = [
  [undefined, true],
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'back' } }, false],
  [{ matchLabels: { other: '' } }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] }, false],
  [{ matchExpressions: [{ key: 'other', operator: 'In', values: ['a'] }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
  [{ matchExpressions: [{ key: 'other', operator: 'NotIn', values: ['web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'other', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  [{ matchExpressions: [{ key: 'other', operator: 'DoesNotExist' }] }, true],
  [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, false],
];
for (const [selector, selected] of rows) {
  test(`${JSON.stringify(selector)} ${selected ? 'selects' : 'does not select'} app=web,tier=front`, () =>
    assert.is(selects(selector, labels), selected));
}

/** Label keys that every object inherits. */
const INHERITED = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'];
for (const key of INHERITED) {
  test(`${key} is a label like others`, () => {
    const has = (operator: 'Exists' | 'DoesNotExist', of: Record<string, string>): boolean =>
      selects({ matchExpressions: [{ key, operator }] }, of);
    assert.equal([has('Exists', labels), has('DoesNotExist', labels)], [false, true]);
    assert.equal([has('Exists', { [key]: 'x' }), has('DoesNotExist', { [key]: 'x' })], [true, false]);
    assert.is(selects({ matchExpressions: [{ key, operator: 'NotIn', values: ['x'] }] }, labels), true);
    assert.is(selects({ matchLabels: { [key]: 'x' } }, { [key]: 'x' }), true);
    assert.is(selects({ matchLabels: { [key]: 'x' } }, labels), false);
  });
}

test('a pod without labels', () => assert.is(selects({ matchLabels: { app: 'web' } }), false));

test.run();
