import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covers, described, type Role, rightsOf } from '../../../hack/rights/right.ts';

const role: Role = {
  kind: 'ClusterRole',
  metadata: { name: 'palisade' },
  rules: [
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list', 'patch'] },
    { apiGroups: ['security.palisade.dev'], resources: ['imagescans/status'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'], resourceNames: ['one', 'two'] },
  ],
};

test('a role is split into single rights', () => {
  assert.equal(rightsOf(role).map(described), [
    'list networkpolicies.networking.k8s.io',
    'patch networkpolicies.networking.k8s.io',
    'patch imagescans.security.palisade.dev/status',
    'get pods one',
    'get pods two',
    'get secrets one',
    'get secrets two',
  ]);
  assert.equal([...new Set(rightsOf(role).map((right) => right.role))], ['ClusterRole palisade']);
});

const request = { source: 's', agent: 'a', verb: 'get', group: '', resource: 'secrets', name: 'one', allowed: true };

test('a right covers a request that agrees in every field, and in the name where the right has one', () => {
  const right = { role: 'r', verb: 'get', group: '', resource: 'secrets' };
  assert.ok(covers(right, request));
  assert.ok(covers({ ...right, name: 'one' }, request));
  for (const other of [{ verb: 'list' }, { group: 'apps' }, { resource: 'secrets/status' }, { name: 'two' }]) {
    assert.not.ok(covers({ ...right, ...other }, request), JSON.stringify(other));
  }
});

test.run();
