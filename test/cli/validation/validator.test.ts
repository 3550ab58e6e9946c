import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { readSchema } from '../../../src/api/schema.ts';
import { compileValidator } from '../../../src/cli/validation/validator.ts';
import { policyOfCase, VALIDATION_CASES } from '../validation-cases.ts';

const validate = compileValidator(readSchema(CONTAINER_SECURITY_POLICY));

for (const example of VALIDATION_CASES) {
  test(`validation: ${example.name}`, () => {
    assert.equal(
      validate(policyOfCase(example, 'team-a')).problems,
      example.problems.map(({ path, message }) => ({ path, message })),
    );
  });
}

test.run();
