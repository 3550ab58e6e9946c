import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject, ManagedFieldsEntry, OwnerReference } from '../../../src/kube/object.ts';
import {
  belongsTo,
  type CachedChild,
  changedBy,
  controllerUid,
  isAsDesired,
  isLeftover,
  toCachedChild,
} from '../../../src/policy/children/cached-child.ts';
import type { ChildKind, NetworkPolicyChild } from '../../../src/policy/children/kinds.ts';
import { ownerReference } from '../../../src/policy/children/meta.ts';
import { renderNetwork } from '../../../src/policy/sections/network/render.ts';

const LABELS = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'payments' };
const OWNER = ownerReference({ name: 'payments', uid: 'uid-1' });

const DESIRED: NetworkPolicyChild = renderNetwork(
  { name: 'payments', namespace: 'team-a' },
  { isolate: ['Ingress'] },
  { dnsPeers: [], apiServer: [] },
).policies[0]!;

const LABEL_FIELDS = { 'f:app.kubernetes.io/managed-by': {}, 'f:security.palisade.dev/policy': {} };

const entry = (manager: string | undefined, fieldsV1: ManagedFieldsEntry['fieldsV1'], operation = 'Apply') => ({
  ...(manager !== undefined && { manager }),
  operation,
  ...(fieldsV1 && { fieldsV1 }),
});
const ours = entry('palisade-network', {
  'f:metadata': { 'f:labels': LABEL_FIELDS, 'f:ownerReferences': {} },
  'f:spec': { 'f:podSelector': {}, 'f:policyTypes': {} },
});

interface Change {
  spec?: unknown;
  labels?: Record<string, string>;
  owners?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

const raw = ({ spec = DESIRED.spec, labels = LABELS, owners = [OWNER], managedFields = [ours] }: Change = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {
    name: DESIRED.metadata.name,
    namespace: 'team-a',
    uid: 'child',
    resourceVersion: '9',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    labels,
    ownerReferences: owners,
    managedFields,
  },
  spec,
  status: {},
});

const view = (change?: Change): CachedChild => toCachedChild('NetworkPolicy')(raw(change));

test('the cache keeps the fields that a comparison needs', () => {
  assert.equal(view(), {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: DESIRED.metadata.name,
      namespace: 'team-a',
      uid: 'child',
      resourceVersion: '9',
      labels: LABELS,
      ownerReferences: [OWNER],
    },
    foreignManagers: [],
    generated: true,
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
});

test("of another client's object the cache keeps only its existence, the policy that it claims, and the rules of a NetworkPolicy", () => {
  assert.equal(view({ owners: [], managedFields: [entry('kubectl', { 'f:spec': { 'f:ingress': {} } })] }), {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: DESIRED.metadata.name,
      namespace: 'team-a',
      uid: 'child',
      resourceVersion: '9',
      labels: { 'security.palisade.dev/policy': 'payments' },
      ownerReferences: [],
    },
    foreignManagers: [],
    generated: false,
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
});

test('a huge object that looks like ours takes little memory, and is not as desired', () => {
  const huge = (n: number) => ({
    ...DESIRED.spec,
    ingress: Array.from({ length: n }, (_, i) => ({ from: [{ ipBlock: { cidr: `10.0.${i >> 8}.${i & 255}/32` } }] })),
  });
  const live = view({ spec: huge(20_000) });
  assert.ok(JSON.stringify(live).length < 2_000);
  assert.is(isAsDesired(live, DESIRED, 'uid-1'), false);
  assert.is(isAsDesired(live, { ...DESIRED, spec: huge(20_000) }, 'uid-1'), true);
  assert.is(isAsDesired(live, { ...DESIRED, spec: huge(19_999) }, 'uid-1'), false);
});

test('of huge metadata what identifies the object stays, whoever it belongs to', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => i);
  const labels = { ...Object.fromEntries(many.map((i) => [`a-${i}`, 'x'])), ...LABELS };
  const owners = [
    ...many.map((i) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: `owner-${i}`, uid: `uid-${i + 10}` })),
    OWNER,
  ];
  const ours = view({ labels, owners });
  assert.ok(JSON.stringify(ours).length < 4_000);
  assert.equal(ours.metadata.labels, LABELS);
  assert.is(isAsDesired(ours, DESIRED, 'uid-1'), true);
  const foreign = view({ labels: {}, owners: owners.slice(0, -1), managedFields: [] });
  assert.equal(foreign.metadata.ownerReferences, []);
});

const payloads: [kind: ChildKind, fields: string[]][] = [
  ['NetworkPolicy', ['spec']],
  ['Role', ['rules']],
  ['RoleBinding', ['roleRef', 'subjects']],
  ['ImageScan', ['spec']],
];

for (const [kind, fields] of payloads) {
  test(`of a ${kind} it keeps ${fields.join(' and ')}; absent fields stay absent`, () => {
    const { metadata } = raw();
    const everything = { spec: 1, rules: 2, roleRef: 3, subjects: 4, data: 5 };
    const whole = toCachedChild(kind)({ apiVersion: 'v1', kind: 'List', metadata, ...everything });
    assert.equal(
      Object.keys(everything).filter((k) => k in whole),
      fields,
    );
    assert.is(whole.kind, kind);
    const bare = toCachedChild(kind)({ apiVersion: 'v1', kind, metadata });
    assert.not.ok(fields.some((f) => f in bare));
  });
}

const managers: [what: string, entries: ManagedFieldsEntry[], foreign: string[], generated: boolean][] = [
  ['nobody', [], [], false],
  ['ours', [ours], [], true],
  ['ours, by a POST', [{ ...ours, operation: 'Update' }], [], true],
  ['ours for another concern', [{ ...ours, manager: 'palisade-access' }], [], false],
  ['ours, of labels alone', [entry('palisade-network', { 'f:metadata': { 'f:labels': LABEL_FIELDS } })], [], true],
  ['ours, of nothing', [entry('palisade-network', {})], [], false],
  [
    'a client that edits the spec',
    [ours, entry('kubectl-edit', { 'f:spec': { 'f:ingress': {} } }, 'Update')],
    ['kubectl-edit'],
    true,
  ],
  [
    'a client that takes one of our labels',
    [ours, entry('kubectl-label', { 'f:metadata': { 'f:labels': { 'f:security.palisade.dev/policy': {} } } })],
    ['kubectl-label'],
    true,
  ],
  [
    'a client with labels, annotations and a status of its own',
    [
      ours,
      entry('kubectl-label', { 'f:metadata': { 'f:labels': { 'f:team': {} } } }),
      entry('argocd', { 'f:metadata': { 'f:annotations': { 'f:app.kubernetes.io/managed-by': {} } } }),
      entry('kube-controller-manager', { 'f:status': {} }),
    ],
    [],
    true,
  ],
  [
    'two, one of them twice',
    [
      entry('a', { 'f:spec': {} }),
      entry('b', { 'f:spec': {} }),
      entry('a', { 'f:metadata': { 'f:labels': LABEL_FIELDS } }, 'Update'),
    ],
    ['a', 'b'],
    false,
  ],
  ['a client without a name', [entry(undefined, { 'f:spec': {} })], ['unknown'], false],
  ['an entry without fields', [entry('kubectl', undefined)], [], false],
];

for (const [what, managedFields, foreign, generated] of managers) {
  test(`field managers: ${what}`, () => {
    const { foreignManagers, generated: made } = view({ managedFields });
    assert.equal(foreignManagers, foreign);
    assert.is(made, generated);
  });
}

test('an object without managed fields has no known author', () => {
  const { managedFields: _, ...metadata } = raw().metadata;
  const { foreignManagers, generated } = toCachedChild('NetworkPolicy')({ ...raw(), metadata });
  assert.equal([foreignManagers, generated], [[], false]);
});

const other: OwnerReference = { ...OWNER, uid: 'uid-2' };
const notController: OwnerReference = { ...OWNER, uid: 'uid-3', controller: false };

const owners: [what: string, owners: OwnerReference[], uid: string | undefined][] = [
  ['none', [], undefined],
  ['ours', [OWNER], 'uid-1'],
  ['an owner that does not control', [notController], undefined],
  ['the controller among owners', [notController, other], 'uid-2'],
];

for (const [what, list, uid] of owners) {
  test(`controller: ${what}`, () => assert.is(controllerUid(view({ owners: list })), uid));
}

test('controller: no list of owners', () => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', uid: 'u', resourceVersion: '1' } };
  assert.is(controllerUid(object), undefined);
});

const belongings: [what: string, change: Change, belongs: boolean][] = [
  ['controlled by the policy', {}, true],
  ['controlled by the policy, of an unknown author', { managedFields: [] }, true],
  ['controlled by another', { owners: [other] }, false],
  ['generated, and its owner taken away', { owners: [] }, true],
  ['generated, and its controller made a mere owner', { owners: [notController] }, true],
  ['of another client', { owners: [], managedFields: [entry('kubectl', { 'f:spec': {} })] }, false],
];

for (const [what, change, belongs] of belongings) {
  test(`${what}: ${belongs ? "the policy's" : "not the policy's"}`, () =>
    assert.is(belongsTo(view(change), 'uid-1'), belongs));
}

const leftovers: [what: string, change: Change, leftover: boolean][] = [
  ['of this policy', {}, false],
  ['of an earlier policy of the same name', { owners: [other] }, true],
  ['of another policy', { owners: [{ ...other, name: 'orders' }] }, false],
  ['of another kind', { owners: [{ ...other, kind: 'Deployment' }] }, false],
  ['of no policy', { owners: [] }, false],
  ['of an earlier policy, but not generated by us', { owners: [other], managedFields: [] }, false],
  ['owned, not controlled, by an earlier policy', { owners: [notController] }, false],
];

for (const [what, change, leftover] of leftovers) {
  test(`${what}: ${leftover ? 'a leftover' : 'no leftover'}`, () =>
    assert.is(isLeftover(view(change), { name: 'payments', uid: 'uid-1' }), leftover));
}

const open = { ...DESIRED.spec, ingress: [{}] };
const edited = entry('kubectl-edit', { 'f:spec': { 'f:ingress': {} } }, 'Update');

const comparisons: [what: string, change: Change, desired: boolean, by: string[]][] = [
  ['as it should be', {}, true, ['unknown']],
  ['a label more', { labels: { ...LABELS, team: 'a' } }, true, ['unknown']],
  ['an owner more', { owners: [notController, OWNER] }, true, ['unknown']],
  ['a label less', { labels: { 'app.kubernetes.io/managed-by': 'palisade' } }, false, ['unknown']],
  [
    'a label of ours with another value',
    {
      labels: { ...LABELS, 'app.kubernetes.io/managed-by': 'helm' },
      managedFields: [ours, entry('helm', { 'f:metadata': { 'f:labels': LABEL_FIELDS } })],
    },
    false,
    ['helm'],
  ],
  ['no owner', { owners: [] }, false, ['unknown']],
  ['another owner', { owners: [other] }, false, ['unknown']],
  ['a spec that another client opened', { spec: open, managedFields: [ours, edited] }, false, ['kubectl-edit']],
  ['a spec that we wanted otherwise until now', { spec: open }, false, []],
  [
    'a narrower selector',
    { spec: { ...DESIRED.spec, podSelector: { matchLabels: { a: 'b' } } }, managedFields: [edited] },
    false,
    ['kubectl-edit'],
  ],
  ['the same keys in another order', { spec: { policyTypes: ['Ingress'], podSelector: {} } }, true, ['unknown']],
  ['an empty list where nothing should be', { spec: { ...DESIRED.spec, ingress: [] } }, false, []],
];

for (const [what, change, desired, by] of comparisons) {
  test(`${what}: ${desired ? 'nothing to do' : 'to be repaired'}`, () => {
    assert.is(isAsDesired(view(change), DESIRED, 'uid-1'), desired);
    assert.equal(changedBy(view(change), DESIRED), by);
  });
}

const LABELED: NetworkPolicyChild = {
  ...DESIRED,
  metadata: { ...DESIRED.metadata, labels: { ...LABELS, team: 'a' }, ownerReferences: [OWNER] },
};
const KEEPER: OwnerReference = { apiVersion: 'v1', kind: 'Namespace', name: 'team-a', uid: 'ns' };
const KEPT: NetworkPolicyChild = { ...DESIRED, metadata: { ...DESIRED.metadata, ownerReferences: [OWNER, KEEPER] } };
const withTeam = entry('palisade-network', {
  'f:metadata': { 'f:labels': { '.': {}, ...LABEL_FIELDS, 'f:team': {} } },
});
const labeled: Change = { labels: { ...LABELS, team: 'a' }, managedFields: [withTeam] };

const desires: [what: string, change: Change, child: NetworkPolicyChild, desired: boolean, by: string[]][] = [
  ['with the further label', labeled, LABELED, true, ['unknown']],
  ['without it, which was not wanted before', {}, LABELED, false, []],
  [
    'as a POST wrote it',
    {
      managedFields: [
        entry('palisade-network', { 'f:metadata': { 'f:labels': { '.': {}, ...LABEL_FIELDS } } }, 'Update'),
      ],
    },
    DESIRED,
    true,
    ['unknown'],
  ],
  ['with another value of it', { ...labeled, labels: { ...LABELS, team: 'b' } }, LABELED, false, []],
  ['with one that is not wanted any more', labeled, DESIRED, false, ['unknown']],
  ["with one of another client's", { labels: { ...LABELS, team: 'a' } }, DESIRED, true, ['unknown']],
  ['with the second owner', { owners: [OWNER, KEEPER] }, KEPT, true, ['unknown']],
  ['without it, as an earlier release wrote it', {}, KEPT, false, []],
  ['without any owner', { owners: [] }, KEPT, false, ['unknown']],
  [
    'of a version of our group that is not served',
    { owners: [{ ...OWNER, apiVersion: 'security.palisade.dev/v9' }] },
    DESIRED,
    false,
    ['unknown'],
  ],
];

for (const [what, change, child, desired, by] of desires) {
  test(`an object ${what}: ${desired ? 'nothing to do' : 'to be repaired'}`, () => {
    assert.is(isAsDesired(view(change), child, 'uid-1'), desired);
    assert.equal(changedBy(view(change), child), by);
  });
}

test('a label that another client removed is drift if it was wanted before', () => {
  const before = view(labeled);
  const earlier = { ...before, metadata: { ...before.metadata, resourceVersion: '8' } };
  assert.equal(changedBy(view(), LABELED, earlier), ['unknown']);
  assert.equal(changedBy(view(labeled), DESIRED, earlier), []);
});

const OTHER: NetworkPolicyChild = { ...DESIRED, spec: { ...DESIRED.spec, policyTypes: ['Egress'] } };
const asWritten = view();
const later = (child: CachedChild): CachedChild => ({
  ...child,
  metadata: { ...child.metadata, resourceVersion: '99' },
});
const differing = later(view({ spec: { podSelector: {} } }));

test('a field that was removed without a trace: another client did it, if the same was desired before', () =>
  assert.equal(changedBy(differing, DESIRED, asWritten), ['unknown']));

test('a difference from a new desire is our own', () => {
  assert.equal(changedBy(asWritten, OTHER, asWritten), []);
  assert.equal(changedBy(differing, OTHER, asWritten), []);
});

test('a difference from a new desire is our own, whoever owned a field when the object was as desired', () => {
  const shared = view({ managedFields: [ours, edited] });
  assert.equal(changedBy(shared, OTHER, shared), []);
  assert.equal(changedBy(later(shared), OTHER, shared), ['kubectl-edit'], 'written since');
});

test('a difference without a known version before it counts as our own: an earlier release may have written it', () =>
  assert.equal(changedBy(differing, DESIRED), []));

test.run();
