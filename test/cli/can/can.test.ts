import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CanFlags, parseQuestion, printAnswer } from '../../../src/cli/can/can.ts';
import { InputError, UsageError } from '../../../src/cli/errors.ts';
import { buildWorld } from '../../../src/cli/world/build-world.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { palisade } from '../palisade.ts';

const workload = (kind: string, name: string, port: string, namespace = 'shop'): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec: {template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, ports: [${port}]}]}}}
---`;

const pod = (path: string, ip: string, extra = ''): string => {
  const [namespace, name] = path.split('/');
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {app: front${extra}}, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: front, uid: a, controller: true}]}
spec: {nodeName: n1, containers: [{name: c, ports: [{containerPort: 80}]}]}
status: {phase: Running, podIP: ${ip}}
---`;
};

const service = (name: string, spec: string, namespace = 'shop'): string =>
  `\n{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}\n---`;

const APP = [
  workload('Deployment', 'web', '{name: http, containerPort: 8080}'),
  workload('Deployment', 'api', '{name: http, containerPort: 3000}'),
  workload('StatefulSet', 'db', '{name: pg, containerPort: 5432}', 'data'),
  ...[pod('edge/front-a', '10.1.0.1'), pod('edge/front-b', '10.1.0.2', ', old: "1"'), pod('edge/front-c', '10.1.0.3')],
  service('api', '{clusterIP: 10.96.0.7, selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}]}'),
  service('db', '{clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}', 'data'),
  service('front', '{selector: {app: front}, ports: [{port: 80}]}', 'edge'),
  service('far', '{type: ExternalName, externalName: db.example.com}'),
  '\n{apiVersion: v1, kind: Namespace, metadata: {name: lab, labels: {zone: lab}}}\n---',
].join('');

const POLICIES = `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books, namespace: shop}
spec:
  network:
    allow:
      dns: false
      ingress:
        - {description: web calls api, pods: {matchLabels: {app: api}}, from: [{pods: {matchLabels: {app: web}}}], ports: [{port: http}]}
        - {description: labs, pods: {matchLabels: {app: api}}, from: [{namespaceSelector: {matchLabels: {zone: lab}}}], ports: [{port: 80}]}
      egress:
        - {description: web calls api, pods: {matchLabels: {app: web}}, to: [{pods: {matchLabels: {app: api}}}]}
        - {description: database, to: [{namespaces: [data], pods: {matchLabels: {app: db}}}], ports: [{port: 5432}]}
        - {description: a partner, to: [{cidr: 192.0.2.0/24}], ports: [{port: 443}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: legacy, namespace: edge}
spec: {podSelector: {matchLabels: {old: "1"}}, policyTypes: [Ingress]}
`;

const BOOKS = 'ContainerSecurityPolicy shop/books';

const ask = async (...args: string[]) => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'app.yaml');
  await writeFile(file, APP + POLICIES);
  return await palisade(['can', ...args, '-f', file]);
};

/** Read once: compiling the checks of a policy takes longer than all questions. */
const loaded = buildWorld({
  manifests: readManifests([{ file: 'app.yaml', text: APP + POLICIES }]),
  dns: parseDnsSetting('auto'),
});

const askLoaded = (text: string, more: Partial<CanFlags> = {}, world = loaded) => {
  const [source = '', destination = '', , labels] = text.split(' ');
  const flags = { output: 'text' as const, ...(labels !== undefined && { labels }), ...more };
  let [stdout, stderr] = ['', ''];
  const terminal = {
    stdout: { write: (line: string) => (stdout += line) },
    stderr: { write: (line: string) => (stderr += line) },
  };
  const status = printAnswer(world, parseQuestion(source, destination), flags, terminal);
  return { status, stdout, stderr };
};

const rows: [args: string, status: number, stdout: string, stderr?: string][] = [
  [
    'deploy/web.shop api.shop:80',
    0,
    `yes: Deployment shop/web can connect to Service shop/api at port 80
  Service shop/api maps port 80 to port 3000 of its pods
  Egress: allowed by egress[0] "web calls api" of ${BOOKS}
  Ingress: allowed by ingress[0] "web calls api" of ${BOOKS}
`,
  ],
  [
    'pod/web.shop 10.96.0.7:http',
    0,
    `yes: Pod shop/web can connect to 10.96.0.7 at port http
  Egress: allowed by egress[0] "web calls api" of ${BOOKS}
  Ingress: allowed by ingress[0] "web calls api" of ${BOOKS}
`,
  ],
  [
    'deploy/api.shop sts/db.data:5432',
    0,
    `yes: Deployment shop/api can connect to StatefulSet data/db at port 5432
  Egress: allowed by egress[1] "database" of ${BOOKS}
  Ingress: open, because no NetworkPolicy isolates StatefulSet data/db for ingress
`,
  ],
  ...['db.data.svc.cluster.local:5432', 'db.data.svc:5432', 'svc/db.data:5432/tcp', 'db.data'].map(
    (to): [string, number, string] => [
      `deploy/api.shop ${to}`,
      0,
      `yes: Deployment shop/api can connect to Service data/db${to === 'db.data' ? '' : ` at port 5432${to.endsWith('tcp') ? '/TCP' : ''}`}
  Egress: allowed by egress[1] "database" of ${BOOKS}
  Ingress: open, because no NetworkPolicy isolates StatefulSet data/db for ingress
`,
    ],
  ),
  [
    'deploy/api.shop db-0.db.data.svc.cluster.local:9999',
    1,
    `no: Deployment shop/api cannot connect to Pod data/db at port 9999
  Egress: denied: ${BOOKS} isolates Deployment shop/api, and no rule allows the connection
    egress[1] "database" of ${BOOKS} allows it at 5432/TCP only
  Ingress: open, because no NetworkPolicy isolates StatefulSet data/db for ingress
`,
  ],
  [
    'deploy/web.shop 192.0.2.7:443',
    0,
    `yes: Deployment shop/web can connect to 192.0.2.7 at port 443
  Egress: allowed by egress[2] "a partner" of ${BOOKS}
  Ingress: not governed for 192.0.2.7: it is no pod, so no NetworkPolicy applies to it
`,
    '192.0.2.7 counts as an address outside the cluster: the files have no pod with it\n',
  ],
  [
    '198.51.100.1 deploy/web.shop:8080',
    1,
    `no: 198.51.100.1 cannot connect to Deployment shop/web at port 8080
  Egress: not governed for 198.51.100.1: it is no pod, so no NetworkPolicy applies to it
  Ingress: denied: ${BOOKS} isolates Deployment shop/web, and no rule allows the connection
`,
    '198.51.100.1 counts as an address outside the cluster: the files have no pod with it\n',
  ],
  [
    'sts/db.data front.edge:80',
    1,
    `partly: StatefulSet data/db can connect to 2 of 3 pods of Service edge/front at port 80
StatefulSet data/db can connect to Pod edge/front-a at port 80/TCP, and 1 more like it:
  Egress: open, because no NetworkPolicy isolates StatefulSet data/db for egress
  Ingress: open, because no NetworkPolicy isolates Pod edge/front-a for ingress
StatefulSet data/db cannot connect to Pod edge/front-b at port 80/TCP:
  Egress: open, because no NetworkPolicy isolates StatefulSet data/db for egress
  Ingress: denied: NetworkPolicy edge/legacy isolates Pod edge/front-b, and no rule allows the connection
`,
  ],
  [
    'deploy/web.shop deploy/web.shop:8080',
    1,
    `no: Deployment shop/web cannot connect to Deployment shop/web at port 8080
  Egress: denied: ${BOOKS} isolates Deployment shop/web, and no rule allows the connection
  Ingress: denied: ${BOOKS} isolates Deployment shop/web, and no rule allows the connection
`,
  ],
  [
    'pod/front-b.edge pod/front-b.edge:80',
    0,
    `yes: Pod edge/front-b can connect to Pod edge/front-b at port 80
  Egress: not governed for Pod edge/front-b: a pod always reaches itself
  Ingress: not governed for Pod edge/front-b: a pod always reaches itself
`,
  ],
  [
    'ns/edge pod/front-b.edge:80',
    1,
    `no: namespace edge cannot connect to Pod edge/front-b at port 80
Pod edge/front-a cannot connect to Pod edge/front-b at port 80/TCP, and 1 more like it:
  Egress: open, because no NetworkPolicy isolates Pod edge/front-a for egress
  Ingress: denied: NetworkPolicy edge/legacy isolates Pod edge/front-b, and no rule allows the connection
`,
  ],
  [
    'ns/lab api.shop:80 --labels a=b',
    1,
    `no: Pod lab/(a=b) cannot connect to Service shop/api at port 80
  Service shop/api maps port 80 to port 3000 of its pods
  Egress: open, because no NetworkPolicy isolates Pod lab/(a=b) for egress
  Ingress: denied: ${BOOKS} isolates Deployment shop/api, and no rule allows the connection
    ingress[1] "labs" of ${BOOKS} allows it at 80/TCP only
`,
  ],
  [
    'pod/front-a.edge far.shop:5432',
    2,
    `unknown: Pod edge/front-a may or may not be able to connect to Service shop/far at port 5432
  Service shop/far is another name for db.example.com, whose addresses are unknown
`,
  ],
  [
    'deploy/api.shop ns/nowhere:5432 --labels app=db',
    1,
    `no: Deployment shop/api cannot connect to Pod nowhere/(app=db) at port 5432
  Egress: denied: ${BOOKS} isolates Deployment shop/api, and no rule allows the connection
  Ingress: open, because no NetworkPolicy isolates Pod nowhere/(app=db) for ingress
  unknown: the files have nothing of namespace nowhere, not its NetworkPolicies either, which may deny the connection
`,
  ],
  [
    'pod/front-a.edge ns/nowhere:5432 --labels app=db',
    2,
    `unknown: Pod edge/front-a may or may not be able to connect to Pod nowhere/(app=db) at port 5432
  Egress: open, because no NetworkPolicy isolates Pod edge/front-a for egress
  Ingress: open, because no NetworkPolicy isolates Pod nowhere/(app=db) for ingress
  unknown: the files have nothing of namespace nowhere, not its NetworkPolicies either, which may deny the connection
`,
  ],
  [
    'ns/edge ns/shop:8080 --labels app=web',
    1,
    `no: Pod edge/(app=web) cannot connect to namespace shop at port 8080
Pod edge/(app=web) cannot connect to Deployment shop/web at port 8080/TCP, and 1 more like it:
  Egress: open, because no NetworkPolicy isolates Pod edge/(app=web) for egress
  Ingress: denied: ${BOOKS} isolates Deployment shop/web, and no rule allows the connection
`,
  ],
];

for (const [args, status, stdout, stderr = ''] of rows) {
  test(args, () => assert.equal(askLoaded(args), { status, stdout, stderr }));
}

for (const [what, unread, args, status, unknown] of [
  [
    'NetworkPolicies make a yes unknown',
    { kind: 'NetworkPolicy', read: ['shop'], missing: [] },
    'deploy/api.shop sts/db.data:5432',
    2,
    'you may not list NetworkPolicies of namespace data, which may deny the connection',
  ],
  [
    'NetworkPolicies leave a no',
    { kind: 'NetworkPolicy', read: ['shop'], missing: [] },
    'deploy/api.shop sts/db.data:1',
    1,
    'you may not list NetworkPolicies of namespace data, which may deny the connection',
  ],
  [
    'pods behind a Service',
    { kind: 'Pod', read: ['shop'], missing: [] },
    'deploy/web.shop db.data:1',
    2,
    'you may not list all Pods, so it is not known which pods are behind Service data/db',
  ],
  [
    'the pod of an address',
    { kind: 'Pod', read: ['shop'], missing: [] },
    'deploy/web.shop 10.9.9.9:1',
    2,
    'you may not list all Pods, so it is not known whether the address is that of a pod',
  ],
] as const) {
  test(`what the user may not list: ${what}`, () => {
    const ran = askLoaded(args, {}, { ...loaded, unread: [unread] });
    assert.is(ran.status, status, ran.stdout);
    assert.match(ran.stdout, `  unknown: ${unknown}\n`);
  });
}

for (const [args, problem] of [
  ['deploy/web.shop deploy/apii.shop', 'the files have no Deployment apii in namespace shop: did you mean api?'],
  [
    'pod/front.edge api.shop',
    'the files have no Pod front in namespace edge: did you mean front-a, front-b or front-c?',
  ],
  ['deploy/web.shopp api.shop', 'the files have no namespace shopp: did you mean shop?'],
  ['deploy/web.shop ap.shop', 'the files have no Service ap in namespace shop: it has api and far'],
  [
    'deploy/web.shop www.example.com:443',
    'www.example.com is no name of a Service: of a host outside the cluster, write the address, as in 192.0.2.1:443',
  ],
  [
    'ns/lab api.shop',
    "namespace lab: no pod of it is known: describe a pod with --labels, as in --labels app=web; --labels '' is a pod without labels",
  ],
  [
    'svc/far.shop api.shop',
    'Service shop/far is no source: Service shop/far is another name for db.example.com, whose addresses are unknown',
  ],
  ['deploy/web.shop api.shop --labels a=b', '--labels describes a pod of a namespace: write ns/NAMESPACE as one end'],
  [
    'deploy/web.shop ns/lab --labels a',
    '--labels: "a" is no label: write KEY=VALUE, and several with commas, as in app=web,tier=front',
  ],
] as const) {
  test(`refused: ${args}`, () => {
    assert.throws(
      () => askLoaded(args),
      (error: Error) => (error instanceof InputError || error instanceof UsageError) && error.message === problem,
    );
  });
}

for (const [args, stderr] of [
  [
    ['deploy/web.shop'],
    'palisade: name a source and a destination, as in palisade can pod/web.shop db.data:5432, or pass --all',
  ],
  [['a', 'b', '--all'], 'palisade: --all answers every question: name no source and no destination'],
  [['a', 'b', '-n', 'Shop'], 'palisade: --namespace: "Shop" is not a namespace name: use a name such as team-a'],
  [['a', 'b', '-f', '/nowhere.yaml'], '/nowhere.yaml: cannot be read: no such file'],
] as const) {
  test(`an error is no no: ${args.join(' ')}`, async () => {
    assert.equal(await palisade(['can', ...args]), { status: 2, stdout: '', stderr: `${stderr}\n` });
  });
}

test('a port that the destination does not have is unknown, with the reason', () => {
  const { status, stdout } = askLoaded('deploy/web.shop api.shop:81');
  assert.is(status, 2);
  assert.match(stdout, 'Service shop/api has no port 81\n');
});

test('-o json has every reason', () => {
  const { status, stdout } = askLoaded('sts/db.data front.edge:80', { output: 'json' });
  const { answer, connections, allowedConnections, reasons } = JSON.parse(stdout);
  assert.equal([status, answer, connections, allowedConnections], [1, 'partly', 3, 2]);
  assert.equal(
    reasons.map((one: { answer: string; ingress: { state: string; isolatedBy: string[] } }) => [
      ...[one.answer, one.ingress.state, one.ingress.isolatedBy],
    ]),
    [
      ['yes', 'NotIsolated', []],
      ['no', 'Denied', ['NetworkPolicy edge/legacy']],
    ],
  );
});

test('--all prints the matrix, of the destinations in a namespace', async () => {
  assert.equal((await ask('--all', '-n', 'edge')).stdout.split('\n'), [
    '  1  DaemonSet edge/front 80/TCP',
    '',
    'FROM \\ TO                 1',
    'DaemonSet edge/front   some',
    'Deployment shop/api       -',
    'Deployment shop/web       -',
    'StatefulSet data/db    some',
    '',
    'yes: allowed   -: denied   some: for some of the pods   ?: unknown',
    '',
  ]);
});

test('every cell of the matrix is the answer to the question', async () => {
  const { connections } = JSON.parse((await ask('--all', '-o', 'json')).stdout);
  assert.is(connections.length, 16);
  assert.equal(connections[0], {
    ...{ from: 'DaemonSet edge/front', to: 'DaemonSet edge/front', port: 80, protocol: 'TCP', answer: 'some' },
  });
  const written = (text: string): string => {
    const [, kind, namespace, name] = /^(\w+) (.*)\/(.*)$/.exec(text) ?? [];
    return `${kind}/${name}.${namespace}`;
  };
  for (const { from, to, port, protocol, answer } of connections) {
    const question = `${written(from)} ${written(to)}:${port}/${protocol}`;
    const single = JSON.parse(askLoaded(question, { output: 'json' }).stdout);
    assert.is(single.answer, answer === 'some' ? 'partly' : answer, `${from} ${to}:${port}`);
  }
});

test('a pod of a StatefulSet, and of a Job, has the labels that its controller gives it', () => {
  const files = [
    workload('Deployment', 'web', ''),
    workload('StatefulSet', 'db', '{containerPort: 5432}'),
    '\n{apiVersion: batch/v1, kind: Job, metadata: {name: migrate, namespace: shop}, spec: {template: {spec: {containers: [{name: c}]}}}}\n---',
    `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: db, namespace: shop}
spec:
  network:
    isolate: [Ingress]
    allow:
      ingress:
        - pods: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}
          from: [{pods: {matchLabels: {job-name: migrate}}}]
`,
  ].join('');
  const world = buildWorld({
    manifests: readManifests([{ file: 'app.yaml', text: files }]),
    dns: parseDnsSetting('auto'),
  });
  const statusOf = (question: string): number => askLoaded(question, {}, world).status;
  assert.is(statusOf('job/migrate.shop pod/db-0.shop:5432'), 0);
  assert.is(statusOf('job/migrate.shop pod/db-1.shop:5432'), 1);
  assert.is(statusOf('deploy/web.shop pod/db-0.shop:5432'), 1);
});

test('a pod that is alone behind a Service reaches itself, and its node reaches it', () => {
  const one = buildWorld({
    manifests: readManifests([
      {
        file: 'app.yaml',
        text: [
          pod('edge/front', '10.1.0.1'),
          service('front', '{selector: {app: front}, ports: [{port: 80}]}', 'edge'),
          '\n{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}}\n---',
          '\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: all, namespace: edge}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}',
        ].join(''),
      },
    ]),
    dns: parseDnsSetting('auto'),
  });
  const ITSELF = 'not governed for Pod edge/front: a pod always reaches itself';
  const rows: [args: string, status: number, stdout: RegExp][] = [
    ['pod/front.edge svc/front.edge:80', 0, new RegExp(`^yes: [^]*Egress: ${ITSELF}\n  Ingress: ${ITSELF}\n`)],
    // Another pod of the DaemonSet.
    ['ds/front.edge svc/front.edge:80', 1, /^no: [\s\S]* and no rule allows the connection/],
    [
      '192.0.2.1 pod/front.edge:80',
      0,
      /^yes: [\s\S]*: a node always reaches its own pods, and the source is the node,/,
    ],
    ['192.0.2.2 pod/front.edge:80', 1, /^no: [\s\S]*Ingress: denied: NetworkPolicy edge\/all isolates/],
  ];
  for (const [args, status, stdout] of rows) {
    const ran = askLoaded(args, {}, one);
    assert.equal([args, ran.status], [args, status]);
    assert.match(ran.stdout, stdout);
  }
});

test.run();
