import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apiVersion, type Resource, resourceName, resourcePath } from '../../../src/kube/rest/resource.ts';

const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const roles: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
const policies: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};

const paths: [Parameters<typeof resourcePath>, string][] = [
  [[pods], '/api/v1/pods'],
  [[pods, ''], '/api/v1/pods'],
  [[pods, 'a'], '/api/v1/namespaces/a/pods'],
  [[pods, 'a', 'b'], '/api/v1/namespaces/a/pods/b'],
  [[pods, 'a', 'b', 'eviction'], '/api/v1/namespaces/a/pods/b/eviction'],
  [[nodes, undefined, 'n'], '/api/v1/nodes/n'],
  [[nodes, 'ignored', 'n', 'status'], '/api/v1/nodes/n/status'],
  [[policies, 'a', 'b'], '/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b'],
  [[roles, undefined, 'system:node'], '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode'],
  [[pods, 'a', '../../secrets'], '/api/v1/namespaces/a/pods/..%2F..%2Fsecrets'],
];

for (const [args, path] of paths) test(`path ${path}`, () => assert.is(resourcePath(...args), path));

test('a namespaced object without its namespace has no path', () => {
  assert.throws(() => resourcePath(pods, undefined, 'b'), /needs a namespace/);
});

test('a name that changes the URL has no path', () => {
  for (const name of ['', '.', '..']) assert.throws(() => resourcePath(pods, 'a', name), TypeError);
  assert.throws(() => resourcePath(pods, '..', 'secrets'), TypeError);
});

test('apiVersion and resourceName leave out the core group', () => {
  assert.is(apiVersion(pods), 'v1');
  assert.is(apiVersion(policies), 'networking.k8s.io/v1');
  assert.is(resourceName(pods), 'pods');
  assert.is(resourceName(policies), 'networkpolicies.networking.k8s.io');
});

test.run();
