import { test } from 'uvu';
import { compareGeneric } from '../../../../src/scan/findings/versions/generic.ts';
import { testOrder } from './compare.ts';

testOrder(compareGeneric, [
  '1.2.3 = v1.2.3',
  '1.2 = 1.2.0',
  '1.2.3 = 1.2.3.0',
  '1.2.3 < 1.2.3.1',
  '1.2.9 < 1.2.10',
  '1.2.3-alpha < 1.2.3',
  '1.2.3alpha < 1.2.3',
  '1.2.3-alpha < 1.2.3-beta',
  '1.2.3-beta.2 < 1.2.3-beta.10',
  '1.2.3-beta < 1.2.3-beta.1',
  '1.2.3-9 < 1.2.3-a',
  '1.2.3+5 = 1.2.3+6',
  'v2.0.0+incompatible < 2.0.1',
  'v0.0.0-20211202192323-5770296d904e < v0.0.0-20220314234659-1baeb1ce4c0b',
  'dev-master ? 1.0',
  '1.2. ? 1.2',
  ' ? 1.0',
]);

test.run();
