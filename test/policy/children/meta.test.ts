import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { childMeta, ownerReference } from '../../../src/policy/children/meta.ts';
import { policyOf } from '../policy.ts';

test('a generated object carries our labels only, whatever the policy carries', () => {
  const { metadata } = policyOf(
    {},
    { metadata: { labels: { 'app.kubernetes.io/instance': 'argo' }, annotations: { a: 'b' } } },
  );
  assert.equal(childMeta(metadata, 'x'), {
    name: 'x',
    namespace: 'team-a',
    labels: { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'payments' },
  });
});

test('the policy is its controller, by UID', () => {
  assert.equal(ownerReference(policyOf({}).metadata), {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    name: 'payments',
    uid: 'uid-1',
    controller: true,
    blockOwnerDeletion: true,
  });
});

test.run();
