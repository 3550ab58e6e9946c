// needs: cluster
// Attacks through policies. No user gains through a policy anything that the user could not do without it.
import { test } from 'uvu';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import type { PolicySpec } from '../../src/api/policy.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { Palisade } from '../harness/palisade.ts';
import { attempt } from './attempt.ts';
import { person, personWith, untilAggregated } from './people.ts';

const palisade = await Palisade.open();
const home = await palisade.namespace('people');
const tenant = await palisade.namespace('tenant', { 'pod-security.kubernetes.io/enforce': 'restricted' });
const elsewhere = await palisade.namespace('elsewhere');
const unlabelled = await palisade.namespace('unlabelled');
test.after(() => palisade.close());
await untilAggregated(palisade);

const in_ = (where: string, name: string, role: string) => person(palisade, { name, home, where, role });
const [viewer, writer, editor, admin, gitops, stranger, landlord] = await Promise.all([
  in_(tenant, 'viewer', 'view'),
  in_(tenant, 'writer', 'palisade-aggregate-to-edit'),
  in_(tenant, 'editor', 'edit'),
  in_(tenant, 'admin', 'admin'),
  in_(tenant, 'gitops', 'cluster-admin'),
  in_(elsewhere, 'stranger', 'admin'),
  in_(unlabelled, 'landlord', 'admin'),
]);

// Users who may write policies but not the generated objects: not the same users as those of Kubernetes' own roles.
const POLICIES = { containersecuritypolicies: ['get', 'create', 'patch', 'delete'] };
const BINDINGS = { rolebindings: ['create'], accessprofiles: ['use'] };
const statuses = (...verbs: string[]) => ({ 'containersecuritypolicies/status': verbs, 'imagescans/status': verbs });
const [author, asker, binder, forger, publisher] = await Promise.all([
  personWith(palisade, { name: 'author', home, where: tenant }, POLICIES, test.after),
  personWith(palisade, { name: 'asker', home, where: tenant }, { ...POLICIES, imagescans: ['create'] }, test.after),
  personWith(palisade, { name: 'binder', home, where: tenant }, { ...POLICIES, ...BINDINGS }, test.after),
  personWith(palisade, { name: 'forger', home, where: tenant }, statuses('patch'), test.after),
  personWith(palisade, { name: 'publisher', home, where: tenant }, statuses('patch', 'publish'), test.after),
]);

const devs = [{ kind: 'Group' as const, name: 'devs' }];
const bound = (profile: 'viewer' | 'deployer' | 'admin', subjects: object[] = devs): PolicySpec =>
  ({ access: { bindings: [{ profile, subjects }] } }) as PolicySpec;
const roles = (rule: object): PolicySpec =>
  ({
    access: {
      roles: [
        { name: 'r', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }], subjects: devs },
      ],
    },
  }) as PolicySpec;
const allowed: PolicySpec = { images: { allowed: ['registry.example.com/team/*'] } };

/** A dry-run goes through authorization, the schema and admission, and leaves nothing. */
const create =
  (who: KubeClient, spec: PolicySpec, namespace = tenant) =>
  () =>
    who.create(
      CONTAINER_SECURITY_POLICY,
      {
        apiVersion: 'security.palisade.dev/v1alpha1',
        kind: 'ContainerSecurityPolicy',
        metadata: { name: 'mine' },
        spec,
      },
      { namespace, dryRun: true },
    );
const patch = (who: KubeClient, name: string, body: object) => () =>
  who.patch(CONTAINER_SECURITY_POLICY, name, body, { namespace: tenant, type: 'merge', dryRun: true });
const remove = (who: KubeClient, name: string) => () =>
  who.delete(CONTAINER_SECURITY_POLICY, name, { namespace: tenant });

const everything: PolicySpec = { network: {}, podSecurity: { level: 'restricted' }, ...bound('viewer'), ...allowed };
await palisade.apply(tenant, 'platform', everything);
await palisade.apply(tenant, 'audit', { ...everything, mode: 'Audit' });
await palisade.apply(tenant, 'isolation', { network: {} });
await palisade.apply(tenant, 'levels', { podSecurity: { level: 'restricted' } });
await palisade.apply(tenant, 'rights', bound('viewer'));
await palisade.apply(tenant, 'trusted', allowed);
await palisade.apply(tenant, 'scanned', { scan: {} });
const theirs = {
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ImageScan',
  metadata: { name: 'theirs' },
  spec: {},
};
await palisade.admin.create(IMAGE_SCAN, theirs, { namespace: tenant });

const lacks = (section: string, who: string, right: string) =>
  `spec.${section}: system:serviceaccount:${home}:${who} ${right}`;

for (const [section, spec, who, client, right, twin] of [
  ['network', { network: {} }, 'writer', writer, 'may not create networkpolicies', editor],
  [
    'podSecurity',
    { podSecurity: { level: 'restricted' } },
    'editor',
    editor,
    'may not update containersecuritypolicies/podsecurity',
    admin,
  ],
  ['images', allowed, 'editor', editor, 'may not update containersecuritypolicies/images', admin],
  ['access', bound('viewer'), 'editor', editor, 'may not create rolebindings', admin],
  ['access', bound('deployer'), 'writer', writer, 'may not create rolebindings', admin],
  ['scan', { scan: {} }, 'author', author, 'may not create imagescans', asker],
  ['access.bindings', bound('admin'), 'admin', admin, 'may not use accessprofiles/admin', gitops],
  ['access.roles', roles({}), 'admin', admin, 'needs create and escalate on roles', gitops],
] as const) {
  attempt({
    what: `${who} writes ${section}: ${JSON.stringify(spec)}`,
    deny: create(client, spec as PolicySpec),
    by: 'AdmissionRefused',
    because: lacks(section, who, right),
    twin: create(twin, spec as PolicySpec),
  });
}

// A proposal is not in force, so nobody needs the rights of its sections; but its preview names pods and their images.
const proposing = (proposed: PolicySpec) => ({ spec: { proposed } });
attempt({
  what: 'a user who may not list pods proposes rules, to read pods and images from the preview',
  deny: patch(author, 'isolation', proposing({ images: { allowed: ['registry.example.com/none'] } })),
  by: 'AdmissionRefused',
  because: lacks('proposed', 'author', 'may not list pods'),
  twin: patch(editor, 'isolation', proposing({ ...everything, ...roles({}) })),
});
attempt({
  what: 'a user puts a proposal in force without the rights of its sections',
  deny: patch(editor, 'isolation', { spec: { ...allowed, proposed: allowed } }),
  by: 'AdmissionRefused',
  because: lacks('images', 'editor', 'may not update containersecuritypolicies/images'),
  twin: patch(admin, 'isolation', { spec: { ...allowed, proposed: null } }),
});

attempt({
  what: 'a user who may create bindings but not delete them omits those of a policy',
  deny: patch(binder, 'rights', { spec: { access: { bindings: [] } } }),
  by: 'AdmissionRefused',
  because: 'binder may not delete rolebindings',
  twin: patch(admin, 'rights', { spec: { access: { bindings: [] } } }),
});

// What the API server enforces there by default is nothing that a guard can read.
attempt({
  what: 'a namespace admin asks for privileged where no label says what the cluster enforces',
  deny: create(landlord, { podSecurity: { level: 'privileged' } }, unlabelled),
  by: 'AdmissionRefused',
  because: `is weaker than baseline, which the API server may enforce by default in namespace ${unlabelled}`,
  twin: create(landlord, { podSecurity: { level: 'baseline' } }, unlabelled),
});

// At an older version, the API server admits what latest forbids, such as seccomp Unconfined.
for (const [what, pinned, twin] of [
  ['baseline', { level: 'baseline', version: 'v1.0' }, { level: 'baseline' }],
  ['a recent version', { level: 'baseline', version: 'v1.36' }, { level: 'baseline', version: 'latest' }],
  ['a version of the future', { level: 'restricted', version: 'v1.99' }, { level: 'restricted' }],
  [
    'a higher level, at once',
    { level: 'restricted', version: 'v1.0', onViolation: 'Enforce' },
    { level: 'restricted', onViolation: 'Enforce' },
  ],
] as const) {
  attempt({
    what: `a namespace admin pins an older Pod Security version: ${what}`,
    deny: create(landlord, { podSecurity: pinned }, unlabelled),
    by: 'AdmissionRefused',
    because: `spec.podSecurity.version: ${pinned.version} can be weaker than latest, and system:serviceaccount:${home}:landlord may not update namespace ${unlabelled}`,
    twin: create(landlord, { podSecurity: twin }, unlabelled),
  });
}
attempt({
  what: "a namespace admin pins the version of the platform's level, which a user of the namespace itself may do",
  deny: patch(admin, 'levels', { spec: { podSecurity: { version: 'v1.0' } } }),
  by: 'AdmissionRefused',
  because: 'spec.podSecurity',
  twin: patch(gitops, 'levels', { spec: { podSecurity: { version: 'v1.0' } } }),
});

for (const level of ['privileged', 'baseline', 'restricted'] as const) {
  const podSecurity = { level, ...(level === 'restricted' && { version: 'v1.20' }) };
  attempt({
    what: `a namespace admin asks for ${JSON.stringify(podSecurity)} below the platform's restricted`,
    deny: create(admin, { podSecurity }),
    by: 'AdmissionRefused',
    because: `is weaker than restricted, which namespace ${tenant} enforces`,
    twin: create(gitops, { podSecurity }),
  });
}

for (const [what, body, who, because, twin] of [
  ['puts it in force', { name: 'audit', spec: { mode: 'Enforce' } }, writer, 'may not create networkpolicies', admin],
  [
    'takes it out of force',
    { name: 'platform', spec: { mode: 'Audit' } },
    writer,
    'may not create networkpolicies',
    admin,
  ],
  [
    'suspends it',
    { name: 'platform', spec: { suspend: true } },
    editor,
    'may not update containersecuritypolicies/podsecurity',
    admin,
  ],
  [
    'drops its isolation',
    { name: 'platform', spec: { network: null } },
    writer,
    'may not delete networkpolicies',
    editor,
  ],
  [
    'opens its isolation',
    { name: 'platform', spec: { network: { allow: { sameNamespace: true } } } },
    writer,
    'may not create networkpolicies',
    editor,
  ],
  [
    'drops its level',
    { name: 'platform', spec: { podSecurity: null } },
    editor,
    'may not update containersecuritypolicies/podsecurity',
    admin,
  ],
  [
    'drops its image rules',
    { name: 'platform', spec: { images: null } },
    editor,
    'may not update containersecuritypolicies/images',
    admin,
  ],
  [
    'adds to its image rules',
    { name: 'platform', spec: { images: { allowed: ['evil.example.com/*'] } } },
    editor,
    'may not update containersecuritypolicies/images',
    admin,
  ],
  ['drops its bindings', { name: 'platform', spec: { access: null } }, editor, 'may not delete rolebindings', admin],
  [
    'binds others',
    {
      name: 'platform',
      spec: { access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }] } },
    },
    editor,
    'may not create rolebindings',
    admin,
  ],
  [
    'silences its scan',
    { name: 'scanned', spec: { scan: { failOn: 'None' } } },
    asker,
    'may not update imagescans',
    editor,
  ],
  ['drops its scan', { name: 'scanned', spec: { scan: null } }, asker, 'may not delete imagescans', editor],
  [
    'makes them admins',
    { name: 'platform', spec: { access: { bindings: [{ profile: 'admin', subjects: devs }] } } },
    admin,
    'may not use accessprofiles/admin',
    gitops,
  ],
] as const) {
  attempt({
    what: `another user's policy: ${what} ${JSON.stringify(body.spec)}`,
    deny: patch(who, body.name, { spec: body.spec }),
    by: 'AdmissionRefused',
    because,
    twin: patch(twin, body.name, { spec: body.spec }),
  });
}

const nowhere = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nowhere', uid: '00000000-0000-0000-0000-000000000000' };
attempt({
  what: 'an ownerReference to nowhere, which has the garbage collector delete a policy',
  deny: patch(writer, 'platform', { metadata: { ownerReferences: [nowhere] } }),
  by: 'AdmissionRefused',
  because: 'may not update containersecuritypolicies/images',
  twin: patch(writer, 'platform', {
    metadata: { labels: { team: 'a' }, annotations: { note: 'b' }, finalizers: ['example.com/mine'] },
  }),
});

attempt({
  what: 'labels on NetworkPolicies and RoleBindings by somebody who may not write them',
  deny: patch(writer, 'platform', { spec: { childLabels: { team: 'x' } } }),
  by: 'AdmissionRefused',
  because: 'writer may not create networkpolicies',
  twin: patch(admin, 'platform', { spec: { childLabels: { team: 'x' } } }),
});

// What a deletion leaves behind is decided by its options, or by finalizers that anybody who may update a policy can set.
const finalizers = (list: string[]) => ({ metadata: { finalizers: list } });
for (const [name, who, client, right] of [
  ['rights', 'editor', editor, 'may not delete rolebindings'],
  ['isolation', 'writer', writer, 'may not delete networkpolicies'],
  ['levels', 'editor', editor, 'may not update containersecuritypolicies/podsecurity'],
] as const) {
  for (const finalizer of ['orphan', 'foregroundDeletion']) {
    attempt({
      what: `${who} sets finalizer ${finalizer} on ${name}`,
      deny: patch(client, name, finalizers([finalizer])),
      by: 'AdmissionRefused',
      because: `${who} ${right}`,
      twin: patch(client, name, finalizers(['example.com/mine'])),
    });
  }
}
attempt({
  what: 'somebody who may update a policy sets finalizer orphan among others',
  deny: patch(editor, 'rights', finalizers(['example.com/mine', 'orphan'])),
  by: 'AdmissionRefused',
  because: 'editor may not delete rolebindings',
  twin: patch(admin, 'rights', finalizers(['example.com/mine', 'orphan'])),
});
const born = (who: KubeClient, list: string[]) => () =>
  who.create(
    CONTAINER_SECURITY_POLICY,
    {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ContainerSecurityPolicy',
      metadata: { name: 'born', finalizers: list },
      spec: bound('viewer'),
    },
    { namespace: tenant, dryRun: true },
  );
attempt({
  what: 'a policy is created with finalizer orphan by somebody who may not delete bindings',
  deny: born(binder, ['orphan']),
  by: 'AdmissionRefused',
  because: 'binder may not delete rolebindings',
  twin: born(binder, ['example.com/mine']),
});
await palisade.apply(tenant, 'left-behind', bound('viewer'));
attempt({
  what: 'a deletion that leaves a binding in force, even by somebody who may delete bindings',
  deny: () =>
    admin.delete(CONTAINER_SECURITY_POLICY, 'left-behind', { namespace: tenant, propagationPolicy: 'Orphan' }),
  by: 'AdmissionRefused',
  because: `propagationPolicy Orphan would leave NetworkPolicies and RoleBindings of ContainerSecurityPolicy ${tenant}/left-behind in force`,
  twin: () =>
    admin.delete(CONTAINER_SECURITY_POLICY, 'left-behind', { namespace: tenant, propagationPolicy: 'Foreground' }),
});

for (const [name, who, right, role, twin] of [
  ['isolation', writer, 'may not delete networkpolicies', 'edit', editor],
  ['levels', editor, 'may not update containersecuritypolicies/podsecurity', 'admin', admin],
  ['trusted', editor, 'may not update containersecuritypolicies/images', 'admin', admin],
  ['rights', editor, 'may not delete rolebindings', 'admin', admin],
  ['scanned', asker, 'may not delete imagescans', 'edit', editor],
] as const) {
  attempt({
    what: `deleting ${name}`,
    deny: remove(who, name),
    by: 'AdmissionRefused',
    because: `${right} in namespace ${tenant}; ClusterRole ${role} grants this right`,
    twin: remove(twin, name),
  });
}

attempt({
  what: 'a viewer writes a policy',
  deny: create(viewer, {}),
  by: 'Forbidden',
  because: 'cannot create resource "containersecuritypolicies"',
  twin: () => viewer.get(CONTAINER_SECURITY_POLICY, 'platform', tenant),
});
attempt({
  what: 'the admin of another namespace writes a policy here',
  deny: create(stranger, { network: {} }),
  by: 'Forbidden',
  because: 'cannot create resource "containersecuritypolicies"',
  twin: create(stranger, { network: {} }, elsewhere),
});
attempt({
  what: 'a namespace admin writes a policy in kube-system',
  deny: create(admin, { network: {} }, 'kube-system'),
  by: 'Forbidden',
  because: 'cannot create resource "containersecuritypolicies"',
  twin: create(admin, { network: {} }),
});
const forged = { status: { observedGeneration: 99 } };
attempt({
  what: 'a namespace admin forges a status',
  deny: () =>
    admin.patch(CONTAINER_SECURITY_POLICY, 'platform', forged, {
      namespace: tenant,
      type: 'merge',
      subresource: 'status',
      dryRun: true,
    }),
  by: 'Forbidden',
  because: 'cannot patch resource "containersecuritypolicies/status"',
  twin: patch(admin, 'platform', { metadata: { labels: { team: 'a' } } }),
});

// The status decides nothing, but people and pipelines rely on it.
for (const [resource, name] of [
  [CONTAINER_SECURITY_POLICY, 'platform'],
  [IMAGE_SCAN, 'theirs'],
] as const) {
  const write = (who: KubeClient) => () =>
    who.patch(resource, name, forged, { namespace: tenant, type: 'merge', dryRun: true, subresource: 'status' });
  attempt({
    what: `a user who may patch ${resource.plural}/status forges one`,
    deny: write(forger),
    by: 'AdmissionRefused',
    because: `forger may not write the status of ${resource.plural} in namespace ${tenant}: only the operator writes it`,
    twin: write(publisher),
  });
}

for (const [what, spec, because, twin] of [
  [
    'everybody who is logged in',
    bound('viewer', [{ kind: 'Group', name: 'system:authenticated' }]),
    'names that start with system: are reserved for Kubernetes',
    bound('viewer'),
  ],
  [
    'the masters',
    bound('viewer', [{ kind: 'Group', name: 'system:masters' }]),
    'names that start with system: are reserved for Kubernetes',
    bound('deployer'),
  ],
  [
    'an account of another namespace by its user name',
    bound('viewer', [{ kind: 'User', name: 'system:serviceaccount:kube-system:x' }]),
    'names that start with system: are reserved for Kubernetes',
    bound('viewer', [{ kind: 'User', name: 'eve' }]),
  ],
  [
    'a ServiceAccount of another namespace',
    bound('viewer', [{ kind: 'ServiceAccount', name: 'kube-system:x' }]),
    'write the name of a ServiceAccount without its namespace',
    bound('viewer', [{ kind: 'ServiceAccount', name: 'x' }]),
  ],
  ['every verb', roles({ verbs: ['*'] }), 'wildcards are not allowed', roles({ verbs: ['list'] })],
  ['every resource', roles({ resources: ['*'] }), 'wildcards are not allowed', roles({ resources: ['services'] })],
  [
    'every group',
    roles({ apiGroups: ['*'] }),
    'wildcards are not allowed',
    roles({ apiGroups: ['apps'], resources: ['deployments'] }),
  ],
  [
    'every subresource',
    roles({ resources: ['*/exec'] }),
    'wildcards are not allowed in resources',
    roles({ resources: ['pods/log'] }),
  ],
  [
    'escalate',
    roles({ verbs: ['escalate'] }),
    'a policy cannot grant escalate, bind or impersonate',
    roles({ verbs: ['watch'] }),
  ],
  [
    'bind',
    roles({ verbs: ['bind'] }),
    'a policy cannot grant escalate, bind or impersonate',
    roles({ verbs: ['get', 'list'] }),
  ],
  [
    'impersonate',
    roles({ verbs: ['impersonate'] }),
    'a policy cannot grant escalate, bind or impersonate',
    roles({ verbs: ['get', 'watch'] }),
  ],
  [
    'constrained impersonation',
    roles({ verbs: ['impersonate:user-info'] }),
    'a policy cannot grant escalate, bind or impersonate',
    roles({ verbs: ['list', 'watch'] }),
  ],
] as const) {
  attempt({
    what: `even a cluster admin grants by policy: ${what}`,
    deny: create(gitops, spec),
    by: 'Invalid',
    because,
    twin: create(gitops, twin),
  });
}

test.run();
