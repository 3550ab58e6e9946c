import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { resourcePath } from '../../../src/kube/rest/resource.ts';
import { CHILD_TYPES, type ChildKind } from '../../../src/policy/children/kinds.ts';
import { renderImageScan } from '../../../src/policy/sections/imagescan/render.ts';

const rows: [kind: ChildKind, path: string, manager: string, payload: string[]][] = [
  ['NetworkPolicy', '/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b', 'palisade-network', ['spec']],
  ['Role', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/b', 'palisade-access', ['rules']],
  [
    'RoleBinding',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings/b',
    'palisade-access',
    ['roleRef', 'subjects'],
  ],
  ['ImageScan', '/apis/security.palisade.dev/v1alpha1/namespaces/a/imagescans/b', 'palisade-scan', ['spec']],
];

for (const [kind, path, manager, payload] of rows) {
  test(`${kind}: its location, its field manager and our fields`, () => {
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

interface Definition {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }[] };
}

test('every field of an ImageScan is written, or removed with null: additions of other clients are never kept', async () => {
  const file = join(import.meta.dirname, '../../../crds/imagescans.security.palisade.dev.yaml');
  const { spec } = parse(await readFile(file, 'utf8')) as Definition;
  const fields = Object.keys(spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {});
  const always = Object.keys(renderImageScan({ name: 'a', namespace: 'b' }, {}).spec);
  assert.equal([...always, ...CHILD_TYPES.ImageScan.optional].sort(), fields.sort());
});

test.run();
