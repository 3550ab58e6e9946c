import { test } from 'uvu';
import { compareRpm } from '../../../../src/scan/findings/versions/rpm.ts';
import { testOrder } from './compare.ts';

// From rpm, tests/rpmvercmp.at and rpm-version(7).
testOrder(compareRpm, [
  '1.0 = 1.0',
  '1.0 < 2.0',
  '2.0 < 2.0.1',
  '2.0.1 < 2.0.1a',
  '5.5p1 < 5.5p2',
  '5.5p1 < 5.5p10',
  '10xyz < 10.1xyz',
  'xyz10 < xyz10.1',
  'xyz.4 < 8',
  '5.5p2 < 5.6p1',
  '6.0.rc1 < 6.5p1',
  '10a2 < 10b2',
  '1.0a < 1.0aa',
  '10.0001 = 10.1',
  '10.0001 < 10.0039',
  '4.999.9 < 5.0',
  '20101121 < 20101122',
  '2_0 = 2.0',
  '1.0~rc1 = 1.0~rc1',
  '1.0~rc1 < 1.0',
  '1.0~rc1 < 1.0~rc2',
  '1.0~rc1~git123 < 1.0~rc1',
  '1.0 < 1.0^',
  '1.0^git1 < 1.0^git2',
  '1.0^git1 < 1.01',
  '1.0^20160101 < 1.0.1',
  '1.0~rc1^git1 < 1.0',
  '1.0~rc1 < 1.0~rc1^git1',
  '3.0.7-16.el9_2 < 3.0.7-25.el9_3',
  '1:3.0.7-1.el9 = 1:3.0.7-1.el9',
  '3.0.7-28.el9 < 1:3.0.7-6.el9',
  '2.34-60.el9_2.7 < 2.34-100.el9_4.2',
  ' ? 1',
  '1-2-3 ? 1',
  'a:1 ? 1',
]);

test.run();
