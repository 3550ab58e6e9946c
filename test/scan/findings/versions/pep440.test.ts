import { test } from 'uvu';
import { comparePep440 } from '../../../../src/scan/findings/versions/pep440.ts';
import { testOrder } from './compare.ts';

testOrder(comparePep440, [
  '1.0.dev1 < 1.0a1',
  '1.0a1 < 1.0b1',
  '1.0rc1 < 1.0',
  '1.0 < 1.0.post1',
  '2.9 < 2.10',
  '1.0 = 1.0.0',
  '2024.7.4 < 1!1.0',
  'x ? 1.0',
  ' ? 1.0',
]);

test.run();
