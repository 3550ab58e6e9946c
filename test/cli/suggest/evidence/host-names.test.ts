import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Party } from '../../../../src/cli/suggest/evidence/evidence.ts';
import { hostNames } from '../../../../src/cli/suggest/evidence/host-names.ts';
import { suggested } from '../worlds.ts';

const nameOf = (party: Party): string =>
  party.type === 'Workload'
    ? `${party.workload.namespace}/${party.workload.name}`
    : party.type === 'Network'
      ? party.cidr
      : `pods of ${party.namespace}`;

const WORLD = `
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}, ports: [{port: 5432, targetPort: pg}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: data}, spec: {selector: {app: db}, ports: [{port: 5432, targetPort: 15432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: cache, namespace: data}, spec: {selector: {app: cache}, ports: [{port: 6379}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: queue, namespace: shop}, spec: {clusterIP: None, selector: {app: queue}, ports: [{name: amqp, port: 5672}, {name: http, port: 15672}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: legacy, namespace: shop}, spec: {type: ExternalName, externalName: db.data.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {name: mail, namespace: shop}, spec: {type: ExternalName, externalName: smtp.example.com}}
---
{apiVersion: v1, kind: Service, metadata: {name: far, namespace: shop}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: manual, namespace: shop}, spec: {ports: [{port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: manual-1, namespace: shop, labels: {kubernetes.io/service-name: manual}}, addressType: IPv4, endpoints: [{addresses: [192.0.2.7]}], ports: [{port: 8443, protocol: TCP}]}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop}, spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, ports: [{name: pg, containerPort: 5433}]}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: queue, namespace: shop}, spec: {selector: {matchLabels: {app: queue}}, template: {metadata: {labels: {app: queue}}, spec: {containers: [{name: c, ports: [{containerPort: 5672}, {containerPort: 15672}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: db-backup}, spec: {selector: {app: x}, ports: [{port: 5432}]}}
`;

const DATA = `
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: data}, spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, ports: [{containerPort: 15432}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: cache, namespace: data}, spec: {selector: {matchLabels: {app: cache}}, template: {metadata: {labels: {app: cache}}, spec: {containers: [{name: c, ports: [{containerPort: 6379}]}]}}}}
`;

const client = (container: string, pod = ''): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web}}, spec: {${pod}containers: [{name: c, ${container}}]}}}}`;

/** The connections of web, as `TO:PORT`, and what is unknown. */
const found = (container: string, more = '', pod = ''): { connections: string[]; gaps: string[]; api: number } => {
  const scene = suggested(
    [WORLD, DATA, client(container, pod), more].filter((text) => text !== '').join('\n---\n'),
    'shop',
  );
  const { connections, gaps, apiClients } = hostNames(scene);
  return {
    connections: [
      ...new Set(connections.flatMap(({ to, ports }) => ports.map(({ port }) => `${nameOf(to)}:${port}`))),
    ].sort(),
    gaps: gaps.map(({ text }) => text),
    api: apiClients.length,
  };
};

const env = (name: string, value: string): string => `env: [{name: ${name}, value: ${JSON.stringify(value)}}]`;

const ROWS: [container: string, connections: string[]][] = [
  // The Service's port becomes that of the pod; the own namespace comes first, and only a full name leads elsewhere.
  [env('DB_HOST', 'db'), ['shop/db:5433']],
  [env('DB_URL', 'postgres://u:p@db/x'), ['shop/db:5433']],
  [env('DB_URL', 'postgres://u:p@db.data/x'), ['data/db:15432']],
  [env('ANY', 'db.data'), ['data/db:15432']],
  [env('ANY', 'db.data.svc'), ['data/db:15432']],
  [env('ANY', 'DB.Data.svc.cluster.local.:5432'), ['data/db:15432']],
  [env('CACHE_HOST', 'cache'), []],
  [env('CACHE_HOST', 'cache.data'), ['data/cache:6379']],
  [env('DB_HOST', 'legacy'), ['data/db:15432']],
  [env('ANY', 'queue-0.queue:5672'), ['shop/queue:5672']],
  [env('AMQP', 'amqp://queue-0.queue.shop.svc/'), ['shop/queue:5672']],
  [env('QUEUE_HOST', 'queue'), ['shop/queue:15672', 'shop/queue:5672']],
  ['env: [{name: QUEUE_HOST, value: queue}, {name: QUEUE_PORT, value: "15672"}]', ['shop/queue:15672']],
  ['env: [{name: H, value: db}, {name: DB_URL, value: "postgres://$(H):5432"}]', ['shop/db:5433']],
  ['args: ["--database-host", db, "--mode=cache"]', ['shop/db:5433']],
  ['command: [psql, -h, db, -U, x]', ['shop/db:5433']],
  ['command: [sh, -c, "exec app $DB_SERVICE_HOST"]', ['shop/db:5433']],
  ['command: [sh, -c, "# db:5432\\nuntil nc -z db.data 5432; do sleep 1; done"]', ['data/db:15432']],
  [env('API', 'http://manual'), ['192.0.2.7/32:8443']],
  [env('DB_URL', 'postgres://203.0.113.5:5432'), ['203.0.113.5/32:5432']],
  // Whole names only, and only where a host stands.
  [env('DB_NAME', 'db'), []],
  [env('CACHE_DRIVER', 'db'), []],
  [env('DB_HOST', 'mydb'), []],
  [env('DB_HOST', 'db-backup'), []],
  [env('DB_HOST', 'db_old'), []],
  [env('URL', 'http://db-backup.example.com/db'), []],
  [env('URL', 'http://example.com/?to=db.data'), []],
  [env('ANY', 'notes about db and cache.data here'), []],
  [env('IMAGE', 'registry.example.com/db:5432'), []],
  [env('DB', 'db:15'), []],
  [env('LISTEN_ADDRESS', 'db:5432'), []],
  [env('DB_HOST', '127.0.0.1'), []],
  [env('DB_URL', 'postgres://localhost:5432'), []],
];

for (const [container, connections] of ROWS)
  test(container, () => assert.equal(found(container).connections, [...connections].sort()));

test('ConfigMaps count where they are used, without their comments', () => {
  const map = `{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}, data: {"app.yaml": "# host: cache.data\\ndb: {host: db}\\n", "unused.yaml": "host: cache.data", DB_HOST: db.data}}`;
  assert.equal(found('ports: []', map).connections, []);
  const volume = (more: string) => `volumes: [{name: v, configMap: {name: web${more}}}], `;
  assert.equal(found('ports: []', map, volume(', items: [{key: app.yaml, path: a}]')).connections, ['shop/db:5433']);
  assert.equal(found('ports: []', map, volume('')).connections, ['data/cache:6379', 'data/db:15432', 'shop/db:5433']);
  const key = 'env: [{name: PGHOST, valueFrom: {configMapKeyRef: {name: web, key: DB_HOST}}}]';
  assert.equal(found(key, map).connections, ['data/db:15432']);
  assert.equal(found('envFrom: [{prefix: APP_, configMapRef: {name: web}}]', map).connections, [
    'data/db:15432',
    'shop/db:5433',
  ]);
});

test('what is unknown is said', () => {
  const secret = `{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}, stringData: {DB_HOST: db}}`;
  const reads = 'env: [{name: DB_HOST, valueFrom: {secretKeyRef: {name: s, key: DB_HOST}}}]';
  assert.equal(found(reads, secret), {
    ...{ connections: [], api: 0 },
    gaps: ['Secret s is not read: add egress rules for the hosts that it names, if it does'],
  });
  const texts: [container: string, gap: string][] = [
    [
      'envFrom: [{configMapRef: {name: none}}]',
      'ConfigMap none is unknown, because no file has it: add it to --filename',
    ],
    [env('SMTP', 'smtp://smtp.example.com:25'), 'host smtp.example.com (env SMTP) is outside the cluster'],
    [
      env('SMTP_HOST', 'mail'),
      'host smtp.example.com (env SMTP_HOST, Service mail of type ExternalName) is outside the cluster',
    ],
    [env('CACHE_HOST', 'cache'), 'host cache (env CACHE_HOST; the namespace has no such Service)'],
    [
      env('X_URL', 'http://api.other.svc'),
      'names Service other/api, which no file has: add the manifests of namespace other',
    ],
    [env('DB_URL', 'http://db:80'), 'names Service db, which has no port 80'],
    [env('FAR', 'http://far'), 'names Service far, which leads to no pod'],
    [env('QUEUE_HOST', 'queue'), 'names Service queue, without a port, so the rule has all of its ports'],
    [env('METADATA', 'http://169.254.169.254'), 'names 169.254.169.254, an address of the node or of the cloud'],
  ];
  for (const [container, gap] of texts) {
    const { gaps } = found(container);
    assert.ok(
      gaps.some((text) => text.includes(gap)),
      `${container}: ${gaps}`,
    );
  }
});

test('a namespace without pods in the files has the labels and the port of its Service', () => {
  const scene = suggested([WORLD, client(env('U', 'http://cache.data:6379'))].join('\n---\n'), 'shop');
  const { connections } = hostNames(scene);
  assert.equal(
    connections.map(({ to, ports }) => [to, ports]),
    [[{ type: 'Selected', namespace: 'data', labels: { app: 'cache' } }, [{ port: 6379 }]]],
  );
});

test('the API server by its name is a use of it', () =>
  assert.is(found(env('K', 'https://kubernetes.default.svc')).api, 1));

test.run();
