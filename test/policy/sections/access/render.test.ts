import type { Subject as RbacSubject } from 'kubernetes-types/rbac/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccessSection, Profile, Subject } from '../../../../src/api/policy.ts';
import { profileClusterRole, renderAccess } from '../../../../src/policy/sections/access/render.ts';

const PAYMENTS = { name: 'payments', namespace: 'team-a' };
const LABELS = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'payments' };
const RBAC = 'rbac.authorization.k8s.io';

const readers: Subject = { kind: 'Group', name: 'readers' };
const shipper: Subject = { kind: 'ServiceAccount', name: 'shipper' };
const readLogs = { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] };

const render = (access: AccessSection) => renderAccess(PAYMENTS, access);

test('an empty section renders to nothing', () => {
  assert.equal(render({}), { roles: [], bindings: [] });
  assert.equal(render({ bindings: [], roles: [] }), { roles: [], bindings: [] });
});

const profiles: [profile: Profile, role: string][] = [
  ['viewer', 'palisade-viewer'],
  ['deployer', 'palisade-deployer'],
  ['admin', 'palisade-admin'],
];

for (const [profile, role] of profiles) {
  test(`profile ${profile} is a binding to ClusterRole ${role}`, () => {
    assert.is(profileClusterRole(profile), role);
    const { roles, bindings } = render({ bindings: [{ profile, subjects: [readers] }] });
    assert.equal(roles, []);
    assert.equal(
      bindings.map((b) => b.roleRef),
      [{ apiGroup: RBAC, kind: 'ClusterRole', name: role }],
    );
  });
}

test('the complete binding to a profile', () => {
  assert.equal(render({ bindings: [{ profile: 'viewer', subjects: [readers] }] }).bindings, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'payments-viewer-a3f05d2a', namespace: 'team-a', labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'palisade-viewer' },
      subjects: [{ kind: 'Group', name: 'readers', apiGroup: RBAC }],
    },
  ]);
});

test('the complete role of a policy and its binding', () => {
  assert.equal(render({ roles: [{ name: 'log-reader', rules: [readLogs], subjects: [shipper] }] }), {
    roles: [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'payments-log-reader-13e1a5f0', namespace: 'team-a', labels: LABELS },
        rules: [readLogs],
      },
    ],
    bindings: [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'payments-log-reader-6141d0c3', namespace: 'team-a', labels: LABELS },
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'payments-log-reader-13e1a5f0' },
        subjects: [{ kind: 'ServiceAccount', name: 'shipper', namespace: 'team-a' }],
      },
    ],
  });
});

const subjects: [subject: Subject, rendered: RbacSubject][] = [
  [
    { kind: 'ServiceAccount', name: 'a' },
    { kind: 'ServiceAccount', name: 'a', namespace: 'team-a' },
  ],
  [
    { kind: 'User', name: 'ed' },
    { kind: 'User', name: 'ed', apiGroup: RBAC },
  ],
  [
    { kind: 'Group', name: 'ops' },
    { kind: 'Group', name: 'ops', apiGroup: RBAC },
  ],
];

for (const [subject, rendered] of subjects) {
  test(`subject ${subject.kind}, as the API server stores it`, () => {
    const access: AccessSection = {
      bindings: [{ profile: 'viewer', subjects: [subject] }],
      roles: [{ name: 'r', rules: [readLogs], subjects: [subject] }],
    };
    assert.equal(
      render(access).bindings.map((b) => b.subjects),
      [[rendered], [rendered]],
    );
  });
}

test('subjects keep their order', () => {
  const { bindings } = render({ bindings: [{ profile: 'viewer', subjects: [shipper, readers] }] });
  assert.equal(
    bindings[0]?.subjects.map((s) => s.name),
    ['shipper', 'readers'],
  );
});

test('rules keep their content, and resourceNames only when there are some', () => {
  const named = { apiGroups: ['apps', ''], resources: ['b', 'a'], resourceNames: ['y', 'x'], verbs: ['list', 'get'] };
  const { roles } = render({ roles: [{ name: 'r', rules: [named, readLogs], subjects: [readers] }] });
  assert.equal(roles[0]?.rules, [named, readLogs]);
  assert.not.ok('resourceNames' in (roles[0]?.rules[1] ?? {}));
});

test('a role named like a profile is another role with another binding', () => {
  const { roles, bindings } = render({
    bindings: [{ profile: 'viewer', subjects: [readers] }],
    roles: [{ name: 'viewer', rules: [readLogs], subjects: [readers] }],
  });
  assert.equal(
    bindings.map((b) => b.roleRef.kind),
    ['ClusterRole', 'Role'],
  );
  assert.is.not(bindings[0]?.metadata.name, bindings[1]?.metadata.name);
  assert.is(bindings[1]?.roleRef.name, roles[0]?.metadata.name);
  assert.match(roles[0]?.metadata.name ?? '', /^payments-viewer-[0-9a-f]{8}$/);
});

test('profiles before roles, each in the order of the spec', () => {
  const role = (name: string) => ({ name, rules: [readLogs], subjects: [readers] });
  const { roles, bindings } = render({
    roles: [role('b'), role('a')],
    bindings: [
      { profile: 'deployer', subjects: [readers] },
      { profile: 'admin', subjects: [readers] },
    ],
  });
  const short = (list: readonly { metadata: { name: string } }[]) => list.map((o) => o.metadata.name.split('-')[1]);
  assert.equal(short(roles), ['b', 'a']);
  assert.equal(short(bindings), ['deployer', 'admin', 'b', 'a']);
});

test('names depend on neither rules nor subjects, so that a changed object is updated in place', () => {
  const names = (access: AccessSection) => {
    const { roles, bindings } = render(access);
    return [...roles, ...bindings].map((o) => o.metadata.name);
  };
  const before = names({
    bindings: [{ profile: 'viewer', subjects: [readers] }],
    roles: [{ name: 'r', rules: [readLogs], subjects: [readers] }],
  });
  const after = names({
    bindings: [{ profile: 'viewer', subjects: [shipper] }],
    roles: [{ name: 'r', rules: [{ ...readLogs, verbs: ['list'] }], subjects: [shipper] }],
  });
  assert.equal(after, before);
});

test('names of long and similar policies and roles differ and have a valid length', () => {
  const names = ['x'.repeat(63), `${'x'.repeat(62)}y`, 'a.b', 'a-b'].flatMap((policy) => {
    const role = (name: string) => ({ name, rules: [readLogs], subjects: [readers] });
    const access = { roles: [role('y'.repeat(63)), role(`${'y'.repeat(62)}z`), role('b-c'), role('c')] };
    const { roles, bindings } = renderAccess({ name: policy, namespace: 'team-a' }, access);
    return [roles.map((r) => `Role ${r.metadata.name}`), bindings.map((b) => `RoleBinding ${b.metadata.name}`)].flat();
  });
  assert.is(new Set(names).size, 32);
  for (const name of names) assert.ok((name.split(' ')[1] ?? '').length <= 63, name);
});

test('the lists of the spec are copied', () => {
  const rule = { ...readLogs, verbs: ['get'] };
  const { roles } = render({ roles: [{ name: 'r', rules: [rule], subjects: [readers] }] });
  rule.verbs.push('delete');
  assert.equal(roles[0]?.rules[0]?.verbs, ['get']);
});

test.run();
