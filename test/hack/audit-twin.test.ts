import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { auditTwin } from '../../hack/audit-twin.ts';

interface Policy {
  kind: string;
  metadata: { name: string };
  spec: {
    matchConditions: { name: string; expression: string }[];
    variables: { name: string; expression: string }[];
    validationActions: string[];
    matchResources?: object;
  };
}

const from = 'config/admission/trusted-images.yaml';
const text = readFileSync(join(import.meta.dirname, '../..', from), 'utf8');
const documents = (yaml: string): Policy[] => parseAllDocuments(yaml).map((d) => d.toJS() as Policy);

test('the twin is the same policy for the other mode, and only warns and audits', () => {
  const [enforce] = documents(text);
  const [audit, binding, ...rest] = documents(auditTwin(text, from));
  assert.equal(rest, []);
  const notReserved = enforce!.spec.matchConditions.find(({ name }) => name === 'not-reserved');
  assert.ok(notReserved);
  const written =
    "params.spec.mode == 'Enforce' && variables.recorded == [variables.written] ? [] : [variables.written]";
  const variables = enforce!.spec.variables.map((v) => (v.name === 'rules' ? { ...v, expression: written } : v));
  assert.equal(audit, {
    ...enforce!,
    metadata: { name: 'palisade-trusted-images-audit' },
    spec: {
      ...enforce!.spec,
      variables,
      matchConditions: [
        notReserved!,
        {
          name: 'mode',
          expression:
            "params.spec.mode == 'Audit' || (has(params.spec.images) && has(params.spec.images.onViolation) && params.spec.images.onViolation == 'Wait')",
        },
        { name: 'has-image-rules', expression: 'has(params.spec.images)' },
      ],
    },
  });
  assert.equal(binding as unknown, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'palisade-trusted-images-audit' },
    spec: {
      policyName: 'palisade-trusted-images-audit',
      paramRef: { selector: {}, parameterNotFoundAction: 'Allow' },
      validationActions: ['Warn', 'Audit'],
    },
  });
});

test('a change of the original that the twin would not adopt is an error', () => {
  for (const part of [
    "params.spec.mode == 'Enforce'",
    '- name: rules',
    '[Deny]',
    'policyName: palisade-trusted-images\n',
    '  matchResources:\n',
  ]) {
    assert.throws(() => auditTwin(text.replaceAll(part, 'x\n'), from), /^nothing to replace: /, part);
  }
});

test.run();
