import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from '../../hack/directory.ts';
import { palisade } from '../palisade.ts';

// What files say about expectations: each table has one that holds, one that does not, and one that is unknown.

const workload = (name: string, namespace = 'shop', more = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec: {template: {metadata: {labels: {app: ${name}}}, spec: {${more} containers: [{name: c, image: registry.example/${name}:1, ports: [{containerPort: 8080}]}]}}}
---`;

const policy = (path: string, spec: string): string => {
  const [namespace, name] = path.split('/');
  return `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
---`;
};

const rbac = (kind: string, path: string, rest: string): string => {
  const [name, namespace] = path.split('/').reverse();
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ${kind}, metadata: {name: ${name}${place}${rest.startsWith('labels') ? `, ${rest.split(';')[0]}` : ''}}, ${rest.split(';').at(-1)}}
---`;
};

const rule = (verbs: string, resources: string, more = '', group = '""'): string =>
  `{apiGroups: [${group}], resources: [${resources}], verbs: [${verbs}]${more}}`;

const bound = (role: string, subject: string): string => {
  const [kind, name] = role.split('/');
  return `roleRef: {kind: ${kind}, name: "${name}"}, subjects: [${subject}]`;
};

const account = (name: string): string => `{kind: ServiceAccount, name: ${name}, namespace: shop}`;

const WORLD = [
  ...[
    workload('web', 'shop', 'serviceAccountName: web,'),
    workload('api'),
    workload('old', 'images'),
    workload('job', 'levels'),
  ],
  '\n{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}}\n---',
  '\n{apiVersion: v1, kind: Service, metadata: {name: nobody, namespace: shop}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}\n---',
  '\n{apiVersion: v1, kind: Service, metadata: {name: far, namespace: shop}, spec: {type: ExternalName, externalName: db.example.com}}\n---',
  '\n{apiVersion: v1, kind: Pod, metadata: {name: done, namespace: shop}, spec: {containers: [{name: c}]}, status: {phase: Succeeded}}\n---',
  '\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---',
  policy(
    'shop/books',
    '{network: {allow: {ingress: [{description: web calls api, pods: {matchLabels: {app: api}}, from: [{pods: {matchLabels: {app: web}}}]}, {pods: {matchLabels: {app: web}}, from: [{namespaceSelector: {matchLabels: {team: x}}}]}], egress: [{to: [{anywhere: true}]}]}}, ' +
      'access: {bindings: [{profile: deployer, subjects: [{kind: Group, name: devs}]}], roles: [{name: ops, subjects: [{kind: ServiceAccount, name: bot}], rules: [{apiGroups: [""], resources: [pods], verbs: [delete]}]}]}, ' +
      'images: {allowed: ["registry.example/*"], requireDigest: true, onViolation: Enforce}, podSecurity: {level: baseline, onViolation: Enforce}}',
  ),
  policy(
    'shop/audit',
    '{mode: Audit, images: {allowed: [elsewhere.example/x], onViolation: Enforce}, podSecurity: {level: restricted, onViolation: Enforce}, network: {allow: {egress: []}}}',
  ),
  policy('images/waits', '{images: {allowed: ["other.example/*"]}}'),
  policy('images/other', '{images: {allowed: ["registry.example/*", "third.example/*"]}}'),
  policy('levels/waits', '{podSecurity: {level: restricted}}'),
  policy('empty/waits', '{podSecurity: {level: restricted, version: v1.30}}'),
  '\n{apiVersion: v1, kind: Namespace, metadata: {name: labeled, labels: {pod-security.kubernetes.io/enforce: baseline}}}\n---',
  policy('labeled/more', '{podSecurity: {level: restricted, onViolation: Enforce}}'),
  rbac('Role', 'shop/logs', `rules: [${rule('get', 'pods/log')}, ${rule('get', 'secrets', ', resourceNames: [tls]')}]`),
  rbac('RoleBinding', 'shop/logs', bound('Role/logs', account('logger'))),
  rbac('ClusterRole', 'all', `rules: [${rule('"*"', '"*"', '', '"*"')}]`),
  rbac('ClusterRoleBinding', 'all', bound('ClusterRole/all', '{kind: User, name: root}')),
  rbac(
    'ClusterRole',
    'part',
    `labels: {in: sum};rules: [${rule('list', 'nodes')}, ${rule('get', '"*/scale"', '', 'apps')}]`,
  ),
  rbac('ClusterRole', 'sum', 'aggregationRule: {clusterRoleSelectors: [{matchLabels: {in: sum}}]}'),
  rbac('ClusterRoleBinding', 'sum', bound('ClusterRole/sum', '{kind: Group, name: "system:serviceaccounts:shop"}')),
  rbac('RoleBinding', 'shop/edit', bound('ClusterRole/edit', '{kind: User, name: jane}')),
  rbac('RoleBinding', 'shop/boss', bound('ClusterRole/cluster-admin', '{kind: User, name: boss}')),
].join('');

type Row = readonly [expectation: string, outcome: 'ok' | 'not ok' | 'unknown', reason: string];

const right = (subject: string, question: string, allowed: boolean): string => {
  const [kind, name] = subject.split('/');
  const [verb, resource, ...more] = question.split(' ');
  return `{subject: {kind: ${kind}, name: "${name}"}, verb: ${verb}, resource: ${resource}, ${more.map((one) => `${one.replace('=', ': ')}, `).join('')}allowed: ${allowed}}`;
};

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  connections: [
    ['{from: deployment/web, to: api:80, allowed: true}', 'ok', 'Ingress: allowed by ingress[0] "web calls api"'],
    ['{from: deployment/web, to: "api:80", allowed: false}', 'not ok', 'yes: Deployment shop/web can connect'],
    ['{from: deployment/api, to: deployment/web:8080, allowed: true}', 'not ok', 'isolates Deployment shop/web'],
    ['{from: deployment/api, to: deployment/web:8080, allowed: false}', 'ok', 'isolates Deployment shop/web'],
    ['{from: ns/shop, to: api:80, allowed: true}', 'not ok', 'partly: '],
    ['{from: ns/shop, to: api:80, allowed: false}', 'not ok', 'partly: '],
    ['{from: ns/levels, to: api.shop.svc.cluster.local:80, allowed: true}', 'not ok', ''],
    ['{from: deploy/job.levels, to: deploy/web:8080, allowed: false}', 'unknown', 'may allow the connection'],
    ['{from: deploy/job.levels, to: deploy/web:8080, allowed: true}', 'unknown', 'may allow the connection'],
    ['{from: ns/anywhere, fromLabels: {app: web}, to: api:80, allowed: false}', 'ok', 'Pod anywhere/(app=web) cannot'],
    ['{from: deployment/web, to: ns/other, toLabels: {}, allowed: true}', 'not ok', 'selects no connection'],
    ['{from: deployment/web, to: nobody:80, allowed: false}', 'not ok', 'selects no connection'],
    ['{from: deployment/web, to: api:81, allowed: false}', 'not ok', 'Service shop/api has no port 81'],
    ['{from: deployment/web, to: pod/done:80, allowed: false}', 'not ok', 'selects no connection'],
    ['{from: deployment/web, to: far:80, allowed: false}', 'unknown', 'whose addresses are unknown'],
    ['{from: 192.0.2.1, to: deployment/api:8080, allowed: false}', 'ok', ''],
    ['{from: deployment/web, to: "[2001:db8::1]:443/TCP", allowed: true}', 'ok', 'allowed by egress[0]'],
  ],
  rights: [
    [
      right('ServiceAccount/bot', 'delete pods', true),
      'ok',
      'of ContainerSecurityPolicy shop/books to Role books-ops-',
    ],
    [right('ServiceAccount/bot', 'delete pods', false), 'not ok', 'allows it'],
    [right('ServiceAccount/bot', 'delete pods resourceName=web-1', false), 'not ok', 'allows it'],
    [
      right('ServiceAccount/bot', 'delete pods namespace=levels', false),
      'ok',
      'ClusterRoleBinding sum to ClusterRole sum does not allow it',
    ],
    [right('ServiceAccount/bot', 'create pods', true), 'not ok', 'do not allow it'],
    [right('Group/devs', 'create deployments', true), 'ok', 'to ClusterRole palisade-deployer allows it'],
    [right('Group/devs', 'get secrets', false), 'ok', 'do'],
    [right('ServiceAccount/logger', 'get pods/log', true), 'ok', 'RoleBinding shop/logs to Role logs allows it'],
    [right('ServiceAccount/logger', 'get pods', false), 'ok', ''],
    [right('ServiceAccount/logger', 'get secrets resourceName=tls', true), 'ok', ''],
    [right('ServiceAccount/logger', 'get secrets resourceName=other', false), 'ok', ''],
    [right('ServiceAccount/logger', 'list secrets', false), 'ok', ''],
    [
      right('User/root', 'escalate clusterroles', false),
      'not ok',
      'ClusterRoleBinding all to ClusterRole all allows it',
    ],
    [right('User/root', 'sync applications apiGroup=argoproj.io', true), 'ok', ''],
    [right('ServiceAccount/web', 'list nodes', true), 'ok', 'ClusterRole sum allows it'],
    [right('ServiceAccount/web', 'get deployments/scale', true), 'ok', ''],
    [right('ServiceAccount/web', 'update deployments/scale', false), 'ok', ''],
    [
      right('User/jane', 'get secrets', false),
      'unknown',
      'binds ClusterRole edit, which the files do not have: add it to --filename',
    ],
    [right('User/boss', 'delete secrets', true), 'ok', ''],
    [right('User/boss', 'delete nodes', false), 'ok', ''],
    [right('Group/system:masters', 'delete nodes', true), 'ok', ''],
    [
      right('User/system:kube-scheduler', 'create pods/binding', false),
      'unknown',
      'rights of the cluster that files do not show',
    ],
    [right('ServiceAccount/default', 'create selfsubjectreviews', false), 'not ok', 'system:basic-user'],
    [right('Group/system:unauthenticated', 'create selfsubjectreviews', false), 'ok', ''],
    [right('Group/system:authenticated', 'get pods', true), 'not ok', 'no RoleBinding and no ClusterRoleBinding names'],
  ],
  images: [
    [
      `{image: registry.example/app@sha256:${'a'.repeat(64)}, allowed: true}`,
      'ok',
      'shop/books allows registry.example/*',
    ],
    ['{image: registry.example/app:1, allowed: true}', 'not ok', 'each by its digest'],
    [`{image: nginx@sha256:${'a'.repeat(64)}, allowed: false}`, 'ok', 'shop/books allows registry.example/*'],
    ['{image: "sha256:abc", allowed: false}', 'ok', ''],
    [
      '{image: registry.example/old:1, namespace: images, allowed: true}',
      'ok',
      'the rules of ContainerSecurityPolicy images/waits wait',
    ],
    ['{image: nginx, namespace: images, allowed: false}', 'ok', 'images/other allows'],
    [
      '{image: third.example/x, namespace: images, allowed: false}',
      'not ok',
      'wait, since 1 workload has another: Deployment old',
    ],
    ['{image: nginx, namespace: levels, allowed: false}', 'not ok', 'no policy of namespace levels restricts images'],
  ],
  podSecurity: [
    ['{level: baseline}', 'ok', 'label pod-security.kubernetes.io/enforce of namespace shop is baseline:latest'],
    ['{level: restricted}', 'not ok', 'is baseline:latest'],
    ['{level: baseline, version: v1.30, mode: audit}', 'not ok', 'is baseline:latest'],
    ['{level: restricted, namespace: levels}', 'unknown', 'only an API server can tell: pass --cluster'],
    ['{level: restricted, mode: warn, namespace: levels}', 'ok', ''],
    ['{level: restricted, version: v1.30, namespace: empty}', 'ok', ''],
    ['{level: baseline, namespace: labeled}', 'ok', ''],
    ['{level: restricted, mode: audit, namespace: labeled}', 'ok', ''],
    ['{level: baseline, namespace: images}', 'not ok', 'has no label'],
    ['{level: privileged, namespace: images}', 'unknown', 'the default of the API server counts'],
  ],
};

await using directory = await temporaryDirectory();
const world = join(directory.path, 'world.yaml');
await writeFile(world, WORLD);

const HEAD = `apiVersion: security.palisade.dev/v1alpha1
kind: PolicyTest
metadata: {name: expectations, namespace: shop}
spec:
`;

interface Judged {
  readonly name: string;
  readonly outcome: string;
  readonly reasons: string[];
}

for (const [area, rows] of Object.entries(TABLES)) {
  const stdin = `${HEAD}  ${area}:\n${rows.map(([expectation]) => `    - ${expectation}\n`).join('')}`;
  const { stdout, stderr, status } = await palisade(['test', '-', '-f', world, '-o', 'json'], { stdin });
  const results: Judged[] = stdout === '' ? [] : JSON.parse(stdout).tests[0].results;

  for (const [index, [expectation, outcome, reason]] of rows.entries())
    test(`${area}: ${expectation}`, () => {
      const found = results[index];
      assert.is(found?.outcome, outcome, `${stderr}${JSON.stringify(found, null, 2)}`);
      assert.ok(found?.reasons.join('\n').includes(reason), found?.reasons.join('\n'));
      assert.ok((found?.reasons.length ?? 0) > 0);
    });

  test(`${area}: one that does not hold, or is unknown, ends with 1`, () => {
    assert.is(status, 1);
    assert.match(
      stderr,
      'ContainerSecurityPolicy shop/audit: mode is Audit, so it enforces nothing and does not count\n',
    );
  });
}

test.run();
