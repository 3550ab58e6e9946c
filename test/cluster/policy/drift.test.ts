import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { KINDS } from '../../harness/install.ts';
import { type NetworkPolicy, Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('drift');
const { registry } = await palisade.operator(ns);
test.after(() => palisade.close());

await palisade.apply(ns, 'guard', {
  network: { isolate: ['Ingress'] },
  access: {
    bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }],
    roles: [
      {
        name: 'logs',
        rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
        subjects: [{ kind: 'ServiceAccount', name: 'shipper' }],
      },
    ],
  },
});
await palisade.ready(ns, 'guard');

/** The only generated object of the kind with this name prefix. */
const child = async (resource: Resource, prefix: string): Promise<KubeObject & Record<string, unknown>> => {
  const found = await palisade.list<KubeObject & Record<string, unknown>>(resource, ns);
  const [only, ...rest] = found.filter((o) => o.metadata.name.startsWith(prefix));
  assert.ok(only !== undefined && rest.length === 0, `one ${resource.kind} ${prefix}*`);
  return only;
};

const content = ({ metadata, ...rest }: KubeObject & Record<string, unknown>): unknown => ({
  ...rest,
  labels: metadata.labels,
  owners: metadata.ownerReferences,
});

/** A change by another client, as a JSON merge patch like those of kubectl patch, edit and label. */
const EDITS: [what: string, resource: Resource, prefix: string, patch: object][] = [
  ['opened by an empty rule where there was none', KINDS.NetworkPolicy, 'guard-base-', { spec: { ingress: [{}] } }],
  [
    'selecting other pods',
    KINDS.NetworkPolicy,
    'guard-base-',
    { spec: { podSelector: { matchLabels: { app: 'none' } } } },
  ],
  ['isolating another direction', KINDS.NetworkPolicy, 'guard-base-', { spec: { policyTypes: ['Egress'] } }],
  [
    'with an egress rule',
    KINDS.NetworkPolicy,
    'guard-base-',
    { spec: { egress: [{}], policyTypes: ['Ingress', 'Egress'] } },
  ],
  [
    'with more rights',
    KINDS.Role,
    'guard-logs-',
    { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
  ],
  ['with other subjects', KINDS.RoleBinding, 'guard-viewer-', { subjects: [] }],
  ['without its subjects', KINDS.RoleBinding, 'guard-logs-', { subjects: null }],
];

for (const [what, resource, prefix, patch] of EDITS) {
  test(`invariant 3: a ${resource.kind} ${what} is restored`, async () => {
    const before = await child(resource, prefix);
    await palisade.admin.patch(resource, before.metadata.name, patch, {
      namespace: ns,
      type: 'merge',
      fieldManager: 'kubectl-edit',
    });
    await until('it is back', async () => {
      const after = await child(resource, prefix);
      assert.is(after.metadata.uid, before.metadata.uid);
      return JSON.stringify(content(after)) === JSON.stringify(content(before));
    });
  });
}

const REMOVALS: [what: string, patch: object][] = [
  ['our label', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }],
  ['the label that names the policy', { metadata: { labels: { 'security.palisade.dev/policy': null } } }],
  ['our ownerReference', { metadata: { ownerReferences: null } }],
];

for (const [what, patch] of REMOVALS) {
  test(`invariant 3: ${what} is restored when it is removed`, async () => {
    const before = await child(KINDS.NetworkPolicy, 'guard-base-');
    await palisade.admin.patch(KINDS.NetworkPolicy, before.metadata.name, patch, {
      namespace: ns,
      type: 'merge',
      fieldManager: 'kubectl-edit',
    });
    await until(
      'it is back',
      async () =>
        JSON.stringify(content(await child(KINDS.NetworkPolicy, 'guard-base-'))) === JSON.stringify(content(before)),
    );
  });
}

for (const [resource, prefix] of [
  [KINDS.NetworkPolicy, 'guard-base-'],
  [KINDS.Role, 'guard-logs-'],
  [KINDS.RoleBinding, 'guard-viewer-'],
] as const) {
  test(`invariant 3: a deleted ${resource.kind} is recreated`, async () => {
    const before = await child(resource, prefix);
    await palisade.admin.delete(resource, before.metadata.name, { namespace: ns });
    const after = await until('it is back', async () => {
      const found = await palisade.list<KubeObject & Record<string, unknown>>(resource, ns);
      return found.find((o) => o.metadata.name === before.metadata.name);
    });
    assert.is.not(after.metadata.uid, before.metadata.uid);
    assert.equal(JSON.stringify(content(after)), JSON.stringify(content(before)));
  });
}

interface Event extends KubeObject {
  reason: string;
  note: string;
  regarding: { kind: string; name: string };
  related?: { kind: string; name: string };
}

test('invariant 3: an Event on the policy and a metric name the client and the change', async () => {
  const base = await child(KINDS.NetworkPolicy, 'guard-base-');
  const event = await until('the Event', async () => {
    const events = await palisade.list<Event>(KINDS.Event, ns);
    return events.find(
      (e) => e.reason === 'DriftRepaired' && e.note.includes('kubectl-edit') && e.related?.name === base.metadata.name,
    );
  });
  assert.is(event.note, `NetworkPolicy ${base.metadata.name} was changed by field manager kubectl-edit: restored`);
  assert.is(event.regarding.name, 'guard');
  const binding = await child(KINDS.RoleBinding, 'guard-logs-');
  const removal = `RoleBinding ${binding.metadata.name} was changed by another client: restored`;
  await until('the Event of the removed subjects', async () =>
    (await palisade.list<Event>(KINDS.Event, ns)).some((e) => e.reason === 'DriftRepaired' && e.note === removal),
  );
  const text = await registry.metrics();
  assert.match(text, /palisade_drift_repaired_total\{kind="NetworkPolicy",manager="kubectl"\} [1-9]/);
  assert.match(text, /palisade_drift_repaired_total\{kind="Role",manager="unknown"\} 1/);
  assert.match(text, /palisade_drift_repaired_total\{kind="RoleBinding",manager="unknown"\} [2-9]/);
  assert.match(text, 'palisade_policies{state="Ready"} 1');
});

test('labels and annotations that other clients add stay', async () => {
  const { metadata } = await child(KINDS.NetworkPolicy, 'guard-base-');
  const patch = { metadata: { labels: { team: 'a' }, annotations: { note: 'mine' } } };
  await palisade.admin.patch(KINDS.NetworkPolicy, metadata.name, patch, {
    namespace: ns,
    type: 'merge',
    fieldManager: 'kubectl-label',
  });
  await palisade.apply(ns, 'guard', { network: { isolate: ['Ingress'], allow: { sameNamespace: true } } });
  await palisade.ready(ns, 'guard');
  const after = (await child(KINDS.NetworkPolicy, 'guard-base-')) as unknown as NetworkPolicy;
  assert.is(after.metadata.labels?.team, 'a');
  assert.equal(after.spec.ingress, [{ from: [{ podSelector: {} }] }]);
});

test.run();
