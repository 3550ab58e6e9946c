import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { readSchema } from '../../../src/api/schema.ts';
import { compileValidator } from '../../../src/cli/validation/validator.ts';
import { DATE_TIMES } from './date-times.ts';

const validate = compileValidator(readSchema(IMAGE_SCAN));
const problemsOf = (expiresAt: string) =>
  validate({
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ImageScan',
    metadata: { name: 's' },
    spec: { exceptions: [{ id: 'CVE-1', status: 'fixed', expiresAt }] },
  }).problems;

for (const [text, isOne] of DATE_TIMES) {
  test(`${text} is ${isOne ? 'a' : 'no'} time`, () =>
    assert.equal(
      problemsOf(text).slice(0, 1),
      isOne
        ? []
        : [
            {
              path: 'spec.exceptions[0].expiresAt',
              message: `${JSON.stringify(text)} is no time of RFC 3339: write date, time and zone, as in 2027-01-31T00:00:00Z`,
            },
          ],
    ));
}

test.run();
