import { test } from 'uvu';
import { compareSemver } from '../../../../src/scan/findings/versions/semver.ts';
import { testOrder } from './compare.ts';

testOrder(compareSemver, [
  '4.17.20 < 4.17.21',
  '4.9.0 < 4.10.0',
  '1.0.0-alpha < 1.0.0-alpha.1',
  '1.0.0-rc.1 < 1.0.0',
  '1.0.0+a = 1.0.0+b',
  'v1.21.10 < 1.22.4',
  '1.20 < 1.20.1',
  '1 = 1.0.0',
  'v0.0.0-20220314234659-1baeb1ce4c0b < v0.17.0',
  '2.0.0+incompatible < 2.0.1+incompatible',
  '1.2.3.4 ? 1.2.3',
  '1.19rc1 ? 1.19.0',
  'latest ? 1.0.0',
  ' ? 1.0.0',
]);

test.run();
