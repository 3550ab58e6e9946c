import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject, ManagedFieldsEntry } from '../../src/kube/object.ts';
import { isPodSecurityLabel, toCachedNamespace } from '../../src/policy/namespace.ts';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const VERSION = 'pod-security.kubernetes.io/enforce-version';

const entry = (manager: string | undefined, keys: string[], operation = 'Apply'): ManagedFieldsEntry => ({
  ...(manager !== undefined && { manager }),
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, ...Object.fromEntries(keys.map((k) => [`f:${k}`, {}])) } },
  },
});

const namespace = (labels: Record<string, string> | undefined, managedFields?: ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'team-a',
    uid: 'u',
    resourceVersion: '5',
    annotations: { a: 'b' },
    ...(labels && { labels }),
    ...(managedFields && { managedFields }),
  },
});

type Label = [key: string, label: { value: string; managers: string[] }];

const rows: [what: string, raw: KubeObject, labels: Label[]][] = [
  ['no labels', namespace(undefined), []],
  ['other labels', namespace({ 'kubernetes.io/metadata.name': 'team-a', team: 'a' }), []],
  [
    'one manager',
    namespace({ [ENFORCE]: 'baseline' }, [entry('palisade-pod-security', [ENFORCE])]),
    [[ENFORCE, { value: 'baseline', managers: ['palisade-pod-security'] }]],
  ],
  [
    'two that share a label, and one that has the other',
    namespace({ [ENFORCE]: 'baseline', [VERSION]: 'v1.30' }, [
      entry('palisade-pod-security', [ENFORCE]),
      entry('kustomize-controller', [ENFORCE, 'team']),
      entry('kubectl-label', [VERSION], 'Update'),
    ]),
    [
      [ENFORCE, { value: 'baseline', managers: ['palisade-pod-security', 'kustomize-controller'] }],
      [VERSION, { value: 'v1.30', managers: ['kubectl-label'] }],
    ],
  ],
  [
    'a manager with two entries is one',
    namespace({ [ENFORCE]: 'baseline' }, [entry('kubectl', [ENFORCE]), entry('kubectl', [ENFORCE], 'Update')]),
    [[ENFORCE, { value: 'baseline', managers: ['kubectl'] }]],
  ],
  [
    'a label from before managed fields has no manager',
    namespace({ [ENFORCE]: 'baseline' }, [entry('kubectl', ['team'])]),
    [[ENFORCE, { value: 'baseline', managers: [] }]],
  ],
  ['no managed fields at all', namespace({ [ENFORCE]: 'baseline' }), [[ENFORCE, { value: 'baseline', managers: [] }]]],
  [
    'a manager without a name',
    namespace({ [ENFORCE]: 'baseline' }, [entry(undefined, [ENFORCE])]),
    [[ENFORCE, { value: 'baseline', managers: ['unknown'] }]],
  ],
  [
    'entries about other fields, or without fields',
    namespace({ [ENFORCE]: 'baseline' }, [
      { manager: 'a', fieldsV1: { 'f:status': { 'f:phase': {} } } },
      { manager: 'b', fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${ENFORCE}`]: {} } } } },
      { manager: 'c' },
    ]),
    [[ENFORCE, { value: 'baseline', managers: [] }]],
  ],
];

for (const [what, raw, labels] of rows) {
  test(what, () => assert.equal([...toCachedNamespace(raw).labels], labels));
}

test('the label for image rules is kept with its managers', () => {
  const key = 'security.palisade.dev/trusted-images';
  const { labels } = toCachedNamespace(namespace({ [key]: 'true' }, [entry('palisade-images', [key])]));
  assert.equal([...labels], [[key, { value: 'true', managers: ['palisade-images'] }]]);
});

test('the annotations with image rules in force are kept with their managers, and no other annotations', () => {
  const key = 'enforced-images.security.palisade.dev/0a1b';
  const raw = namespace({}, [
    { manager: 'palisade-images', fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${key}`]: {} } } } },
  ]);
  const { records } = toCachedNamespace({
    ...raw,
    metadata: { ...raw.metadata, annotations: { [key]: 'requireDigest', 'security.palisade.dev/x': 'y' } },
  });
  assert.equal([...records], [[key, { value: 'requireDigest', managers: ['palisade-images'] }]]);
});

test('the cache keeps no other annotations, all labels without their managers, and no managed fields', () => {
  const view = toCachedNamespace(namespace({ team: 'a' }, [entry('kubectl', ['team'])]));
  assert.equal(
    { ...view, labels: [...view.labels], records: [...view.records] },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team-a', uid: 'u', resourceVersion: '5', labels: { team: 'a' } },
      labels: [],
      records: [],
    },
  );
});

const keys: [key: string, ours: boolean][] = [
  ['pod-security.kubernetes.io/enforce', true],
  ['pod-security.kubernetes.io/anything', true],
  ['kubernetes.io/metadata.name', false],
  ['pod-security.kubernetes.io', false],
];

for (const [key, expected] of keys) {
  test(`${key} is ${expected ? 'a' : 'no'} Pod Security label`, () => assert.is(isPodSecurityLabel(key), expected));
}

test.run();
