import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { readSchema } from '../../../src/api/schema.ts';
import { compileValidator } from '../../../src/cli/validation/validator.ts';
import { NOT_CHECKED, policyOfCase, VALIDATION_CASES } from '../validation-cases.ts';

const validate = compileValidator(readSchema(CONTAINER_SECURITY_POLICY));

for (const example of VALIDATION_CASES) {
  test(`validation: ${example.name}`, () => {
    assert.equal(
      validate(policyOfCase(example, 'team-a')).problems,
      example.problems.map(({ path, message }) => ({ path, message })),
    );
  });
}

const UNNAMED = [{ path: 'metadata.name', message: 'Required value' }, NOT_CHECKED];
for (const metadata of [{}, { metadata: null }, { metadata: {} }]) {
  test(`a policy with ${JSON.stringify(metadata)} lacks its name`, () => {
    const { group, version, kind } = CONTAINER_SECURITY_POLICY;
    assert.equal(validate({ apiVersion: `${group}/${version}`, kind, ...metadata, spec: {} }).problems, UNNAMED);
  });
}

test('a rule that cannot be evaluated does not hold', () => {
  const rule = { rule: 'self.a.size() < 3', message: 'a is short' };
  const schema = { type: 'object', properties: { a: { type: 'string' } }, 'x-kubernetes-validations': [rule] } as const;
  const { problems } = compileValidator({ type: 'object', properties: { spec: schema } })({
    metadata: { name: 'p' },
    spec: {},
  });
  assert.equal(problems, [{ path: 'spec', message: 'No such key: a evaluating rule: a is short' }]);
});

test.run();
