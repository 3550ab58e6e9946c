import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readPolicySchema } from '../../../src/cli/validation/schema.ts';
import { compileValidator } from '../../../src/cli/validation/validator.ts';
import { policyOfCase, VALIDATION_CASES } from '../validation-cases.ts';

const validate = compileValidator(readPolicySchema());

for (const example of VALIDATION_CASES) {
  test(`validation: ${example.name}`, () => {
    assert.equal(
      validate(policyOfCase(example, 'team-a')).problems,
      example.problems.map(({ path, message }) => ({ path, message })),
    );
  });
}

test.run();
