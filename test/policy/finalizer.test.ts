import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../src/api/policy.ts';
import { hasFinalizer, needsFinalizer } from '../../src/policy/finalizer.ts';
import { policyOf } from './policy.ts';

const access = { bindings: [] };
const podSecurity = { level: 'baseline' } as const;

const rows: [what: string, spec: PolicySpec, needed: boolean][] = [
  ['nothing', {}, false],
  ['access: no propagation policy may leave rights behind', { access }, true],
  ['an ImageScan: so it does', { scan: {} }, false],
  ['isolation, which goes in an order', { network: {} }, true],
  ['labels of the namespace', { podSecurity }, true],
  ['image rules, whose label the namespace has', { images: { requireDigest: true } }, true],
  ['everything', { network: {}, podSecurity, access }, true],
  ['Audit: nothing is in force', { mode: 'Audit', network: {}, podSecurity }, false],
  ['Audit, but for image rules: the API server warns', { mode: 'Audit', images: { requireDigest: true } }, true],
  ['suspended: still in force', { suspend: true, network: {} }, true],
];

for (const [what, spec, needed] of rows) {
  test(`${what}: ${needed ? 'held' : 'not held'}`, () => assert.is(needsFinalizer(policyOf(spec)), needed));
}

const finalizers: [finalizers: string[] | undefined, ours: boolean][] = [
  [undefined, false],
  [[], false],
  [['foregroundDeletion', 'security.palisade.dev/other'], false],
  [['foregroundDeletion', 'security.palisade.dev/withdraw'], true],
];

for (const [list, ours] of finalizers) {
  test(`finalizers ${list}: ${ours ? 'ours' : 'not ours'}`, () =>
    assert.is(hasFinalizer(policyOf({}, { metadata: list === undefined ? {} : { finalizers: list } })), ours));
}

test.run();
