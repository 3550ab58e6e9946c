import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { recommendations } from '../../../src/scan/findings/recommendation.ts';
import { known } from './known-finding.ts';

test('the fix of the finding itself comes first, then the one of all findings of its package', () => {
  const first = known({ id: 'CVE-1', fixed: ['1.0-2'] });
  const later = known({ id: 'CVE-2', fixed: ['1.0-3'] });
  const advise = recommendations([first, later]);
  assert.is(advise(first), 'upgrade openssl from 1.0-1 to 1.0-2; 1.0-3 also fixes its other findings that have a fix');
  assert.is(advise(later), 'upgrade openssl from 1.0-1 to 1.0-3');
});

test('a finding that does not count changes no upgrade, and has its own answer', () => {
  const counted = known({ id: 'CVE-1', fixed: ['1.0-2'] });
  const suppressed = known({ id: 'CVE-2', package: 'zlib', fixed: ['1.0-3'] });
  const advise = recommendations([counted]);
  assert.is(advise(counted), 'upgrade openssl from 1.0-1 to 1.0-2');
  assert.is(advise(suppressed), 'upgrade zlib from 1.0-1 to 1.0-3');
});

test('without a fix, and where versions cannot be compared', () => {
  const unfixed = known({ fixed: [] });
  const unknown = known({ type: 'conda-pkg', fixed: ['2', '3'] });
  const elsewhere = known({ id: 'CVE-2', type: 'conda-pkg', fixed: ['4'] });
  const advise = recommendations([unfixed, unknown, elsewhere]);
  assert.is(advise(unfixed), 'no version of openssl that fixes it is known yet');
  assert.is(
    advise(unknown),
    'upgrade openssl from 1.0-1 to one of 2, 3: Palisade cannot order these conda-pkg versions',
  );
  assert.is(advise(elsewhere), 'upgrade openssl from 1.0-1 to 4');
});

test('of a Python package, > leaves out post-releases', () => {
  const above = known({ type: 'python-pkg', fixed: ['>1.2'], installed: '1.0' });
  assert.is(
    recommendations([above])(above),
    'upgrade openssl from 1.0 to a version newer than 1.2 and its post-releases',
  );
});

test.run();
