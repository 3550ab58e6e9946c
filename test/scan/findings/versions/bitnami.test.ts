import { test } from 'uvu';
import { compareBitnami } from '../../../../src/scan/findings/versions/bitnami.ts';
import { testOrder } from './compare.ts';

testOrder(compareBitnami, [
  '1.2.3 < 1.2.3-0',
  '1.2.3-2 < 1.2.3-10',
  '1.2.3-10 < 1.2.4',
  '1.2.3-1 = 1.2.3-1+5',
  '1.2 ? 1.2.3',
  ' ? 1.2.3',
]);

test.run();
