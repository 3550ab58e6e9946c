import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compare } from '../../../src/cli/diff/compare.ts';
import { clusterSide, fileSide } from '../../../src/cli/diff/sides.ts';
import type { Checked } from '../../../src/cli/world/ask-violations.ts';
import type { ClusterObjects } from '../../../src/cli/world/from-cluster.ts';
import type { KubernetesObject } from '../../../src/cli/world/kubernetes-object.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';

const settings = { dns: parseDnsSetting('auto') };

const read = (text: string) => readManifests([{ file: 'app.yaml', text }], 'shop');

const NOTHING_CHECKED: ReadonlyMap<string, Checked> = new Map();

const lines = (before: string, after: string, checked = NOTHING_CHECKED): string[] =>
  compare(fileSide(read(before), settings), fileSide(read(after), settings), checked).differences.map(
    ({ area, change, message }) => `${area} ${change}: ${message}`,
  );

const of = (area: string, all: readonly string[]): string[] =>
  all.filter((line) => line.startsWith(`${area} `)).map((line) => line.slice(area.length + 1));

const workload = (app: string, port: number, image = 'i'): string => `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}}
spec:
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: c, image: ${image}, ports: [{containerPort: ${port}}]}]}
`;

const policy = (spec: string, name = 'shop'): string => `
---
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: ${name}}
spec: ${spec}
`;

const APP = workload('web', 8080) + workload('api', 9090) + workload('db', 5432);

const ALLOWED = (from: string, port = 5432): string =>
  `{network: {allow: {ingress: [{pods: {matchLabels: {app: db}}, from: [{pods: {matchLabels: {app: ${from}}}}], ports: [{port: ${port}}]}], egress: [{to: [{anywhere: true}]}]}}}`;

const connections: [name: string, before: string, after: string, expected: string[]][] = [
  ['nothing changes', policy(ALLOWED('web')), policy(ALLOWED('web')), []],
  [
    'another caller',
    policy(ALLOWED('web')),
    policy(ALLOWED('api')),
    [
      'Removed: Deployment shop/web may no longer reach Deployment shop/db at port 5432',
      'Added: Deployment shop/api may now reach Deployment shop/db at port 5432',
    ],
  ],
  [
    'a wrong port',
    policy(ALLOWED('web')),
    policy(ALLOWED('web', 80)),
    ['Removed: Deployment shop/web may no longer reach Deployment shop/db at port 5432'],
  ],
  ['mode Audit does not count', policy('{mode: Audit, network: {}}'), policy('{mode: Audit}'), []],
  [
    'from mode Audit to Enforce',
    policy('{mode: Audit, network: {}}'),
    policy('{network: {}}'),
    [
      'Removed: Deployment shop/api, Deployment shop/db and Deployment shop/web may no longer reach Deployment shop/api at port 9090',
      'Removed: Deployment shop/api, Deployment shop/db and Deployment shop/web may no longer reach Deployment shop/db at port 5432',
      'Removed: Deployment shop/api, Deployment shop/db and Deployment shop/web may no longer reach Deployment shop/web at port 8080',
    ],
  ],
  [
    'a policy is removed',
    policy(ALLOWED('web')),
    '',
    [
      'Added: Deployment shop/api and Deployment shop/db may now reach Deployment shop/db at port 5432',
      'Added: Deployment shop/api, Deployment shop/db and Deployment shop/web may now reach Deployment shop/api at port 9090',
      'Added: Deployment shop/api, Deployment shop/db and Deployment shop/web may now reach Deployment shop/web at port 8080',
    ],
  ],
  [
    'a selector of a namespace whose labels no file says',
    policy(ALLOWED('web')),
    policy(
      '{network: {allow: {ingress: [{pods: {matchLabels: {app: db}}, from: [{namespaceSelector: {matchLabels: {team: a}}}], ports: [{port: 5432}]}], egress: [{to: [{anywhere: true}]}]}}}',
    ),
    [
      'Unknown: connections from Deployment shop/api and Deployment shop/db to Deployment shop/db at port 5432: denied before, unknown after',
      'Unknown: connections from Deployment shop/web to Deployment shop/db at port 5432: allowed before, unknown after',
    ],
  ],
];

for (const [name, before, after, expected] of connections) {
  test(`connections: ${name}`, () => {
    assert.equal(of('connections', lines(APP + before, APP + after)), expected);
  });
}

test('a workload that is new makes a difference only as far as policies do', () => {
  const before = APP + policy(ALLOWED('job'));
  assert.equal(of('connections', lines(before, before + workload('job', 1))), []);
  assert.equal(of('objects', lines(before, before + workload('job', 1))), ['Added: Deployment shop/job']);
});

test('a label of a pod decides, too', () => {
  const renamed = APP.replace('labels: {app: web}', 'labels: {app: api}');
  assert.equal(of('connections', lines(APP + policy(ALLOWED('web')), renamed + policy(ALLOWED('web')))), [
    'Removed: Deployment shop/web may no longer reach Deployment shop/db at port 5432',
  ]);
});

test('without workloads it is unknown which connections change', () => {
  assert.equal(of('connections', lines(policy(ALLOWED('web')), policy(ALLOWED('api')))), [
    'Unknown: it is unknown which connections ContainerSecurityPolicy shop/shop changes, since the files have no workload of namespace shop: add the manifests, or compare with --against cluster',
  ]);
});

test('objects: fields that change, those that the operator generates, and what is no change', () => {
  const [before, after] = [APP + policy(ALLOWED('web')), APP + policy(ALLOWED('web', 80))];
  assert.equal(of('objects', lines(before, after)), [
    'Changed: ContainerSecurityPolicy shop/shop: spec.network.allow.ingress[0].ports[0].port: 5432 → 80',
  ]);
  const [generated = '', ...rest] = of('generated', lines(before, after));
  assert.match(generated, /^Changed: NetworkPolicy shop\/shop\S*: spec\.ingress\[0\]\.ports\[0\]\.port: 5432 → 80$/);
  assert.equal(rest, []);
  assert.equal(lines(before, before), []);
});

test('of long values, a field shows the part from their first difference, whatever the order of keys', () => {
  const from = 'from: [{namespaces: [a-namespace-with-a-long-name]}]';
  const rules = (...items: string[]): string =>
    `{apiVersion: security.palisade.dev/v1alpha1, kind: ContainerSecurityPolicy, metadata: {name: shop}, spec: {network: {allow: {ingress: [${items.join(', ')}]}}}}`;
  const before = [1, 2].map((port) => `{ports: [{port: ${port}}], ${from}}`);
  const after = [1, 2, 3].map((port) => `{${from}, ports: [{port: ${port}}]}`);
  assert.equal(of('objects', lines(rules(...before), rules(...after))), [
    'Changed: ContainerSecurityPolicy shop/shop: spec.network.allow.ingress: …ports":[{"port":2}]}] → …ports":[{"port":2}]},{"from":[{"namespaces":["a-namespace-with-a-long-name"]}],"…',
  ]);
});

test('values of Secrets are not shown', () => {
  const secret = (password: string) =>
    `{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: ${password}}}`;
  assert.equal(lines(secret('before'), secret('after')), [
    'objects Changed: Secret shop/db: a field changed; the values are not shown',
  ]);
});

const access = (rules: string, subject = '{kind: ServiceAccount, name: deploy-bot}', namespace = 'ci'): string =>
  policy(`{access: {roles: [{name: deploy, rules: ${rules}, subjects: [${subject}]}]}}`, namespace);

const rights: [name: string, before: string, after: string, expected: string[]][] = [
  [
    'a verb more',
    access('[{apiGroups: [""], resources: [pods], verbs: [get]}]'),
    access('[{apiGroups: [""], resources: [pods], verbs: [get, delete]}]'),
    ['Added: ServiceAccount shop/deploy-bot gains delete on pods in namespace shop'],
  ],
  [
    'the same in other words',
    access('[{apiGroups: [""], resources: [pods, services], verbs: [get, list]}]'),
    access(
      '[{apiGroups: [""], resources: [services], verbs: [list, get]}, {apiGroups: [""], resources: [pods], verbs: [get, list]}]',
    ),
    [],
  ],
  [
    'one object in place of all',
    access('[{apiGroups: [apps], resources: [deployments], verbs: [patch]}]'),
    access('[{apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [patch]}]'),
    ['Removed: ServiceAccount shop/deploy-bot loses patch on deployments of API group apps in namespace shop'],
  ],
  [
    'another subject',
    access('[{apiGroups: [""], resources: [pods], verbs: [get]}]'),
    access('[{apiGroups: [""], resources: [pods], verbs: [get]}]', '{kind: User, name: jane}'),
    [
      'Added: User jane gains get on pods in namespace shop',
      'Removed: ServiceAccount shop/deploy-bot loses get on pods in namespace shop',
    ],
  ],
  [
    'a profile',
    policy('{}'),
    policy('{access: {bindings: [{profile: viewer, subjects: [{kind: Group, name: devs}]}]}}'),
    ['Added: Group devs gains the rights of ClusterRole palisade-viewer in namespace shop'],
  ],
  [
    'in mode Audit nothing is granted',
    policy('{}'),
    policy('{mode: Audit, access: {bindings: [{profile: viewer, subjects: [{kind: Group, name: devs}]}]}}'),
    [],
  ],
];

for (const [name, before, after, expected] of rights) {
  test(`rights: ${name}`, () => {
    assert.equal(of('rights', lines(before, after)), expected);
  });
}

const restricted = '{podSecurity: {level: restricted}}';
const HEAD =
  'policies of namespace shop request restricted:latest (onViolation Wait); before: baseline:latest (onViolation Wait)';
const levels: [name: string, after: string, checked: Checked | undefined, expected: string[]][] = [
  ['the same', '{podSecurity: {level: baseline}}', undefined, []],
  [
    'violations',
    restricted,
    { pods: 2, groups: ['web-1 (and 1 other pod): runAsNonRoot != true'] },
    [
      `Changed: ${HEAD}; 2 existing pods violate it, so it is not enforced before no pod does: web-1 (and 1 other pod): runAsNonRoot != true`,
    ],
  ],
  ['no violation', restricted, { pods: 0, groups: [] }, [`Changed: ${HEAD}; no existing pod violates it`]],
  [
    'unknown',
    restricted,
    { unknown: 'there is no cluster to ask' },
    [`Unknown: ${HEAD}; whether existing pods violate it is unknown: there is no cluster to ask`],
  ],
  [
    'withdrawn',
    '{}',
    undefined,
    ['Removed: policies of namespace shop request no level; before: baseline:latest (onViolation Wait)'],
  ],
];

test('the labels of a namespace are changes of it: no policy makes or deletes a namespace', () => {
  const label = 'metadata.labels.security.palisade.dev/trusted-images';
  const [rules, none] = [policy('{images: {requireDigest: true}}'), policy('{scan: {schedule: "0 3 * * *"}}')];
  const ofNamespace = (before: string, after: string): string[] =>
    of('generated', lines(before, after)).filter((line) => line.includes(' Namespace '));
  assert.equal(ofNamespace(none, rules), [`Changed: Namespace shop: ${label}: unset → "true"`]);
  assert.equal(ofNamespace(rules, none), [`Changed: Namespace shop: ${label}: "true" → unset`]);
});

for (const [name, after, checked, expected] of levels) {
  test(`levels: ${name}`, () => {
    const answers = new Map(checked === undefined ? [] : [['shop', checked]]);
    assert.equal(
      of('podSecurity', lines(policy('{podSecurity: {level: baseline}}'), policy(after), answers)),
      expected,
    );
  });
}

const OWN = '{images: {onViolation: Enforce, allowed: ["registry.example/*"]}}';
const images: [name: string, before: string, after: string, expected: string[]][] = [
  [
    'rules refuse what exists',
    workload('web', 1, 'nginx:1'),
    workload('web', 1, 'nginx:1') + policy(OWN),
    [
      'Removed: image nginx:1 of Deployment shop/web is refused: ContainerSecurityPolicy shop/shop allows registry.example/*',
    ],
  ],
  [
    'rules that wait',
    workload('web', 1, 'nginx:1'),
    workload('web', 1, 'nginx:1') + policy('{images: {allowed: ["registry.example/*"]}}'),
    [
      'Removed: image nginx:1 of Deployment shop/web is not allowed: ContainerSecurityPolicy shop/shop allows registry.example/*; onViolation is Wait, so it is refused once the rules are in force: they wait until they refuse nothing that exists',
    ],
  ],
  [
    'rules that no longer wait, and another policy that still does',
    workload('web', 1, 'nginx:1') + policy('{images: {allowed: ["registry.example/*"]}}'),
    workload('web', 1, 'nginx:1') + policy('{images: {allowed: ["other.example/*"]}}', 'first') + policy(OWN),
    [
      'Removed: image nginx:1 of Deployment shop/web is refused: ContainerSecurityPolicy shop/shop allows registry.example/*',
    ],
  ],
  [
    'another image',
    workload('web', 1, 'registry.example/web:1') + policy(OWN),
    workload('web', 1, 'other.example/web:1') + policy(OWN),
    [
      'Removed: image other.example/web:1 of Deployment shop/web is refused: ContainerSecurityPolicy shop/shop allows registry.example/*',
    ],
  ],
  [
    'rules that refuse less',
    workload('web', 1, 'nginx:1') + policy(OWN),
    workload('web', 1, 'nginx:1') + policy('{}'),
    ['Added: image nginx:1 of Deployment shop/web is admitted now'],
  ],
  [
    'refused before and after',
    workload('web', 1, 'nginx:1') + policy(OWN),
    workload('web', 1, 'nginx:1') + policy(OWN),
    [],
  ],
];

for (const [name, before, after, expected] of images) {
  test(`images: ${name}`, () => {
    assert.equal(of('images', lines(before, after)), expected);
  });
}

test('findings appear and vanish, in mode Audit too', () => {
  const [right, wrong] = [APP + policy(ALLOWED('web')), APP + policy(ALLOWED('webb'))];
  const [found = '', ...rest] = of('findings', lines(right, wrong));
  assert.match(found, /^Added: ContainerSecurityPolicy shop\/shop: ingress\[0\]: \w+: /);
  assert.equal(rest, []);
  assert.equal(of('findings', lines(wrong, right)), [found.replace('Added', 'Removed')]);
  const audited = wrong.replace('spec: {network', 'spec: {mode: Audit, network');
  assert.equal(of('findings', lines(right, audited)), [found]);
});

const cluster = (text: string, unread: ClusterObjects['unread'] = []): ClusterObjects => ({
  objects: read(text).map(
    ({ object }): KubernetesObject => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'other.example/by': 'somebody' } },
      status: { observed: 1 },
    }),
  ),
  unread,
});

const againstCluster = (live: ClusterObjects, files: string) =>
  compare(clusterSide(live, read(files), settings), fileSide(read(files), settings, live), NOTHING_CHECKED);

test('of a cluster, only the objects of the files are compared, without what other clients wrote', () => {
  const live = cluster(APP + policy('{}'));
  assert.equal(againstCluster(live, policy('{}')).differences, []);
  const { differences } = againstCluster(live, policy('{network: {}}'));
  assert.equal(
    differences.filter(({ area }) => area === 'objects').map(({ change, message }) => `${change}: ${message}`),
    ['Changed: ContainerSecurityPolicy shop/shop: spec.network: unset → {"isolate":["Ingress","Egress"]}'],
  );
  assert.is(differences.filter(({ area }) => area === 'connections').length, 3);
});

test('an object of a kind that the user may not list is unknown, and one of another kind is named', () => {
  const live = cluster('', [{ kind: 'Deployment', read: [], missing: ['shop'] }]);
  const files = `${workload('web', 1)}---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}`;
  const { differences, notes } = againstCluster(live, files);
  assert.equal(differences, [
    {
      ...{ area: 'objects', change: 'Unknown' },
      message: 'Deployment shop/web: you may not list this kind, so it is unknown whether it changes',
    },
  ]);
  assert.ok(notes.includes('objects of kind ConfigMap are not compared with the cluster: use kubectl diff for them'));
});

test.run();
