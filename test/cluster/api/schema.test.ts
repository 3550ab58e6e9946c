import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { ContainerSecurityPolicy } from '../../../src/api/policy.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { expectedCauses, policyOfCase, unknownFields, VALIDATION_CASES } from '../../cli/validation-cases.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('schema');
test.after(() => palisade.close());

const create = <T extends object>(body: object): Promise<T> =>
  palisade.admin.create<T>(CONTAINER_SECURITY_POLICY, body, { namespace: ns, dryRun: true });

/** The API server's error; undefined when it accepts. */
const refusal = async (body: object): Promise<ApiError | undefined> => {
  try {
    await create(body);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
};

for (const row of VALIDATION_CASES) {
  test(`invariant 9: the API server and palisade render agree on: ${row.name}`, async () => {
    const refused = await refusal(policyOfCase(row, ns));
    const unknown = unknownFields(row.problems);
    if (row.problems.length === 0) assert.is(refused?.message, undefined);
    else if (unknown.length > 0) {
      assert.is(refused?.code, 400);
      for (const path of unknown) assert.match(refused?.message ?? '', `unknown field "${path}"`);
    } else {
      assert.is(refused?.code, 422);
      const expected = expectedCauses(row.problems);
      const causes = (refused?.status.details?.causes ?? []).map(({ field = '', message = '' }) => ({
        field,
        message,
      }));
      // Of alternatives (number or name) the server sometimes reports one, sometimes more, so only fields must match exactly.
      const fields = (of: readonly { field: string }[]): string[] => [...new Set(of.map((c) => c.field))].sort();
      assert.equal(fields(causes.filter(({ field }) => field !== '<nil>')), fields(expected));
      for (const { field, message } of expected)
        assert.ok(
          causes.some((c) => c.field === field && c.message === message),
          `${field}: ${message}`,
        );
    }
  });
}

test('the defaults are those that the operator relies on', async () => {
  const asked = {
    name: 'defaults',
    spec: { network: { allow: {} }, podSecurity: { level: 'baseline' } },
    problems: [],
  };
  const { spec } = await create<ContainerSecurityPolicy>(policyOfCase(asked, ns));
  assert.equal(spec, {
    mode: 'Enforce',
    suspend: false,
    network: { isolate: ['Ingress', 'Egress'], allow: { apiServer: false, sameNamespace: false } },
    podSecurity: { level: 'baseline', onViolation: 'Wait', version: 'latest' },
  });
});

test.run();
