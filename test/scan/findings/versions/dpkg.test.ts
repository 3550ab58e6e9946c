import { test } from 'uvu';
import { compareDpkg } from '../../../../src/scan/findings/versions/dpkg.ts';
import { testOrder } from './compare.ts';

// deb-version(7), and what dpkg --compare-versions 1.21 answers.
testOrder(compareDpkg, [
  '1.0~~ < 1.0~~a',
  '1.0~~a < 1.0~',
  '1.0~ < 1.0',
  '1.0 < 1.0a',
  '1.0 = 1.0-0',
  '1.0 = 0:1.0',
  '1.0 = 1.00',
  '9 < 10',
  '1.9 < 1.10',
  '1.0a < 1.0+',
  '1.0Z < 1.0a',
  '1.0a < 1.0.',
  '9:1 < 10:0',
  '2.0 < 1:1.0',
  '1.0-1 < 1.0-1.1',
  '1.0-1 < 1.0-2',
  '1.0-1~deb12u1 < 1.0-1',
  '3.0.15-1~deb12u1 < 3.0.17-1~deb12u3',
  '3.0.17-1~deb12u2 < 3.0.17-1~deb12u10',
  '2.36-9+deb12u9 < 2.36-9+deb12u10',
  '1.1.1n-0+deb11u5 < 1.1.1w-0+deb11u1',
  '1:1.2.13.dfsg-1 < 1:1.2.13.dfsg-1+b1',
  '1.2.3-4-5 < 1.2.4-1',
  '1.0-99999999999999999999 < 1.0-100000000000000000000',
  ' ? 1',
  '1_0 ? 1',
  'a:1 ? 1',
  '-1 ? 1',
]);

test.run();
