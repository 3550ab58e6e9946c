// suite: tools
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { temporaryDirectory } from '../../hack/directory.ts';
import { palisade } from '../palisade.ts';

const pod = (namespace: string, app: string, ip: string, env = ''): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${app}, namespace: ${namespace}, labels: {app: ${app}}}, spec: {containers: [{name: c, ports: [{containerPort: 5432}]${env}}]}, status: {phase: Running, podIP: ${ip}, podIPs: [{ip: ${ip}}]}}`;

const WORLD = [
  '{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: 10.96.0.20, clusterIPs: [10.96.0.20], selector: {app: db}, ports: [{port: 5432}]}}',
  pod('shop', 'web', '10.244.0.5', ', env: [{name: DB_HOST, value: db}]'),
  pod('shop', 'db', '10.244.0.6'),
  pod('shop', 'job', '10.244.0.7'),
  pod('data', 'cache', '10.244.1.5'),
].join('\n---\n');

/** As `conntrack -L` has a connection, here without a Service. */
const entry = (from: string, to: string, port: number, state = '[ASSURED]'): string =>
  `tcp      6 431999 ESTABLISHED src=${from} dst=${to} sport=40000 dport=${port} src=${to} dst=${from} sport=${port} dport=40000 ${state} mark=0 use=1`;

const suggest = async (flows: readonly string[]) => {
  await using directory = await temporaryDirectory();
  const [world, log] = [join(directory.path, 'world.yaml'), join(directory.path, 'flows.txt')];
  await writeFile(world, WORLD);
  await writeFile(log, flows.join('\n'));
  return await palisade(['suggest', 'shop', '-f', world, '--flows', log, '--api-server', '10.0.0.1/32:6443']);
};

test('flows that no rule covers become rules, and the others do not', async () => {
  const { status, stdout, stderr } = await suggest([
    entry('10.244.0.5', '10.244.0.6', 5432),
    entry('10.244.0.7', '10.244.0.6', 5432),
    entry('10.244.0.7', '10.244.0.6', 5432).replaceAll('40000', '40001'),
    entry('10.244.1.5', '10.244.0.5', 9999),
    entry('10.244.0.7', '198.51.100.7', 443),
    entry('10.244.0.7', '198.51.100.8', 443),
    entry('10.244.0.5', '10.0.0.1', 6443),
    entry('10.244.1.5', '198.51.100.9', 80),
    entry('10.244.0.5', '10.9.9.9', 80),
  ]);
  assert.is(status, 0, stderr);
  const [main = '', api = '', ...more] = stdout.split('\n---\n');
  assert.is(more.length, 0);
  const app = (name: string) => ({ matchLabels: { app: name } });
  const declared = 'Pod web: env DB_HOST names Service db';
  const toDb = 'observed 2 flows from Pod job to Pod db at port 5432';
  assert.equal(parse(main).spec.network.allow, {
    dns: true,
    ingress: [
      { description: toDb, pods: app('db'), from: [{ pods: app('job') }], ports: [{ port: 5432 }] },
      { description: declared, pods: app('db'), from: [{ pods: app('web') }], ports: [{ port: 5432 }] },
      {
        description: 'observed 1 flow from Pod data/cache to Pod web at port 9999',
        ...{ pods: app('web'), from: [{ namespaces: ['data'], pods: app('cache') }], ports: [{ port: 9999 }] },
      },
    ],
    egress: [
      {
        description: 'observed flows from Pod job at port 443 to addresses outside',
        pods: app('job'),
        to: [{ cidr: '198.51.100.7/32' }, { cidr: '198.51.100.8/32' }],
        ports: [{ port: 443 }],
      },
      { description: toDb, pods: app('job'), to: [{ pods: app('db') }], ports: [{ port: 5432 }] },
      { description: declared, pods: app('web'), to: [{ pods: app('db') }], ports: [{ port: 5432 }] },
    ],
  });
  assert.equal(parse(api).spec.network, {
    podSelector: app('web'),
    isolate: ['Egress'],
    allow: { dns: true, apiServer: true },
  });
  assert.match(main.replaceAll(/\n\s*#\s*/g, ' '), 'observed flows from 10.244.0.5 to 10.9.9.9 at port 80: ');
  assert.match(api, 'observed flows from Pod web to the API server at 10.0.0.1:6443');
});

test('many clients outside, and what cannot be read or told, are comments', async () => {
  const clients = Array.from({ length: 40 }, (_, n) => entry(`198.51.100.${n + 1}`, '10.244.0.5', 8080));
  const { stdout } = await suggest([...clients, 'tcp src=1.2.3.4']);
  const words = stdout.replaceAll(/\n\s*#\s*/g, ' ');
  assert.match(words, 'observed flows to Pod web at port 8080 from addresses outside, 40 of them: add an ingress rule');
  assert.match(words, /flows: \S+: line 41: /);
  assert.is(parse(stdout).spec.network.allow.ingress.length, 1);
});

test('a file without flows is an error', async () => {
  const { status, stderr } = await suggest(['nothing']);
  assert.is(status, 1);
  assert.match(stderr, 'flows.txt');
});

test.run();
