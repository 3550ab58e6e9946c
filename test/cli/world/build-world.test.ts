import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../src/cli/errors.ts';
import { buildWorld, type LoadedWorld } from '../../../src/cli/world/build-world.ts';
import type { ClusterObjects } from '../../../src/cli/world/from-cluster.ts';
import type { KubernetesObject } from '../../../src/cli/world/kubernetes-object.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';
import { reachPolicies } from '../../../src/policy/sections/network/reach-policies.ts';
import { sourcesOf } from '../../../src/reach/naming.ts';

const dns = parseDnsSetting('auto');

const load = (text: string, cluster?: ClusterObjects): LoadedWorld =>
  buildWorld({
    manifests: readManifests([{ file: 'app.yaml', text }], 'shop'),
    ...{ dns, ...(cluster && { cluster }) },
  });

const problemsOf = (text: string): readonly string[] => {
  try {
    load(text);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).problems;
  }
  return [];
};

const template = (app: string, port = 8080): string =>
  `{metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: ${port}}]}]}}`;

const planned = (kind: string, name: string, port = 8080) => ({
  ...{ namespace: 'shop', name, ports: [{ port, protocol: 'TCP', name: 'http' }] },
  labels: { app: name, ...(kind === 'Job' && { 'job-name': name, 'batch.kubernetes.io/job-name': name }) },
  ...{ state: 'Planned', workload: { kind, name } },
});

for (const [kind, apiVersion] of [
  ['Deployment', 'apps/v1'],
  ['StatefulSet', 'apps/v1'],
  ['DaemonSet', 'apps/v1'],
  ['ReplicaSet', 'apps/v1'],
  ['Job', 'batch/v1'],
  ['ReplicationController', 'v1'],
  ['Rollout', 'argoproj.io/v1alpha1'],
] as const) {
  test(`the template of a ${kind} is a planned pod`, () => {
    const { world } = load(
      `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: web}, spec: {template: ${template('web')}}}`,
    );
    assert.equal(world.pods, [planned(kind, 'web')]);
    assert.equal(world.namespaces, [{ name: 'shop' }]);
    assert.is(world.partial, 'Files');
  });
}

test('a CronJob, and a List of a bare pod with a sidecar on the host network', () => {
  const { world } = load(`
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec: {jobTemplate: {spec: {template: ${template('report')}}}}
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: {name: proxy, namespace: edge, labels: null}
    spec:
      hostNetwork: true
      initContainers:
        - {name: once, ports: [{containerPort: 1}]}
        - {name: side, restartPolicy: Always, ports: [{containerPort: 53, protocol: UDP}]}
      containers: [{name: c}]
  - {apiVersion: v1, kind: Namespace, metadata: {name: edge, labels: {zone: dmz}}}
`);
  assert.equal(world.pods, [
    {
      ...{ namespace: 'edge', name: 'proxy', labels: {}, ports: [{ port: 53, protocol: 'UDP', sidecar: true }] },
      ...{ hostNetwork: true, state: 'Planned' },
    },
    planned('CronJob', 'report'),
  ]);
  assert.equal(world.namespaces, [{ name: 'edge', labels: { zone: 'dmz' } }, { name: 'shop' }]);
});

for (const [annotations, scrapePorts] of [
  ['prometheus.io/scrape: "true", prometheus.io/port: "9100"', [9100]],
  ['prometheus.io/scrape: "true"', [8080]],
  ['prometheus.io/scrape: "true", prometheus.io/port: metrics', undefined],
  ['prometheus.io/port: "9100"', undefined],
] as const) {
  test(`ports to scrape: ${annotations}`, () => {
    const { world } = load(
      `{apiVersion: v1, kind: Pod, metadata: {name: web, annotations: {${annotations}}}, spec: {containers: [{ports: [{containerPort: 8080}, {containerPort: 53, protocol: UDP}]}]}}`,
    );
    assert.equal(world.pods[0]?.scrapePorts, scrapePorts);
  });
}

test('a Service of a file has no address yet, unless it is headless', () => {
  const { world } = load(`
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: far}, spec: {type: ExternalName, externalName: db.example.com}}
---
{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: fn}, spec: {template: {spec: {containers: [{image: i}]}}}}
`);
  assert.equal(world.services, [
    {
      ...{ namespace: 'shop', name: 'web', selector: { app: 'web' } },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
    },
    {
      ...{ namespace: 'shop', name: 'db', clusterIPs: [], selector: { app: 'db' } },
      ports: [{ port: 5432, protocol: 'TCP' }],
    },
    { namespace: 'shop', name: 'far', clusterIPs: [], ports: [], externalName: 'db.example.com' },
  ]);
  assert.equal(
    world.pods.map(({ workload }) => workload),
    [{ kind: 'Service', name: 'fn' }],
  );
  assert.equal(world.namespaces, [{ name: 'shop' }]);
});

test('the addresses by which others than pods reach a Service, and endpoints that are not ready', () => {
  const { world } = load(`
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.7, externalIPs: [203.0.113.9], ports: [{port: 80, nodePort: 30080}, {port: 81, nodePort: 0}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.10}, {hostname: lb.example.com}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
endpoints:
  - {addresses: [10.1.0.1], conditions: {ready: false}}
  - {addresses: [10.1.0.2], conditions: {}}
ports: [{port: 8080}]
`);
  assert.equal(
    world.services.map(({ externalIPs, ports }) => [externalIPs, ports.map(({ nodePort }) => nodePort)]),
    [
      [
        ['203.0.113.9', '203.0.113.10'],
        [30080, undefined],
      ],
    ],
  );
  assert.equal(
    world.slices.map(({ endpoints }) => endpoints.map(({ unready }) => unready)),
    [[true, undefined]],
  );
});

const POLICY = `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books}
spec:
  network:
    allow:
      ingress: [{description: visitors, from: [{anywhere: true}], ports: [{port: 8080}]}]
`;

test('a policy of a file is rendered, and what is unknown without a cluster is said', () => {
  const { policies, world, notes } = load(`${POLICY}      apiServer: true\n  mode: Audit`);
  assert.equal(
    policies.map(({ manifest, networkPolicies }) => [manifest?.source.file, networkPolicies.length]),
    [['app.yaml', 1]],
  );
  assert.equal(world.policies[0]?.origin?.ingress, [[{ field: 'ingress[0]', description: 'visitors' }]]);
  assert.equal(world.namespaces, [{ name: 'shop', podsUnknown: true }]);
  const name = 'ContainerSecurityPolicy shop/books';
  assert.equal(notes, [
    `${name}: mode is Audit; the rules count as if mode were Enforce`,
    `${name}: the addresses of the API server are unknown, so allow.apiServer does not count: pass them with --api-server`,
    `${name}: the DNS Service of the cluster is unknown, so allow.dns counts with the DNS peers that are the same in most clusters: pass those of yours with --dns-peers`,
  ]);
});

test('a note on several policies is said once, and names some of them', () => {
  const several = [1, 2, 3, 4, 5].map((number) => POLICY.replace('name: books', `name: p${number}`)).join('---');
  assert.equal(load(several).notes, [
    '5 ContainerSecurityPolicies (shop/p1, shop/p2, shop/p3 and 2 more): the DNS Service of the cluster is unknown, so allow.dns counts with the DNS peers that are the same in most clusters: pass those of yours with --dns-peers',
  ]);
});

for (const [what, text, problems] of [
  [
    'a port that is a text',
    `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: "80"}]}}`,
    ['app.yaml: Service shop/web: spec.ports[0].port: must be of type integer, not "80"'],
  ],
  [
    'a workload without a template',
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1}}',
    ['app.yaml: Deployment shop/web: spec.template: Required value'],
  ],
  [
    'an operator that no selector has',
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {matchExpressions: [{key: a, operator: Is}]}}}',
    [
      'app.yaml: NetworkPolicy shop/a: spec.podSelector.matchExpressions[0].operator: Unsupported value: "Is": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    ],
  ],
  [
    'no name',
    '{apiVersion: v1, kind: Pod, spec: {containers: []}}',
    ['app.yaml: Pod (unnamed): metadata.name: Required value'],
  ],
  [
    'a name that YAML 1.1 reads as a truth value',
    '{apiVersion: v1, kind: Pod, metadata: {name: n}, spec: {}}',
    ['app.yaml: Pod (unnamed): metadata.name: must be of type string, not false: quote it'],
  ],
  [
    'no kind',
    '{metadata: {name: a}}',
    ['app.yaml: document 1 has no kind: a manifest has apiVersion, kind and metadata'],
  ],
  ['no object', 'web', ['app.yaml: document 1 is not an object: a manifest has apiVersion, kind and metadata']],
  [
    'two of one name',
    '{apiVersion: v1, kind: Service, metadata: {name: web}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}',
    [
      'app.yaml: Service shop/web: already defined in app.yaml: the later definition would replace the earlier one: remove one of them',
    ],
  ],
  [
    'a policy that the API server refuses',
    POLICY.replace('8080', '80800'),
    [
      'app.yaml: ContainerSecurityPolicy shop/books: spec.network.allow.ingress[0].ports[0].port: a port number must be between 1 and 65535',
    ],
  ],
] as const) {
  test(`refused: ${what}`, () => assert.equal(problemsOf(text), problems));
}

const object = (kind: string, apiVersion: string, name: string, rest: object = {}): KubernetesObject => {
  const { metadata = {}, ...fields } = rest as { metadata?: object };
  return { apiVersion, kind, metadata: { name, namespace: 'shop', uid: name, ...metadata }, ...fields };
};

const owner = (kind: string, name: string) => ({
  ownerReferences: [
    { apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1', kind, name, uid: name, controller: true },
  ],
});

const spec = { containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] };
const ofTemplate = (app: string) => ({ spec: { template: { metadata: { labels: { app } }, spec } } });
const running = (name: string, app: string, of: object, status: object = { phase: 'Running', podIP: '10.1.0.1' }) =>
  object('Pod', 'v1', name, { metadata: { labels: { app }, ...of }, spec: { ...spec, nodeName: 'n1' }, status });

const SLICE = object('EndpointSlice', 'discovery.k8s.io/v1', 'web-1', {
  metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
  endpoints: [{ addresses: ['10.1.0.1'], targetRef: { kind: 'Pod', name: 'web-1-a' } }],
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
});
const SERVICE = object('Service', 'v1', 'web', {
  spec: { clusterIPs: ['10.96.0.5'], selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
});

const CLUSTER: ClusterObjects = {
  unread: [],
  objects: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'empty' } },
    object('Deployment', 'apps/v1', 'web', ofTemplate('web')),
    object('ReplicaSet', 'apps/v1', 'web-1', { metadata: owner('Deployment', 'web'), ...ofTemplate('web') }),
    object('CronJob', 'batch/v1', 'report', { spec: { jobTemplate: ofTemplate('report') } }),
    object('Job', 'batch/v1', 'report-1', { metadata: owner('CronJob', 'report'), ...ofTemplate('report') }),
    object('Job', 'batch/v1', 'once', {
      ...ofTemplate('once'),
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    }),
    running('web-1-a', 'web', owner('ReplicaSet', 'web-1')),
    running('report-1-a', 'report', owner('Job', 'report-1'), { phase: 'Succeeded' }),
    running('other-7f-a', 'other', { ...owner('ReplicaSet', 'other-7f'), labels: { 'pod-template-hash': '7f' } }, {}),
    ...[SERVICE, SLICE],
  ],
};

test('in a cluster, pods know their workload, and one without a living pod has a planned one', () => {
  const { world } = load('', CLUSTER);
  const of = world.pods.map(({ name, state, workload, addresses }) => [
    name,
    state,
    workload?.kind,
    workload?.name,
    addresses,
  ]);
  assert.equal(of, [
    ['web-1-a', 'Running', 'Deployment', 'web', ['10.1.0.1']],
    ['report-1-a', 'Finished', 'CronJob', 'report', undefined],
    ['other-7f-a', 'Planned', 'Deployment', 'other', undefined],
    ['report', 'Planned', 'CronJob', 'report', undefined],
    // Selectors of its labels are right.
    ['once', 'Finished', 'Job', 'once', undefined],
  ]);
  assert.equal(world.namespaces, [
    { name: 'empty', labels: {} },
    { name: 'shop', labels: { team: 'a' } },
  ]);
  assert.is(world.slices.length, 1);
  assert.not('partial' in world);
});

for (const [what, app, names, slices] of [
  ['the same template keeps the pods', 'web', ['web-1-a'], 0],
  ['another template replaces them', 'shopfront', ['web'], 0],
] as const) {
  test(`a Deployment of a file over the cluster: ${what}`, () => {
    const { world } = load(
      `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: ${template(app)}}}`,
      CLUSTER,
    );
    const found = world.pods.filter(({ workload }) => workload?.name === 'web');
    assert.equal(
      found.map(({ name }) => name),
      names,
    );
    assert.is(world.slices.length, slices);
  });
}

test('a Namespace of a file keeps the labels that others set', () => {
  const { world } = load('{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {zone: dmz}}}', CLUSTER);
  assert.equal(world.namespaces[1], { name: 'shop', labels: { team: 'a', zone: 'dmz' } });
});

/** The NetworkPolicies that the operator would have written for a policy. */
const inForce = (policy: KubernetesObject): KubernetesObject[] =>
  reachPolicies({ namespace: 'shop', name: 'books' }, (policy.spec as { network: object }).network, {
    ...{ dnsPeers: [], apiServer: [] },
  }).map(({ name, spec: of }) =>
    object('NetworkPolicy', 'networking.k8s.io/v1', name, {
      metadata: {
        ownerReferences: [
          { apiVersion: policy.apiVersion, kind: policy.kind, name: 'books', uid: 'books', controller: true },
        ],
      },
      spec: of,
    }),
  );

test('of the cluster, its NetworkPolicies count, with the names of the rules of their policy', () => {
  const policy = object('ContainerSecurityPolicy', 'security.palisade.dev/v1alpha1', 'books', {
    spec: {
      network: { isolate: ['Ingress'], allow: { ingress: [{ description: 'visitors', from: [{ anywhere: true }] }] } },
    },
  });
  const [base] = inForce(policy);
  const changed = {
    ...base!,
    spec: { ...(base!.spec as object), ingress: [{ ports: [{ port: 1 }] }, { ports: [] }, {}] },
  };
  const foreign = object('NetworkPolicy', 'networking.k8s.io/v1', 'legacy', { spec: { podSelector: {} } });
  const cluster = { unread: [], objects: [policy, changed, foreign] };
  const { world, policies } = load('', cluster);
  assert.equal(
    world.policies.map(({ name, origin }) => [name, origin?.name]),
    [
      ['books-base', 'books'],
      ['legacy', undefined],
    ].map(([name, of]) => [name === 'books-base' ? base!.metadata.name : name, of]),
  );
  const named = (index: number) => sourcesOf({ policy: world.policies[0]!, direction: 'Ingress', index });
  assert.equal(named(2), [{ field: 'ingress[0]', description: 'visitors' }]);
  assert.equal(named(0), [{ field: `ingress[0] of NetworkPolicy ${base!.metadata.name}` }]);
  assert.equal(policies[0]?.networkPolicies, [world.policies[0]]);
  // A policy of a file takes the place of what the operator wrote for it.
  const over = load(POLICY, cluster);
  assert.equal(over.world.policies[0]?.origin?.ingress, [[{ field: 'ingress[0]', description: 'visitors' }]]);
  assert.is(over.world.policies.length, 2);
});

test('what the user may not list is unknown, and is said', () => {
  const { world, notes } = load('', {
    objects: CLUSTER.objects,
    unread: [
      { kind: 'Namespace', read: [], missing: [] },
      { kind: 'Pod', read: ['shop'], missing: ['empty'] },
      { kind: 'NetworkPolicy', read: [], missing: ['empty', 'shop'] },
    ],
  });
  assert.is(world.partial, 'Readable');
  assert.equal(world.namespaces[0], { name: 'empty', labels: {}, podsUnknown: true });
  assert.not('podsUnknown' in world.namespaces[1]!);
  assert.equal(notes, [
    'you may not list Namespaces, so they are unknown: ask for ClusterRole view in a ClusterRoleBinding',
    'you may not list Pods of empty, so they are unknown: ask for ClusterRole view in a ClusterRoleBinding',
    'you may not list NetworkPolicies of any namespace, so they are unknown: ask for ClusterRole view in a ClusterRoleBinding',
  ]);
});

test.run();
