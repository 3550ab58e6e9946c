// suite: tools
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObservedConnection, ObservedEnd } from '../../../src/cli/flows/observed.ts';
import { readLine } from '../../../src/cli/flows/read-line.ts';
import { FORMATS } from '../../../src/cli/preview/format.ts';
import { type Effect, Judge, type Judgment } from '../../../src/cli/preview/judge.ts';
import { reportFlows, reportStatus } from '../../../src/cli/preview/report.ts';
import { nameRow, rowsOf } from '../../../src/cli/preview/rows.ts';
import { previewWorlds } from '../../../src/cli/preview/worlds.ts';
import type { ClusterObjects } from '../../../src/cli/world/from-cluster.ts';
import type { KubernetesObject } from '../../../src/cli/world/kubernetes-object.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { felix, goldmane, hubble } from '../flows/samples.ts';
import { palisade } from '../palisade.ts';
import { APP, PODS, RIGHT, WRONG } from './six-mistakes.ts';

const dns = parseDnsSetting('auto');
const parse = (text: string) => readManifests([{ file: 'app.yaml', text }], 'books');

/** Parsing takes longer than everything else. */
const application = parse(APP);
const read = (text: string) =>
  text.startsWith(APP) ? [...application, ...parse(text.slice(APP.length))] : parse(text);
const objectsOf = (text: string): KubernetesObject[] => read(text).map(({ object }) => object);

const { web, api, db, report, prometheus, ingress } = PODS;

/** The real connections of the application; one is seen twice. */
const REAL = [
  ...[hubble(web, api, 3000), hubble(web, api, 3000), hubble(api, db, 5432), hubble(report, db, 5432)],
  ...[hubble(report, api, 3000), hubble(prometheus, web, 9100), hubble(prometheus, api, 9100)],
  hubble(ingress, web, 8080),
];

const connectionsOf = (lines: readonly string[]): ObservedConnection[] =>
  lines.flatMap(readLine).flatMap((record) => {
    if (record === undefined || !('flow' in record)) return [];
    const { source, destination, port, protocol } = record.flow;
    return [{ source, destination, port, protocol, flows: 1, denied: 0, works: true }];
  });

const flowsOf = (connections: readonly ObservedConnection[]) => ({
  ...{ connections, skipped: new Map(), unreadable: { count: 0, first: [] }, overflow: 0 },
});

const judged = (text: string, lines: readonly string[], cluster?: ClusterObjects): Judgment[] => {
  const judge = new Judge(previewWorlds({ manifests: read(text), dns, ...(cluster && { cluster }) }));
  return connectionsOf(lines).map((one) => judge.of(one));
};

const effects = (...of: Parameters<typeof judged>): Effect[] => judged(...of).map(({ effect }) => effect);

test('the six mistakes: the wrong policy cuts the real connections, each for its reason', () => {
  const worlds = previewWorlds({ manifests: read(APP + WRONG), dns });
  const judge = new Judge(worlds);
  const rows = rowsOf(
    connectionsOf(REAL).map((one) => judge.of(one)),
    judge.after,
  );
  const denies = (what: string): string =>
    `denied: ContainerSecurityPolicy books/books isolates ${what}, and no rule allows the connection`;
  const rule = (name: string): string => `${name} of ContainerSecurityPolicy books/books allows it at 80/TCP only`;
  assert.equal(
    rows.map((row) => [row.effect, nameRow(row), row.flows, row.reasons]),
    [
      [
        ...['Cut', 'Deployment books/web → Deployment books/api:3000', 2],
        [
          ...[`Egress: ${denies('Deployment books/web')}`, rule('egress[0] "web calls api"')],
          ...[`Ingress: ${denies('Deployment books/api')}`, rule('ingress[1] "web calls api"')],
        ],
      ],
      ['Cut', 'CronJob books/report → Deployment books/api:3000', 1, [`Ingress: ${denies('Deployment books/api')}`]],
      ['Cut', 'CronJob books/report → StatefulSet books/db:5432', 1, [`Ingress: ${denies('StatefulSet books/db')}`]],
      ['Cut', 'Deployment books/api → StatefulSet books/db:5432', 1, [`Egress: ${denies('Deployment books/api')}`]],
      [
        ...['Cut', 'Pod monitoring/ingress → Deployment books/web:8080', 1],
        [`Ingress: ${denies('Deployment books/web')}`, rule('ingress[0] "visitors"')],
      ],
      [
        'Cut',
        'Pod monitoring/prometheus → Deployment books/api:9100',
        1,
        [`Ingress: ${denies('Deployment books/api')}`],
      ],
      [
        'Cut',
        'Pod monitoring/prometheus → Deployment books/web:9100',
        1,
        [`Ingress: ${denies('Deployment books/web')}`],
      ],
    ],
  );
});

test('the six mistakes: the right policy cuts none of the real connections, and others', () => {
  assert.equal(new Set(effects(APP + RIGHT, REAL)), new Set(['Kept']));
  const others = [hubble(web, db, 5432), hubble(ingress, db, 5432), hubble(prometheus, web, 8080)];
  assert.equal(effects(APP + RIGHT, others), ['Cut', 'Cut', 'Cut']);
});

test('without manifests of the application, the labels of the flows say what the policy selects', () => {
  assert.equal([...new Set(effects(WRONG, REAL))], ['Cut']);
  // The log does not have the names of ports.
  const [first, ...others] = effects(RIGHT, REAL);
  assert.is(first, 'Unknown');
  assert.equal(new Set(others), new Set(['Unknown', 'Kept']));
  assert.not(others.includes('Cut'));
});

const WORLD = { ip: '93.184.216.34', labels: ['reserved:world'] };
const host = { ip: '10.9.0.1', labels: ['reserved:host'] };
const ISOLATED = `
---
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books}
spec: {network: {}}
`;
const fromBlock = (cidr: string) =>
  ISOLATED.replace('{network: {}}', `{network: {allow: {ingress: [{from: [{cidr: ${cidr}}]}]}}}`);
const anywhere = ISOLATED.replace('{network: {}}', '{network: {allow: {ingress: [{from: [{anywhere: true}]}]}}}');

const pub = (port = 8080): string =>
  JSON.stringify(
    goldmane({
      ...{ sourceName: 'pub', sourceNamespace: '-', sourceType: 'Network', destName: 'web-755cdc7957-*' },
      ...{ destNamespace: 'books', destPort: `${port}` },
    }),
  );
const pvt = pub().replace('"pub"', '"pvt"');

const ends: [name: string, files: string, line: string, expected: Effect][] = [
  ['a pod outside the namespaces of the policies', APP + ISOLATED, hubble(prometheus, ingress, 80), 'Kept'],
  ['from the internet', APP + ISOLATED, hubble(WORLD, web, 8080), 'Cut'],
  ['from an address that a rule allows', APP + fromBlock('93.184.216.0/24'), hubble(WORLD, web, 8080), 'Kept'],
  ['to the internet', APP + ISOLATED, hubble(web, WORLD, 443), 'Cut'],
  ['from its node, as a probe', APP + ISOLATED, hubble(host, web, 8080, { traffic_direction: 'INGRESS' }), 'Kept'],
  ['from a node that may be its own', APP + ISOLATED, hubble(host, web, 8080), 'Unknown'],
  ['from an address that the log does not have', APP + ISOLATED, pub(), 'Cut'],
  ['from one that some rule allows', APP + fromBlock('93.184.216.0/24'), pub(), 'Unknown'],
  ['from one, where every address is allowed', APP + anywhere, pub(), 'Kept'],
  ['from a private network, which may be its node', APP + ISOLATED, pvt, 'Unknown'],
  ['from a private network, where everything is allowed', APP + anywhere, pvt, 'Kept'],
  [
    'to a pod of which nothing is known',
    APP + ISOLATED,
    hubble(web, { ip: '10.0.9.9', pod: 'books/gone-1' }, 80),
    'Unknown',
  ],
  [
    'to the cluster IP of a Service',
    APP + WRONG,
    hubble(web, { ip: '10.96.0.4', labels: ['reserved:world'] }, 80),
    'Cut',
  ],
  [
    'to the cluster IP of a Service, with the right policy',
    APP + RIGHT,
    hubble(web, { ip: '10.96.0.4', labels: ['reserved:world'] }, 80),
    'Kept',
  ],
  [
    'to a Service that the log names only',
    APP + WRONG,
    felix({
      ...{
        source_namespace: 'books',
        source_name: '-',
        source_name_aggr: 'web-755cdc7957-*',
        dest_type: 'net',
        dest_name_aggr: 'pvt',
      },
      ...{ dest_namespace: '-', dest_ip: null, dest_port: 80, dest_service_namespace: 'books' },
    }),
    'Cut',
  ],
  [
    'from pods that Calico aggregates to nothing, by their labels',
    APP + RIGHT,
    JSON.stringify(
      goldmane({ sourceName: '*', sourceNamespace: 'books', destNamespace: 'books' }, { sourceLabels: ['app=api'] }),
    ),
    'Kept',
  ],
  [
    'from the ingress proxy of Cilium',
    APP + ISOLATED,
    hubble({ ip: '10.0.1.77', labels: ['reserved:ingress'] }, web, 8080),
    'Unknown',
  ],
];

for (const [name, files, line, expected] of ends) {
  test(`what a policy does to a connection ${name}`, () => {
    assert.equal(effects(files, [line]), [expected]);
  });
}

test('an address that the log does not have is of the family of the pods', () => {
  const ingressOf = (cidr: string): string => fromBlock(cidr) + running('web', '10.0.1.5', 'a');
  assert.equal(effects(ingressOf('0.0.0.0/0'), [pub().replace('web-755cdc7957-*', 'web')]), ['Kept']);
  assert.equal(effects(ingressOf('::/0'), [pub().replace('web-755cdc7957-*', 'web')]), ['Cut']);
  assert.equal(effects(APP + fromBlock('0.0.0.0/0'), [pub()]), ['Unknown']);
});

const DENY_ALL = `
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}}
`;

test('what other policies deny already is told apart', () => {
  assert.equal(effects(APP + DENY_ALL + ISOLATED, [hubble(web, db, 5432), hubble(web, api, 3000)]), [
    'AlreadyCut',
    'Cut',
  ]);
});

test('what a verdict leaves open is unknown, with its reason', () => {
  const byLabel = `{network: {allow: {ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}}}`;
  const [judgment] = judged(APP + ISOLATED.replace('{network: {}}', byLabel), [hubble(ingress, web, 8080)]);
  const judge = new Judge(previewWorlds({ manifests: read(APP + ISOLATED), dns }));
  assert.equal(
    rowsOf([judgment!], judge.after).map(({ effect, reasons }) => [effect, reasons]),
    [
      [
        'Unknown',
        [
          'Ingress: unknown: ContainerSecurityPolicy books/books isolates Deployment books/web; ingress[0] of ContainerSecurityPolicy books/books may allow the connection: it has a namespaceSelector, and the labels of the namespace are unknown: add the Namespace, or select it by its name with namespaces',
        ],
      ],
    ],
  );
});

test('of a policy with a proposal, what the proposal would cut', () => {
  const proposal = ISOLATED.replace(
    '{network: {}}',
    '{network: {allow: {sameNamespace: true}}, proposed: {network: {isolate: [Ingress]}}}',
  );
  assert.equal(effects(APP + proposal, [hubble(web, api, 3000), hubble(web, WORLD, 443)]), ['Cut', 'Kept']);
});

const ADDRESSES = ['10.0.1.5', '10.0.1.6', '10.0.3.7'];
const running = (name: string, address: string, node: string, hostNetwork = false): string => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec: {nodeName: ${node}, hostNetwork: ${hostNetwork}, containers: [{name: c}]}
status: {phase: Running, podIP: ${address}}
`;
const CLUSTER: ClusterObjects = {
  objects: objectsOf(
    [
      ...[
        running('web', ADDRESSES[0]!, 'a'),
        running('api', ADDRESSES[1]!, 'b'),
        running('agent', '10.9.0.2', 'b', true),
      ],
      `
---
{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {clusterIP: 10.96.0.7, selector: {app: api}, ports: [{port: 80, targetPort: 3000}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {podCIDRs: [10.0.4.0/24]}, status: {addresses: [{type: InternalIP, address: 10.9.0.1}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: b}, status: {addresses: [{type: InternalIP, address: 10.9.0.2}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: books}}
`,
    ].join(''),
  ),
  unread: [],
};

const entry = (from: string, to: string, port: number, real = to, realPort = port): string =>
  `tcp      6 86393 ESTABLISHED src=${from} dst=${to} sport=49832 dport=${port} src=${real} dst=${from} sport=${realPort} dport=49832 [ASSURED] mark=0 use=1`;

const addresses: [name: string, line: string, expected: Effect, row: string][] = [
  [
    'between pods, through a Service',
    entry('10.0.1.5', '10.96.0.7', 80, '10.0.1.6', 3000),
    'Cut',
    'Pod books/web → Pod books/api:3000',
  ],
  ['from the node of the pod', entry('10.9.0.2', '10.0.1.6', 3000), 'Kept', '10.9.0.2 → Pod books/api:3000'],
  ['from another node', entry('10.9.0.1', '10.0.1.6', 3000), 'Cut', '10.9.0.1 → Pod books/api:3000'],
  ['to the internet', entry('10.0.1.5', '2001:db8::1', 443), 'Cut', 'Pod books/web → [2001:db8::1]:443'],
  ['from a pod that is gone', entry('10.0.1.99', '10.0.1.6', 3000), 'Unknown', '10.0.1.99 → 10.0.1.6:3000'],
  ['from an address of the pods of a node', entry('10.0.4.9', '10.0.1.6', 3000), 'Unknown', '10.0.4.9 → 10.0.1.6:3000'],
  ['from a private network', entry('192.168.7.7', '10.0.1.6', 3000), 'Cut', '192.168.7.7 → Pod books/api:3000'],
  ['between hosts', entry('10.9.0.1', '10.9.0.2', 10250), 'Kept', '10.9.0.1 → 10.9.0.2:10250'],
];

for (const [name, line, expected, row] of addresses) {
  test(`addresses of a cluster: a connection ${name}`, () => {
    const worlds = previewWorlds({ manifests: read(ISOLATED), dns, cluster: CLUSTER });
    const judge = new Judge(worlds);
    const found = rowsOf(
      connectionsOf([line]).map((one) => judge.of(one)),
      judge.after,
    );
    assert.equal(
      found.map((one) => [one.effect, nameRow(one)]),
      [[expected, row]],
    );
  });
}

test('an address is no answer where it is unknown which addresses pods and nodes have', () => {
  const line = entry('10.0.1.5', '10.0.1.6', 3000);
  const reasons = (files: string, cluster?: ClusterObjects): (string | undefined)[] =>
    judged(files, [line], cluster).map(({ effect, reason }) => `${effect}: ${reason}`);
  assert.equal(reasons(APP + ISOLATED), [
    "Unknown: 10.0.1.5 may be a pod's: the files have no addresses of pods, which --cluster knows",
  ]);
  const unread = [{ kind: 'Pod', read: ['books'], missing: ['other'] }];
  assert.equal(reasons(ISOLATED, { objects: objectsOf(running('api', '10.0.7.7', 'b')), unread }), [
    "Unknown: 10.0.1.5 may be a pod's: you may not list all Pods",
  ]);
  const noNode = { objects: objectsOf(running('api', '10.0.1.6', 'b').replace('10.0.1.6', '10.0.7.7')), unread: [] };
  assert.equal(reasons(ISOLATED, noNode), ["Unknown: 10.0.1.5 may be a node's: no Node is known"]);
});

test('policies of the cluster are previewed without files: in mode Audit, and of the namespace that is asked for', () => {
  const audit = objectsOf(ISOLATED.replace('{network: {}}', '{mode: Audit, network: {}}'));
  const enforced = objectsOf(ISOLATED.replaceAll('books', 'others'));
  const cluster = { objects: [...CLUSTER.objects, ...audit, ...enforced], unread: [] };
  const worlds = previewWorlds({ manifests: [], dns, cluster });
  assert.equal(
    worlds.policies.map(({ namespace, name }) => `${namespace}/${name}`),
    ['books/books'],
  );
  assert.equal([...worlds.changed], ['books']);
  assert.throws(() => previewWorlds({ manifests: [], dns, cluster }, 'elsewhere'), /nothing to preview/);
});

const count = (connections: readonly ObservedConnection[], text: string) =>
  reportFlows(previewWorlds({ manifests: read(text), dns }), flowsOf(connections), []);

test('the report counts connections, and has the most frequent first', () => {
  const of = (source: ObservedEnd, port: number, flows: number, works = true): ObservedConnection => ({
    ...{ source, destination: { namespace: 'books', pod: 'db-0' }, port, protocol: 'TCP', flows, works },
    ...{ denied: works ? 0 : 1, lastSeen: 1743000015000 },
  });
  const connections = [
    ...[
      of({ namespace: 'books', pod: 'web-755cdc7957-x2x4z' }, 5432, 2),
      of({ namespace: 'books', podPrefix: 'web-755cdc7957-' }, 5432, 3),
    ],
    ...[
      of({ namespace: 'books', podPrefix: 'api-755cdc7957-' }, 5432, 9),
      of({ namespace: 'books', pod: 'gone' }, 1, 1),
    ],
    of({ address: '192.0.2.1', outside: 'World' }, 5432, 7, false),
  ];
  const { summary, isGrave, ...rest } = count(connections, APP + ISOLATED);
  assert.is(summary, 'Of 3 connections that worked, 2 would be cut and 1 is unknown.');
  assert.ok(isGrave);
  const json = JSON.parse(FORMATS.json({ summary, isGrave, ...rest }, ['a note']));
  assert.equal(json.connections, { total: 3, cut: 2, unknown: 1, alreadyCut: 0, kept: 0 });
  assert.equal(
    json.cut.map((row: Record<string, unknown>) => [row.from, row.to, row.port, row.protocol, row.flows, row.lastSeen]),
    [
      ['Deployment books/api', 'StatefulSet books/db', 5432, 'TCP', 9, '2025-03-26T14:40:15Z'],
      ['Deployment books/web', 'StatefulSet books/db', 5432, 'TCP', 5, '2025-03-26T14:40:15Z'],
    ],
  );
  assert.equal(json.leftOut, ['1 connection that was denied or dropped when the flows were recorded']);
  assert.equal(json.unknown[0].reasons, ['Pod books/gone is not there, and the log does not have its labels']);
  assert.equal(json.notes, ['a note']);
});

test('nothing of a hostile name takes effect in Markdown or on a terminal', () => {
  const hostile = { namespace: 'books', pod: '<img src=x>\u001b[31m|`**x**`' };
  const destination = { namespace: 'books', pod: 'db-0' };
  const base = { port: 5432, protocol: 'TCP', flows: 1, denied: 0, works: true } as const;
  const report = count([{ source: hostile, destination, ...base }], APP + ISOLATED);
  const text = FORMATS.markdown(report, []);
  assert.not(/[<`|]|\*\*x/.test(text), text);
});

test('without flows, what status.preview says', () => {
  const { summary, sections, isGrave } = reportStatus(previewWorlds({ manifests: read(APP + WRONG), dns }), []);
  assert.is(summary, 'Connections would be lost.');
  assert.equal(
    sections.map(({ title, items }) => [title, items.length]),
    [
      ['Would be lost', 3],
      ['Warnings', 11],
    ],
  );
  assert.match(sections[0]!.items[2]!.text, /^StatefulSet books\/db would no longer be reachable at port 5432 from /);
  assert.ok(isGrave);
});

test('the command: formats, exit statuses and errors', async () => {
  await using directory = await temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  await writeFile(at('app.yaml'), APP);
  await writeFile(at('wrong.yaml'), WRONG);
  await writeFile(at('right.yaml'), RIGHT);
  const run = (files: readonly string[], more: readonly string[], stdin = '') =>
    palisade(['preview', '-n', 'books', '-f', ...files.map(at), ...more], { stdin });
  const kept = await run(['app.yaml', 'right.yaml'], ['--flows', '-'], REAL.join('\n'));
  assert.equal([kept.status, kept.stdout], [0, 'Of 7 connections that worked, none would be cut.\n']);
  const cut = await run(['app.yaml', 'wrong.yaml'], ['--flows', '-'], REAL.join('\n'));
  assert.is(cut.status, 1);
  assert.match(
    cut.stdout,
    /^Of 7 connections that worked, 7 would be cut\.\n\nWould be cut\n {2}Deployment books\/web → Deployment books\/api:3000 \(2 flows, last seen 2026-02-24T08:43:39Z\)\n {4}Egress: denied/,
  );
  const damaged = await run(['app.yaml', 'right.yaml'], ['--flows', '-'], [...REAL, '{"flow":'].join('\n'));
  assert.is(damaged.status, 1);
  assert.match(damaged.stdout, /\nUnknown, because it could not be read\n {2}stdin: line 9: the JSON is cut off: /);
  const nothing = await run(['app.yaml', 'right.yaml'], ['--flows', '-']);
  assert.equal([nothing.status, nothing.stdout], [2, '']);
  const markdown = await run(['app.yaml', 'wrong.yaml'], ['--flows', '-', '-o', 'markdown'], REAL.join('\n'));
  assert.match(
    markdown.stdout,
    /^## palisade preview\n\nOf 7 connections that worked, 7 would be cut\.\n\n### Would be cut\n\n- Deployment books\/web/,
  );
  const policy = await run(['wrong.yaml'], []);
  assert.is(policy.status, 1);
  assert.match(policy.stdout, /^It is unknown whether connections would be lost\./);
  const none = await run(['app.yaml'], []);
  assert.equal([none.status, none.stdout], [2, '']);
  assert.match(none.stderr, /^nothing to preview: name a file with a ContainerSecurityPolicy /);
  const twice = await palisade(['preview', '-f', '-', '--flows', '-']);
  assert.is(twice.status, 2);
});

test.run();
