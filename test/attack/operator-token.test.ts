// needs: cluster
// The operator's token is stolen. Its ClusterRole and the admission policies limit what it can do.
import { test } from 'uvu';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';
import { KINDS } from '../harness/install.ts';
import { Palisade } from '../harness/palisade.ts';
import { attempt } from './attempt.ts';
import { thief } from './people.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('victim');
test.after(() => palisade.close());
const operator = await thief(palisade);
const { metadata } = await palisade.apply(ns, 'web', {});

const owner = {
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ContainerSecurityPolicy',
  name: 'web',
  uid: metadata.uid,
  controller: true,
};
const owned = { metadata: { name: 'x', ownerReferences: [owner] } };
const RBAC = 'rbac.authorization.k8s.io';

const create = (resource: Resource, body: object, namespace?: string) => () =>
  operator.create(
    resource,
    {
      apiVersion: `${resource.group === '' ? '' : `${resource.group}/`}${resource.version}`,
      kind: resource.kind,
      metadata: { name: 'x' },
      ...body,
    },
    { ...(namespace !== undefined && { namespace }), dryRun: true },
  );
const merge = (resource: Resource, name: string, body: object, namespace?: string) => () =>
  operator.patch(resource, name, body, { ...(namespace !== undefined && { namespace }), type: 'merge', dryRun: true });

const role = (rule: object, more: object = owned) =>
  create(KINDS.Role, { ...more, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }] }, ns);
const binding = (subject: object, name = 'palisade-admin', namespace = ns) =>
  create(
    KINDS.RoleBinding,
    { ...owned, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name }, subjects: [{ apiGroup: RBAC, ...subject }] },
    namespace,
  );
const devs = { kind: 'Group', name: 'devs' };
const netpol = (more: object, namespace = ns) =>
  create(KINDS.NetworkPolicy, { ...more, spec: { podSelector: {}, policyTypes: ['Ingress'] } }, namespace);

for (const [what, rule] of [
  ['Secrets', { resources: ['secrets'] }],
  ['a shell in every pod', { resources: ['pods/exec'], verbs: ['create'] }],
  ['tokens of ServiceAccounts', { resources: ['serviceaccounts/token'], verbs: ['create'] }],
  ['the right to make pods', { verbs: ['create'] }],
] as const) {
  attempt({
    what: `the operator grants ${what}`,
    deny: role(rule),
    by: 'EscalationRefused',
    because: 'attempting to grant RBAC permissions not currently held',
    twin: role({}),
  });
}

for (const [what, rule] of [
  ['Namespace labels', { resources: ['namespaces'], verbs: ['patch'] }],
  ['NetworkPolicies', { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['delete'] }],
  ['RoleBindings', { apiGroups: [RBAC], resources: ['rolebindings'], verbs: ['create'] }],
  ['Roles', { apiGroups: [RBAC], resources: ['roles'], verbs: ['patch'] }],
  ['policies', { apiGroups: ['security.palisade.dev'], resources: ['containersecuritypolicies'], verbs: ['patch'] }],
  ['image scans', { apiGroups: ['security.palisade.dev'], resources: ['imagescans'], verbs: ['patch'] }],
  [
    'the status of policies',
    { apiGroups: ['security.palisade.dev'], resources: ['containersecuritypolicies/status'], verbs: ['patch'] },
  ],
] as const) {
  attempt({
    what: `the operator hands on its own rights on ${what}`,
    deny: role(rule),
    by: 'AdmissionRefused',
    because: 'the operator may not grant wildcards, or rights on',
    twin: role({ resources: ['services'], verbs: ['list'] }),
  });
}

attempt({
  what: 'the operator binds cluster-admin',
  deny: binding(devs, 'cluster-admin'),
  by: 'EscalationRefused',
  because: 'attempting to grant RBAC permissions not currently held',
  twin: binding(devs),
});
attempt({
  what: 'the operator binds everybody',
  deny: binding({ kind: 'Group', name: 'system:authenticated' }),
  by: 'AdmissionRefused',
  because: 'the operator may not bind system users or groups',
  twin: binding(devs),
});
attempt({
  what: 'the operator binds a ServiceAccount of another namespace',
  deny: binding({ kind: 'ServiceAccount', apiGroup: '', name: 'x', namespace: 'kube-system' }),
  by: 'AdmissionRefused',
  because: 'a ServiceAccount of another namespace',
  twin: binding({ kind: 'ServiceAccount', apiGroup: '', name: 'x', namespace: ns }),
});
for (const reserved of ['kube-system', 'palisade-system']) {
  attempt({
    what: `the operator binds its admin profile in ${reserved}, where the Secrets are`,
    deny: binding(devs, 'palisade-admin', reserved),
    by: 'AdmissionRefused',
    because: `the operator may not write in reserved namespace ${reserved}`,
    twin: binding(devs),
  });
}
attempt({
  what: 'the operator isolates kube-system',
  deny: netpol(owned, 'kube-system'),
  by: 'AdmissionRefused',
  because: 'the operator may not write in reserved namespace kube-system',
  twin: netpol(owned),
});
attempt({
  what: 'a NetworkPolicy that belongs to no policy',
  deny: netpol({ metadata: { name: 'x' } }),
  by: 'AdmissionRefused',
  because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
  twin: netpol(owned),
});
attempt({
  what: 'a NetworkPolicy that another kind controls',
  deny: netpol({ metadata: { name: 'x', ownerReferences: [{ ...owner, apiVersion: 'apps/v1', kind: 'Deployment' }] } }),
  by: 'AdmissionRefused',
  because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
  twin: netpol(owned),
});

// The garbage collector deletes no object whose owner it cannot resolve, or that has another owner.
const outliving = (metadata: object) =>
  create(
    KINDS.RoleBinding,
    {
      metadata: { name: 'x', ...metadata },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'palisade-admin' },
      subjects: [{ apiGroup: RBAC, ...devs }],
    },
    ns,
  );
for (const apiVersion of ['security.palisade.dev/v9', 'security.palisade.dev/v1alpha2']) {
  attempt({
    what: `a binding whose controller is of ${apiVersion}, which is never collected`,
    deny: outliving({ ownerReferences: [{ ...owner, apiVersion }] }),
    by: 'AdmissionRefused',
    because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
    twin: outliving({ ownerReferences: [owner] }),
  });
}
for (const name of ['we/b', 'we%62', '..']) {
  attempt({
    what: `a binding whose controller has the name ${name}, which is never collected`,
    deny: outliving({ ownerReferences: [{ ...owner, name }] }),
    by: 'AdmissionRefused',
    because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
    twin: outliving({ ownerReferences: [owner] }),
  });
}
const { metadata: namespace } = await palisade.admin.get<KubeObject>(KINDS.Namespace, ns);
const keeper = { apiVersion: 'v1', kind: 'Namespace', name: ns, uid: namespace.uid };
for (const second of [
  keeper,
  { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', uid: 'u' },
  { ...owner, apiVersion: 'security.palisade.dev/v9', controller: false, uid: 'u' },
  { ...owner, name: 'we/b', controller: false, uid: 'u' },
]) {
  attempt({
    what: `a binding with ${second.kind} as second owner, which keeps it after its policy`,
    deny: outliving({ ownerReferences: [owner, second] }),
    by: 'AdmissionRefused',
    because: 'the operator may not give an object an owner that outlives its ContainerSecurityPolicy',
    twin: role({}, { metadata: { name: 'x', ownerReferences: [owner, keeper] } }),
  });
}
attempt({
  what: 'a NetworkPolicy that another Namespace owns too',
  deny: netpol({ metadata: { name: 'x', ownerReferences: [owner, { ...keeper, name: 'default' }] } }),
  by: 'AdmissionRefused',
  because: 'the operator may not give an object an owner that outlives its ContainerSecurityPolicy',
  twin: netpol({ metadata: { name: 'x', ownerReferences: [owner, keeper] } }),
});
attempt({
  what: 'a binding with a finalizer, which keeps it after its deletion',
  deny: outliving({ ownerReferences: [owner], finalizers: ['example.com/held'] }),
  by: 'AdmissionRefused',
  because: 'the operator may not add finalizers to an object',
  twin: outliving({ ownerReferences: [owner] }),
});

const theirs = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};
await palisade.admin.create(KINDS.NetworkPolicy, { ...theirs, metadata: { name: 'theirs' } }, { namespace: ns });
for (const name of ['ours', 'ours-2']) {
  await palisade.admin.create(
    KINDS.NetworkPolicy,
    { ...theirs, metadata: { name, ownerReferences: [owner] } },
    { namespace: ns },
  );
}
attempt({
  what: "the operator deletes another client's NetworkPolicy",
  deny: () => operator.delete(KINDS.NetworkPolicy, 'theirs', { namespace: ns }),
  by: 'AdmissionRefused',
  because: 'the operator may not change or delete an object that no ContainerSecurityPolicy controls',
  twin: () => operator.delete(KINDS.NetworkPolicy, 'ours', { namespace: ns }),
});
attempt({
  what: "the operator takes over another client's NetworkPolicy",
  deny: merge(KINDS.NetworkPolicy, 'theirs', { metadata: { ownerReferences: [owner] } }, ns),
  by: 'AdmissionRefused',
  because: 'the operator may not change or delete an object that no ContainerSecurityPolicy controls',
  twin: merge(KINDS.NetworkPolicy, 'ours-2', { spec: { ingress: null } }, ns),
});

const scan = (more: object, namespace = ns) => create(IMAGE_SCAN, { ...more, spec: {} }, namespace);
attempt({
  what: 'an ImageScan that belongs to no policy',
  deny: scan({ metadata: { name: 'x' } }),
  by: 'AdmissionRefused',
  because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
  twin: scan(owned),
});
const scanning = { apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ImageScan', spec: {} };
const found = { status: { summary: { images: 1 } } };
const system = await palisade.namespace('kube-scanned');
await palisade.admin.create(IMAGE_SCAN, { ...scanning, metadata: { name: 'theirs' } }, { namespace: system });
for (const reserved of [system, 'palisade-system']) {
  attempt({
    what: `an ImageScan in ${reserved === system ? 'kube-scanned' : reserved}`,
    deny: scan(owned, reserved),
    by: 'AdmissionRefused',
    because: `the operator may not write in reserved namespace ${reserved}`,
    twin: () =>
      operator.patch(IMAGE_SCAN, 'theirs', found, {
        namespace: system,
        type: 'merge',
        subresource: 'status',
        dryRun: true,
      }),
  });
}
await palisade.admin.create(IMAGE_SCAN, { ...scanning, metadata: { name: 'theirs' } }, { namespace: ns });
await palisade.admin.create(
  IMAGE_SCAN,
  { ...scanning, metadata: { name: 'ours', ownerReferences: [owner] } },
  { namespace: ns },
);
attempt({
  what: "the operator silences another client's ImageScan",
  deny: merge(IMAGE_SCAN, 'theirs', { spec: { failOn: 'None' } }, ns),
  by: 'AdmissionRefused',
  because: 'the operator writes only objects that a ContainerSecurityPolicy controls',
  twin: () =>
    operator.patch(IMAGE_SCAN, 'theirs', found, { namespace: ns, type: 'merge', subresource: 'status', dryRun: true }),
});
attempt({
  what: "the operator takes over another client's ImageScan",
  deny: merge(IMAGE_SCAN, 'theirs', { metadata: { ownerReferences: [owner] } }, ns),
  by: 'AdmissionRefused',
  because: 'the operator may not change or delete an object that no ContainerSecurityPolicy controls',
  twin: merge(IMAGE_SCAN, 'ours', { spec: { failOn: 'High' } }, ns),
});
attempt({
  what: "the operator deletes another client's ImageScan",
  deny: () => operator.delete(IMAGE_SCAN, 'theirs', { namespace: ns }),
  by: 'AdmissionRefused',
  because: 'the operator may not change or delete an object that no ContainerSecurityPolicy controls',
  twin: () => operator.delete(IMAGE_SCAN, 'ours', { namespace: ns }),
});

const labels = (all: object) => ({ metadata: { labels: all } });
const level = labels({ 'pod-security.kubernetes.io/enforce': 'baseline' });
for (const [what, name, body, because] of [
  [
    'another label',
    ns,
    labels({ 'istio-injection': 'enabled' }),
    'the operator may change only Pod Security labels and its own label',
  ],
  [
    'a label of our own group that it has no use for',
    ns,
    labels({ 'security.palisade.dev/x': 'y' }),
    'the operator may change only Pod Security labels and its own label',
  ],
  [
    'an annotation',
    ns,
    { metadata: { annotations: { a: 'b' } } },
    'the operator may change only its own annotations of a namespace',
  ],
  [
    'an owner',
    ns,
    { metadata: { ownerReferences: [{ ...owner, controller: false }] } },
    'the operator may change only labels and annotations of a namespace',
  ],
  [
    'a finalizer',
    ns,
    { metadata: { finalizers: ['example.com/x'] } },
    'the operator may change only labels and annotations of a namespace',
  ],
  [
    'the level of kube-system',
    'kube-system',
    labels({ 'pod-security.kubernetes.io/enforce': 'privileged' }),
    'the operator may not write in reserved namespace kube-system',
  ],
] as const) {
  attempt({
    what: `the operator changes on a Namespace: ${what}`,
    deny: merge(KINDS.Namespace, name, body),
    by: 'AdmissionRefused',
    because,
    twin: merge(KINDS.Namespace, ns, level),
  });
}

attempt({
  what: 'the operator writes what a policy says',
  deny: merge(CONTAINER_SECURITY_POLICY, 'web', { spec: { network: {} } }, ns),
  by: 'AdmissionRefused',
  because: 'the operator may not create or delete a policy, or change its spec',
  twin: merge(CONTAINER_SECURITY_POLICY, 'web', { metadata: { finalizers: ['security.palisade.dev/withdraw'] } }, ns),
});
for (const [what, metadata] of [
  [
    'an owner that is not there',
    { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'gone' }] },
  ],
  ['a label', { labels: { a: 'b' } }],
  ['an annotation', { annotations: { a: 'b' } }],
  ['a finalizer of its own', { finalizers: ['example.com/held'] }],
] as const) {
  attempt({
    what: `the operator gives a policy ${what}`,
    deny: merge(CONTAINER_SECURITY_POLICY, 'web', { metadata }, ns),
    by: 'AdmissionRefused',
    because: 'the operator may change only its own finalizer in the metadata of a policy',
    twin: merge(CONTAINER_SECURITY_POLICY, 'web', { metadata: { finalizers: ['security.palisade.dev/withdraw'] } }, ns),
  });
}
for (const [what, deny, because] of [
  [
    'writes a policy',
    create(CONTAINER_SECURITY_POLICY, { spec: {} }, ns),
    'cannot create resource "containersecuritypolicies"',
  ],
  [
    'makes a pod',
    create(KINDS.Pod, { spec: { containers: [{ name: 'c', image: 'i' }] } }, ns),
    'cannot create resource "pods"',
  ],
  ['makes a ServiceAccount', create(KINDS.ServiceAccount, {}, ns), 'cannot create resource "serviceaccounts"'],
  ['makes a Namespace', create(KINDS.Namespace, {}), 'cannot create resource "namespaces"'],
  ['makes a ClusterRole', create(KINDS.ClusterRole, {}), 'cannot create resource "clusterroles"'],
  [
    'deletes the binding of an admission policy',
    () => operator.delete(KINDS.ValidatingAdmissionPolicyBinding, 'palisade-operator-roles'),
    'cannot delete resource "validatingadmissionpolicybindings"',
  ],
] as const) {
  attempt({ what: `the operator ${what}`, deny, by: 'Forbidden', because, twin: netpol(owned) });
}

test.run();
