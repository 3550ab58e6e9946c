import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import { readSchema, type Schema } from '../../src/api/schema.ts';
import { findUnsupported } from '../../src/api/unsupported.ts';

const policySpec = readSchema(CONTAINER_SECURITY_POLICY).properties?.spec as Schema;
const scanSpec = readSchema(IMAGE_SCAN).properties?.spec as Schema;
const anywhere = [{ anywhere: true }];

const rows: [what: string, schema: Schema, spec: unknown, unsupported: string[]][] = [
  ['nothing', policySpec, {}, []],
  [
    'all that is known',
    policySpec,
    {
      mode: 'Audit',
      network: {
        podSelector: { matchLabels: { 'anything.example.com/goes': 'here' } },
        allow: { ingress: [{ from: anywhere, ports: [{ port: 'http', protocol: 'TCP' }] }] },
      },
      podSecurity: { level: 'restricted', version: 'v1.36' },
    },
    [],
  ],
  ['a section', policySpec, { network: {}, runtime: { seccomp: true } }, ['spec.runtime']],
  [
    'what would narrow a rule',
    policySpec,
    { network: { allow: { ingress: [{ from: anywhere }, { from: anywhere, hours: '9-17' }] } } },
    ['spec.network.allow.ingress[1].hours'],
  ],
  [
    'what would narrow a peer',
    policySpec,
    { network: { allow: { ingress: [{ from: [{ pods: {}, serviceAccounts: ['web'] }] }] } } },
    ['spec.network.allow.ingress[0].from[0].serviceAccounts'],
  ],
  [
    'a value',
    policySpec,
    { mode: 'Warn', podSecurity: { level: 'strict' } },
    ['spec.mode: "Warn"', 'spec.podSecurity.level: "strict"'],
  ],
  ['a name of every object', policySpec, { constructor: 1 }, ['spec.constructor']],
  [
    'of an ImageScan, what would narrow an exception',
    scanSpec,
    { exceptions: [{ id: 'CVE-2026-0001', status: 'not_affected', paths: ['/opt'] }] },
    ['spec.exceptions[0].paths'],
  ],
];

for (const [what, schema, spec, unsupported] of rows) {
  test(what, () => {
    assert.equal(findUnsupported(schema, spec, 'spec'), unsupported);
  });
}

test.run();
