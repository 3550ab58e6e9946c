import { test } from 'uvu';
import { compareMaven } from '../../../../src/scan/findings/versions/maven.ts';
import { testOrder } from './compare.ts';

// The version order specification of Maven's POM reference, and Maven's ComparableVersionTest.
testOrder(compareMaven, [
  '1 < 1.1',
  '1-snapshot < 1',
  '1 < 1-sp',
  '1-foo2 < 1-foo10',
  '1.foo = 1-foo',
  '1.foo < 1-1',
  '1-1 < 1.1',
  '1.ga = 1-ga',
  '1-ga = 1.0',
  '1.0 = 1',
  '1-sp < 1-ga1',
  '1-a1 = 1-alpha-1',
  '1.0.0.RELEASE = 1',
  '1.0.0.FINAL = 1.0',
  '1.0.alpha1 = 1.0.ALPHA1',
  '1.0-rc1 = 1.0-cr1',
  '1-alpha1 < 1-alpha2',
  '1-alpha-2 < 1-beta-1',
  '1-beta-1 < 1-milestone-1',
  '1-m1 < 1-rc1',
  '1-rc1 < 1-SNAPSHOT',
  '2.0-1 < 2.0.1',
  '2.0.1-klm < 2.0.1-lmn',
  '2.0.1 < 2.0.1-xyz',
  '2.0.1-xyz < 2.0.1-123',
  '2.14.1 < 2.15.0',
  '2.9.10.8 < 2.12.7.1',
  '5.3.18 < 5.3.39',
  '31.1-android < 32.0.0-android',
  '1.20240303 < 1.20240304',
  ' ? 1',
]);

test.run();
