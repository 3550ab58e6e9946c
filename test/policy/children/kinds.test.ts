import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resourcePath } from '../../../src/kube/resource.ts';
import { CHILD_TYPES, type ChildKind } from '../../../src/policy/children/kinds.ts';

const rows: [kind: ChildKind, path: string, manager: string, payload: string[]][] = [
  ['NetworkPolicy', '/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b', 'palisade-network', ['spec']],
  ['Role', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/b', 'palisade-access', ['rules']],
  [
    'RoleBinding',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings/b',
    'palisade-access',
    ['roleRef', 'subjects'],
  ],
];

for (const [kind, path, manager, payload] of rows) {
  test(`${kind}: where it is, who writes it, what of it is ours`, () => {
    const { resource, fieldManager, payload: fields } = CHILD_TYPES[kind];
    assert.is(resource.kind, kind);
    assert.is(resourcePath(resource, 'a', 'b'), path);
    assert.is(fieldManager, manager);
    assert.equal(fields, payload);
  });
}

test('there are no other kinds', () =>
  assert.equal(
    Object.keys(CHILD_TYPES),
    rows.map(([kind]) => kind),
  ));

test.run();
