import { test } from 'uvu';
import { compareGem } from '../../../../src/scan/findings/versions/gem.ts';
import { testOrder } from './compare.ts';

// From RubyGems, test/rubygems/test_gem_version.rb.
testOrder(compareGem, [
  '1.0 = 1.0.0',
  '1 = 1.0',
  '1.0.a < 1.0',
  '1.8.2.b25 < 1.8.2',
  '1.8.2.a10 < 1.8.2.b25',
  '1.8.2.a9 < 1.8.2.a10',
  '0.beta.1 < 0.0.1',
  '5.0.0.rc2 < 5.0.0',
  '7.2.2 < 7.2.2.1',
  '7.2.2.1 < 7.2.3',
  '7.2.9 < 7.2.10',
  '1.0-1 < 1.0',
  'junk ? 1.0',
  '1..2 ? 1.0',
]);

test.run();
