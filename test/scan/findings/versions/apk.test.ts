import { test } from 'uvu';
import { compareApk } from '../../../../src/scan/findings/versions/apk.ts';
import { testOrder } from './compare.ts';

// From apk-tools, test/version.data and src/version.c.
testOrder(compareApk, [
  '0.1.0_alpha < 2.34',
  '0.1.0_alpha = 0.1.0_alpha',
  '0.1.0_alpha < 0.1.3_alpha',
  '0.1.0_alpha2 < 0.1.3_alpha',
  '1.0_alpha < 1.0_beta',
  '1.0_beta < 1.0_pre',
  '1.0_pre < 1.0_rc',
  '1.0_rc < 1.0',
  '1.0_rc1 < 1.0_rc2',
  '1.0 < 1.0_cvs',
  '1.0_git20240101 < 1.0_p1',
  '1.0 < 1.0_p1',
  '1.0_p9 < 1.0_p10',
  '1.0 < 1.0-r0',
  '1.0-r9 < 1.0-r10',
  '1.0-r1 < 1.0_p1',
  '1.0_rc1-r5 < 1.0-r0',
  '1.0-r1 < 1.0.1-r0',
  '1.0 < 1.0a',
  '1.0a < 1.0b',
  '1.0b < 1.0.1',
  '1.9 < 1.10',
  '1.05 < 1.5',
  '1.05 < 1.06',
  '3.3.2-r0 < 3.3.2-r1',
  '3.1.4-r5 < 3.1.5-r0',
  '1.2.4-r2 < 1.2.4_git20230717-r4',
  '1.1.1k ? 1.1.1kk',
  '1.0_foo ? 1.0',
  'v1 ? 1',
  '1.0-1 ? 1.0',
  ' ? 1.0',
]);

test.run();
