import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareResourceVersions } from '../../../src/kube/cache/resource-version.ts';

const rows: [a: string, b: string, sign: number][] = [
  ['9', '10', -1],
  ['10', '9', 1],
  ['10', '10', 0],
  ['99', '100', -1],
  ['', '1', -1],
  // Beyond what a number can hold exactly.
  ['9007199254740993', '9007199254740992', 1],
];

for (const [a, b, sign] of rows) {
  test(`"${a}" against "${b}"`, () => assert.is(Math.sign(compareResourceVersions(a, b)), sign));
}

test.run();
