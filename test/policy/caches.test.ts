import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BY_NAMESPACE } from '../../src/kube/cache/store.ts';
import { createCaches, toCachedPolicy } from '../../src/policy/caches.ts';
import type { CachedChild } from '../../src/policy/children/cached-child.ts';
import { ownerReference } from '../../src/policy/children/meta.ts';
import { BY_OWNER } from '../../src/policy/children/writer.ts';
import { policyOf } from './policy.ts';

const child = (name: string, owners: CachedChild['metadata']['ownerReferences']): CachedChild => ({
  apiVersion: 'v1',
  kind: 'Role',
  metadata: {
    name,
    namespace: 'team-a',
    uid: name,
    resourceVersion: '1',
    labels: { 'security.palisade.dev/policy': 'payments' },
    ...(owners && { ownerReferences: owners }),
  },
  foreignManagers: [],
  generated: true,
});

test('a policy is cached without its managed fields', () => {
  const policy = policyOf({ mode: 'Audit' }, { metadata: { labels: { a: 'b' } } });
  const raw = { ...policy, metadata: { ...policy.metadata, managedFields: [{ manager: 'kubectl' }] } };
  assert.equal(toCachedPolicy(raw), policy);
});

test('of the annotations of a policy only ours are cached', () => {
  const ours = { 'security.palisade.dev/reconcile-requested-at': 'now' };
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(200_000), ...ours };
  const policy = policyOf({}, { metadata: { annotations } });
  assert.equal(toCachedPolicy(policy).metadata.annotations, ours);
});

test('policies are found by namespace', () => {
  const { policies } = createCaches();
  const policy = (name: string, namespace: string) => policyOf({}, { metadata: { name, namespace, uid: name } });
  for (const p of [policy('x', 'a'), policy('y', 'b'), policy('z', 'a')]) policies.upsert(p);
  assert.equal(
    policies.byIndex(BY_NAMESPACE, 'a').map((p) => p.metadata.name),
    ['x', 'z'],
  );
});

test('generated objects are found by the policy that controls them, or that controlled them before another client changed the owner', () => {
  const { Role } = createCaches().children;
  const owner = ownerReference({ name: 'payments', uid: 'uid-1' });
  const owned = [{ ...owner, controller: false }];
  Role.upsert(child('ours', [owner]));
  Role.upsert(child('of another', [{ ...owner, uid: 'uid-2' }]));
  Role.upsert(child('control taken away', owned));
  Role.upsert(child('owner taken away', undefined));
  Role.upsert({ ...child('only owned, by its user', owned), generated: false });
  Role.upsert({ ...child("somebody else's", undefined), generated: false });
  const names = (key: string) => Role.byIndex(BY_OWNER, key).map((r) => r.metadata.name);
  assert.equal([names('uid-1'), names('uid-2')], [['ours', 'control taken away'], ['of another']]);
  assert.equal(names('team-a/payments'), ['control taken away', 'owner taken away']);
});

test('each kind of generated object has its own cache', () => {
  const { NetworkPolicy, Role, RoleBinding, ImageScan } = createCaches().children;
  assert.is(new Set([NetworkPolicy, Role, RoleBinding, ImageScan]).size, 4);
});

test.run();
