import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ContainerSecurityPolicy, PolicySpec } from '../../../../src/api/policy.ts';
import type { CachedPolicy } from '../../../../src/policy/caches.ts';
import type { OwnedLabel } from '../../../../src/policy/namespace.ts';
import { labelChanges } from '../../../../src/policy/namespace-labels.ts';
import { ownedLabel, wantedLabel } from '../../../../src/policy/sections/images/label.ts';
import { policyOf } from '../../policy.ts';

const KEY = 'security.palisade.dev/trusted-images';
const SET = { [KEY]: 'true' };
const images = { requireDigest: true };

const ours: OwnedLabel = { value: 'true', managers: ['palisade-images'] };
const shared: OwnedLabel = { value: 'true', managers: ['palisade-images', 'kubectl'] };
const same: OwnedLabel = { value: 'true', managers: ['kubectl'] };
const other: OwnedLabel = { value: 'yes', managers: ['kubectl'] };
const unmanaged: OwnedLabel = { value: 'yes', managers: [] };

const policy = (spec: PolicySpec): ContainerSecurityPolicy => policyOf(spec);
const going = policyOf({ images }, { metadata: { deletionTimestamp: '2026-11-24T12:00:00Z' } });
const suspended = policy({ images, suspend: true });
const unsupported: CachedPolicy = { ...policy({ images }), unsupported: ['spec.hosts'] };
const forged = (spec: PolicySpec, type: string): CachedPolicy => {
  const condition = { type, status: 'True', reason: 'Enforced', message: '', lastTransitionTime: '' } as const;
  return policyOf(spec, { status: { conditions: [condition] } });
};

const rows: [
  what: string,
  policies: CachedPolicy[],
  label: OwnedLabel | undefined,
  wanted: object,
  changes: string[],
][] = [
  ['no policy', [], undefined, {}, []],
  ['no rules', [policy({ network: {} })], undefined, {}, []],
  ['rules', [policy({ images })], undefined, SET, [`${KEY}: (none) → true`]],
  ['rules that warn', [policy({ images, mode: 'Audit' })], undefined, SET, [`${KEY}: (none) → true`]],
  ['one of two with rules', [policy({}), policy({ images })], undefined, SET, [`${KEY}: (none) → true`]],
  ['rules, and all is done', [policy({ images })], ours, SET, []],
  ['rules, and another client set the same label', [policy({ images })], same, SET, []],
  ['rules, and another client set another value: that is enough', [policy({ images })], other, {}, []],
  ['rules, and a label from before managed fields', [policy({ images })], unmanaged, {}, []],
  ['the last rules go', [going], ours, {}, [`${KEY}: true → (released)`]],
  ['the last rules go, and another client owns the label too', [going], shared, {}, [`${KEY}: true → (released)`]],
  ['the last rules go, and it is not ours', [going], same, {}, []],
  ['some rules go', [going, policy({ images })], ours, SET, []],
  ['rules are taken out of the policy', [policy({})], ours, {}, [`${KEY}: true → (released)`]],
  ['suspended rules, in force', [suspended], ours, SET, []],
  ['suspended rules, and another client removed the label: not repaired', [suspended], undefined, {}, []],
  ['suspended rules set no label', [suspended], undefined, {}, []],
  ['suspended rules, and a status that lost them', [forged({ images, suspend: true }, 'Ready')], ours, SET, []],
  [
    'suspended without rules, and a status that claims some',
    [forged({ suspend: true }, 'ImagesReady')],
    ours,
    {},
    [`${KEY}: true → (released)`],
  ],
  ['rules in force, and a spec that this release does not know', [unsupported], ours, SET, []],
  ['suspended rules beside others', [suspended, policy({ images })], undefined, SET, [`${KEY}: (none) → true`]],
];

for (const [what, policies, label, wanted, changes] of rows) {
  test(`${what}: ${changes.join(', ') || 'no change'}`, () => {
    const result = wantedLabel(policies, label);
    assert.equal(result, wanted);
    const before = new Map(label === undefined ? [] : [[KEY, label]]);
    assert.equal(labelChanges(before, { owned: ownedLabel(label), wanted: result }), changes);
  });
}

test.run();
