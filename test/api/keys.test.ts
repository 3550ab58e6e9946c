import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FIELD_MANAGERS,
  FINALIZER,
  isOurManager,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  POLICY_LABEL,
  RECONCILE_ANNOTATION,
  TRUSTED_IMAGES_LABEL,
} from '../../src/api/keys.ts';

test('keys are a contract with stored objects', () => {
  assert.equal(
    { MANAGED_BY_LABEL, MANAGED_BY, POLICY_LABEL, RECONCILE_ANNOTATION, FINALIZER, TRUSTED_IMAGES_LABEL },
    {
      MANAGED_BY_LABEL: 'app.kubernetes.io/managed-by',
      MANAGED_BY: 'palisade',
      POLICY_LABEL: 'security.palisade.dev/policy',
      RECONCILE_ANNOTATION: 'security.palisade.dev/reconcile-requested-at',
      FINALIZER: 'security.palisade.dev/withdraw',
      TRUSTED_IMAGES_LABEL: 'security.palisade.dev/trusted-images',
    },
  );
});

const managers: [manager: string, ours: boolean][] = [
  ['palisade-network', true],
  ['palisade-access', true],
  ['palisade-pod-security', true],
  ['palisade-images', true],
  ['palisade-status', true],
  ['palisade-finalizer', true],
  ['palisade', false],
  ['palisade-network-2', false],
  ['Palisade-network', false],
  ['network', false],
  ['kubectl', false],
  ['', false],
];

for (const [manager, ours] of managers) {
  test(`${manager || 'no name'} is ${ours ? 'ours' : 'not ours'}`, () => assert.is(isOurManager(manager), ours));
}

test('every Palisade field manager is recognized as ours, and no two concerns share one', () => {
  const all = Object.values(FIELD_MANAGERS);
  assert.ok(all.every(isOurManager));
  assert.is(new Set(all).size, all.length);
});

test.run();
