import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OwnerReference } from '../../../src/kube/object.ts';
import { controllingPolicy, owningPolicies } from '../../../src/policy/children/owner.ts';

const owner = (more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ContainerSecurityPolicy',
  name: 'payments',
  uid: 'uid-1',
  controller: true,
  ...more,
});
const object = (ownerReferences?: OwnerReference[]) => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', uid: 'x', resourceVersion: '1', ...(ownerReferences && { ownerReferences }) },
});
const { controller: _, ...beside } = owner({ uid: 'uid-2' });

const cases: [what: string, owners: OwnerReference[] | undefined, controlling: string | undefined, owning: string[]][] =
  [
    ['no owners at all', undefined, undefined, []],
    ['no owners any more', [], undefined, []],
    ['a policy controls it', [owner()], 'uid-1', ['uid-1']],
    ['a policy of a later version', [owner({ apiVersion: 'security.palisade.dev/v1' })], 'uid-1', ['uid-1']],
    ['a policy owns it and does not control it', [beside], undefined, ['uid-2']],
    ['a policy owns it, and says that it does not control it', [owner({ controller: false })], undefined, ['uid-1']],
    ['a policy controls it, and another one owns it', [beside, owner()], 'uid-1', ['uid-2', 'uid-1']],
    ['another kind of our group', [owner({ kind: 'ImageScan' })], undefined, []],
    ['a kind of the same name of another group', [owner({ apiVersion: 'example.com/v1alpha1' })], undefined, []],
    ['a group that starts like ours', [owner({ apiVersion: 'security.palisade.dev.example.com/v1' })], undefined, []],
    ['a kind of the same name of the core group', [owner({ apiVersion: 'v1' })], undefined, []],
    [
      'something else controls it, and a policy owns it',
      [owner({ apiVersion: 'apps/v1', kind: 'Deployment', uid: 'uid-3' }), beside],
      undefined,
      ['uid-2'],
    ],
  ];

for (const [what, owners, controlling, owning] of cases) {
  test(what, () => {
    assert.is(controllingPolicy(object(owners))?.uid, controlling);
    assert.equal(
      owningPolicies(object(owners)).map(({ uid }) => uid),
      owning,
    );
  });
}

test.run();
