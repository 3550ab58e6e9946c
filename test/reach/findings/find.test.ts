import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { NetworkSection } from '../../../src/api/policy.ts';
import { reachPolicies } from '../../../src/policy/sections/network/reach-policies.ts';
import { Findings } from '../../../src/reach/findings/find.ts';
import { Reach } from '../../../src/reach/reach.ts';
import type { ReachPod, ReachService, World } from '../../../src/reach/world.ts';
import { netpol, pod, world } from '../worlds.ts';

const DNS = { dnsPeers: [], apiServer: [] };

/** The findings about a policy `shop/p` in a world, as `reason rule: message`. */
const found = (network: NetworkSection, more: Partial<World> = {}, at = { namespace: 'shop', name: 'p' }): string[] => {
  const policies = [...reachPolicies(at, network, DNS), ...(more.policies ?? [])];
  const reach = new Reach(world({ ...more, policies }));
  return new Findings(reach)
    .of({ ...at, network })
    .map(({ reason, rule, message }) => `${reason}${rule === undefined ? '' : ` ${rule}`}: ${message}`);
};

const service = (
  path: string,
  port: number,
  targetPort: number | string,
  more: Partial<ReachService> = {},
): ReachService => {
  const [namespace = '', name = ''] = path.split('/');
  const ports = [{ port, protocol: 'TCP' as const, targetPort }];
  return { namespace, name, clusterIPs: ['10.96.0.7'], selector: { app: name }, ports, ...more };
};

const of = (path: string, ports: [name: string, port: number][], kind = 'Deployment'): ReachPod => {
  const [namespace = '', name = ''] = path.split('/');
  const declared = ports.map(([portName, port]) => ({ name: portName, port, protocol: 'TCP' as const }));
  return pod(path, { ports: declared, workload: { kind, name }, namespace });
};

const mistakes = suite('six mistakes');
const BOOKS = { namespace: 'books', name: 'books' };
const books: Partial<World> = {
  namespaces: [
    { name: 'books', labels: {} },
    { name: 'monitoring', labels: {} },
  ],
  pods: [
    of('books/web', [
      ['http', 8080],
      ['metrics', 9100],
    ]),
    of('books/api', [
      ['http', 3000],
      ['metrics', 9100],
    ]),
    of('books/db', [['pg', 5432]], 'StatefulSet'),
    { ...of('books/report', [], 'CronJob'), state: 'Planned' },
    pod('monitoring/prometheus', { ports: [] }),
    pod('monitoring/ingress', { ports: [] }),
  ],
  services: [
    service('books/web', 80, 8080),
    service('books/api', 80, 3000),
    service('books/db', 5432, 5432, { clusterIPs: [] }),
  ],
};
const file = async (name: string): Promise<NetworkSection> => {
  const text = await readFile(new URL(`six-mistakes/${name}.yaml`, import.meta.url), 'utf8');
  return parse(text).spec.network;
};

mistakes('each has a finding with the fix', async () => {
  const denies = 'but ContainerSecurityPolicy books/books denies it as';
  const mapped = (name: string, target: number) =>
    `none of its pods declares port 80, and NetworkPolicies match the port of the pod; Service books/${name} maps 80 to ${target}: write ${target}`;
  assert.equal(found(await file('wrong'), books, BOOKS), [
    'ServiceUnreachable: Service books/api has no clients at port 80, which is port 3000 of its pods: nobody may connect to it; add an ingress rule with ports: [{port: 3000}]',
    'ServiceUnreachable: Service books/web has no clients at port 80, which is port 8080 of its pods: nobody may connect to it; add an ingress rule with ports: [{port: 8080}]',
    `PortNotDeclared ingress[0] "visitors": ${mapped('web', 8080)}`,
    `PortNotDeclared ingress[1] "web calls api": ${mapped('api', 3000)}`,
    `PortNotDeclared egress[0] "web calls api": ${mapped('api', 3000)}`,
    'PortNameUnknown ingress[3] "prometheus": none of its pods has a TCP port named metric: write metrics',
    'NamespaceNotFound ingress[3] "prometheus": from[0] names namespace monitorng, which does not exist: write monitoring',
    'SelectsNoPod ingress[2] "database": from[1] selects no pod, because no pod of namespace books has label app: reports: write app: report',
    `OneSided ingress[2] "database": allows Deployment books/api to connect to StatefulSet books/db at port 5432, ${denies} egress of Deployment books/api: add a rule to its allow.egress`,
    `OneSided egress[1] "report": allows CronJob books/report to connect to Deployment books/api at ports 3000 and 9100, ${denies} ingress of Deployment books/api: add a rule to its allow.ingress`,
    `OneSided egress[1] "report": allows CronJob books/report to connect to StatefulSet books/db at port 5432, ${denies} ingress of StatefulSet books/db: add a rule to its allow.ingress`,
  ]);
});

mistakes('the right policy has none', async () => {
  assert.equal(found(await file('right'), books, BOOKS), []);
});

mistakes('in any order of the world the findings are the same', async () => {
  const reversed = { ...books, pods: books.pods!.toReversed(), services: books.services!.toReversed() };
  assert.equal(found(await file('wrong'), reversed, BOOKS), found(await file('wrong'), books, BOOKS));
});

mistakes('an operator of these namespaces alone finds them too', async () => {
  const reasons = (all: readonly string[]): string[] => all.map((text) => text.split(':')[0]!);
  const wrong = await file('wrong');
  assert.equal(reasons(found(wrong, { ...books, partial: 'Readable' }, BOOKS)), reasons(found(wrong, books, BOOKS)));
  assert.equal(found(await file('right'), { ...books, partial: 'Readable' }, BOOKS), []);
});

mistakes.run();

/** The findings of one reason. */
const only = (reason: string, network: NetworkSection, more: Partial<World> = {}): string[] =>
  found(network, more)
    .filter((text) => text.startsWith(reason))
    .map((text) => text.slice(reason.length).replace(/^:? /, ''));
const app = (name: string) => ({ matchLabels: { app: name } });
const web = of('shop/web', [['http', 8080]]);
const db = of('data/db', [['pg', 5432]], 'StatefulSet');
const ingress = (rule: object): NetworkSection => ({
  isolate: ['Ingress'],
  allow: { ingress: [{ from: [{ anywhere: true }], ...rule }] },
});
const egress = (rule: object): NetworkSection => ({ allow: { egress: [{ to: [{ anywhere: true }], ...rule }] } });

const pods = suite('SelectsNoPod');
const selection = (peer: object, more: Partial<World> = {}) =>
  only('SelectsNoPod', ingress({ from: [peer] }), { pods: [web, db], ...more });

pods('a value that no pod has, with a near one and without', () => {
  assert.equal(selection({ pods: app('cache') }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label app: cache: correct the labels, unless such pods come later',
  ]);
  const worker = of('shop/worker', []);
  assert.equal(selection({ pods: app('workre') }, { pods: [web, worker] }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label app: workre: write app: worker',
  ]);
});

pods('a key that no pod has, and a near one', () => {
  const labeled = { ...web, labels: { component: 'api' } };
  assert.equal(selection({ pods: { matchLabels: { compnent: 'api' } } }, { pods: [labeled] }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label compnent: api: write component: api',
  ]);
});

pods('expressions, and labels that no single pod has together', () => {
  const expression = { matchExpressions: [{ key: 'app', operator: 'In' as const, values: ['x1', 'x2'] }] };
  assert.equal(selection({ pods: expression }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label app in (x1, x2): correct the labels, unless such pods come later',
  ]);
  const both = { matchLabels: { app: 'web', tier: 'back' } };
  const labeled = { ...of('shop/other', []), labels: { tier: 'back' } };
  assert.equal(selection({ pods: both }, { pods: [web, labeled] }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has all of its labels: correct the labels, unless such pods come later',
  ]);
});

pods('in other namespaces, where the world knows their pods', () => {
  const peer = { namespaces: ['data'], pods: app('dbs') };
  const why = 'ingress[0]: from[0] selects no pod, because no pod of namespace data has label app: dbs';
  assert.equal(selection(peer), [`${why}: write app: db`]);
  const later = `${why}: correct the labels, unless such pods come later`;
  assert.equal(selection(peer, { pods: [web] }), [later], 'a whole cluster has no other pods');
  assert.equal(
    selection(peer, { pods: [web], namespaces: [{ name: 'data', podsUnknown: true }] }),
    [],
    'of files nobody knows',
  );
});

pods('the pods of a rule, and podSelector', () => {
  assert.equal(only('SelectsNoPod', ingress({ pods: app('webs') }), { pods: [web] }), [
    'ingress[0]: pods selects no pod, because no pod of namespace shop has label app: webs: write app: web',
  ]);
  assert.equal(only('SelectsNoPod', { podSelector: app('wibbly') }, { pods: [web] }), [
    'podSelector selects no pod, because no pod of namespace shop has label app: wibbly: correct the labels, unless such pods come later',
  ]);
});

pods('a finished pod shows that the labels are right', () => {
  assert.equal(
    selection({ pods: app('job') }, { pods: [web, { ...of('shop/job', [], 'Job'), state: 'Finished' }] }),
    [],
  );
});

pods('a key that must exist', () => {
  const exists = (key: string) => ({ matchExpressions: [{ key, operator: 'Exists' as const }] });
  assert.equal(selection({ pods: exists('apps') }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label apps: write app',
  ]);
  assert.equal(selection({ pods: exists('track') }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label track: correct the labels, unless such pods come later',
  ]);
});

pods('one value of a list that no pod has, and a near one', () => {
  const report = of('shop/report', []);
  const list = (...values: string[]) => ({ matchExpressions: [{ key: 'app', operator: 'In' as const, values }] });
  assert.equal(selection({ pods: list('web', 'reports') }, { pods: [web, report] }), [
    'ingress[0]: from[0] selects no pod for one of its values, because no pod of namespace shop has label app: reports: write app: report',
  ]);
  assert.equal(selection({ pods: list('web', 'report', 'reports') }, { pods: [web, report] }), [], 'each is meant');
  assert.equal(selection({ pods: list('web', 'mailer') }, { pods: [web, report] }), [], 'it may come later');
});

pods('the value is that of another key', () => {
  const labeled = { ...web, labels: { 'app.kubernetes.io/name': 'web' } };
  assert.equal(selection({ pods: app('web') }, { pods: [labeled] }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label app: web: write app.kubernetes.io/name: web',
  ]);
});

pods('names of a series are no misspellings of each other; another case is one', () => {
  const labeled = (name: string) => ({ ...web, labels: { app: name } });
  const cureOf = (name: string, there: string): string =>
    selection({ pods: app(name) }, { pods: [labeled(there)] })[0]!
      .split(': ')
      .at(-1)!;
  const later = 'correct the labels, unless such pods come later';
  for (const [name, there] of [
    ['web-v2', 'web-v1'],
    ['cache1', 'cache2'],
    ['team-a', 'team-b'],
    ['eu-web', 'us-web'],
  ])
    assert.is(cureOf(name!, there!), later, name);
  for (const [name, there] of [
    ['DB', 'db'],
    ['cert-manger', 'cert-manager'],
    ['certmanager', 'cert-manager'],
    ['wbe', 'web'],
    ['nginx-ingress', 'ingress-nginx'],
  ])
    assert.is(cureOf(name!, there!), there, name);
});

pods('labels that a controller gives its pods later', () => {
  const db0 = { matchLabels: { 'statefulset.kubernetes.io/pod-name': 'db-0' } };
  const planned: ReachPod = { ...of('shop/db', [], 'StatefulSet'), state: 'Planned' };
  assert.equal(selection({ pods: db0 }, { pods: [web, planned] }), []);
  assert.is(selection({ pods: db0 }, { pods: [web] }).length, 1);
});

pods('such pods are in another namespace', () => {
  assert.equal(selection({ pods: app('db') }), [
    'ingress[0]: from[0] selects no pod, because no pod of namespace shop has label app: db: such pods are in namespace data, so write namespaces: [data] beside pods',
  ]);
});

pods('a rule for pods that podSelector does not select', () => {
  const network: NetworkSection = {
    podSelector: app('web'),
    allow: { ingress: [{ pods: app('client'), from: [{ anywhere: true }] }] },
  };
  assert.equal(only('SelectsNoPod', network, { pods: [web, of('shop/client', [])] }), [
    'ingress[0]: pods selects no pod that podSelector selects, so the rule allows nothing: correct pods or podSelector',
  ]);
});

pods('a policy may be there before every pod of its namespace', () => {
  const network = { podSelector: app('web'), ...ingress({ pods: app('web'), from: [{ pods: app('client') }] }) };
  assert.equal(found(network, { pods: [db] }), []);
});

pods.run();

const names = suite('NamespaceNotFound');
const named = (peer: object, more: Partial<World> = {}) =>
  only('NamespaceNotFound', ingress({ from: [peer] }), { pods: [web], ...more });

names('a name with a near one, and without', () => {
  assert.equal(named({ namespaces: ['dta', 'shop'] }), [
    'ingress[0]: from[0] names namespace dta, which does not exist: write data',
  ]);
  assert.equal(named({ namespaces: ['elsewhere'] }), [
    'ingress[0]: from[0] names namespace elsewhere, which does not exist: correct the name, unless it is created later',
  ]);
});

names('of files, only a near name shows a mistake', () => {
  assert.equal(named({ namespaces: ['elsewhere'] }, { partial: 'Files' }), []);
  assert.equal(named({ namespaces: ['dta'] }, { partial: 'Files' }), [
    'ingress[0]: from[0] names namespace dta, which is described in no file: write data',
  ]);
});

names('the label of the name', () => {
  const why = 'ingress[0]: from[0] selects no namespace, because no namespace has label';
  const labeled = (key: string, value: string) => named({ namespaceSelector: { matchLabels: { [key]: value } } });
  const cure = 'write kubernetes.io/metadata.name: data';
  assert.equal(labeled('name', 'data'), [`${why} name: data: ${cure}`]);
  assert.equal(labeled('kubernetes.io/metadata.name', 'dat'), [`${why} kubernetes.io/metadata.name: dat: ${cure}`]);
});

names('an operator of some namespaces knows nothing about others', () => {
  assert.equal(
    named({ namespaces: ['elsewhere', 'dat1'] }, { partial: 'Readable', namespaces: [{ name: 'dat2' }] }),
    [],
  );
  assert.equal(named({ namespaces: ['dta'] }, { partial: 'Readable' }), [
    'ingress[0]: from[0] names namespace dta, which is none of those that Palisade may read: write data, unless it exists',
  ]);
  assert.equal(named({ namespaces: ['team-b'] }, { partial: 'Files', namespaces: [{ name: 'team-a' }] }), []);
});

names('a selector', () => {
  assert.equal(named({ namespaceSelector: { matchLabels: { team: 'dataa' } } }), [
    'ingress[0]: from[0] selects no namespace, because no namespace has label team: dataa: write team: data',
  ]);
  const unlabeled = { namespaces: [{ name: 'shop' }] };
  assert.equal(named({ namespaceSelector: { matchLabels: { team: 'x' } } }, unlabeled), [], 'labels are unknown');
  assert.equal(named({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } } }), []);
});

names.run();

const ports = suite('ports');

ports('of a Service, named and numbered, and not when a pod declares it', () => {
  const services = [service('shop/web', 80, 'http')];
  const message =
    'ingress[0]: none of its pods declares port 80, and NetworkPolicies match the port of the pod; Service shop/web maps 80 to 8080: write 8080';
  const rule = ingress({ ports: [{ port: 80 }] });
  assert.equal(only('PortNotDeclared', rule, { pods: [web], services }), [message]);
  assert.equal(only('PortNotDeclared', rule, { pods: [of('shop/web', [['http', 80]])], services }), []);
  assert.equal(
    only('PortNotDeclared', rule, { pods: [web] }),
    [],
    'containers may listen at ports that they do not declare',
  );
  const headless = [service('shop/web', 80, 8080, { clusterIPs: [] })];
  assert.equal(only('PortNotDeclared', rule, { pods: [web], services: headless }), [], 'nothing maps a port');
});

ports('of a Service elsewhere that an egress rule means', () => {
  const rule = egress({ to: [{ namespaces: ['data'], pods: app('db') }], ports: [{ port: 15432 }] });
  assert.equal(only('PortNotDeclared', rule, { pods: [web, db], services: [service('data/db', 15432, 'pg')] }), [
    'egress[0]: none of its pods declares port 15432, and NetworkPolicies match the port of the pod; Service data/db maps 15432 to 5432: write 5432',
  ]);
});

ports('a name that no pod has: near, of another protocol, or none', () => {
  const dns = { ...web, ports: [{ name: 'dns', port: 53, protocol: 'UDP' as const }] };
  const named = (port: string, one: ReachPod) =>
    only('PortNameUnknown', ingress({ ports: [{ port }] }), { pods: [one] });
  assert.equal(named('https', web), ['ingress[0]: none of its pods has a TCP port named https: write http']);
  assert.equal(named('dns', dns), [
    'ingress[0]: none of its pods has a TCP port named dns: the port of that name is UDP, so write protocol: UDP',
  ]);
  assert.equal(named('grpc', web), [
    'ingress[0]: none of its pods has a TCP port named grpc: its pods have http, so write one of them, or a number',
  ]);
  assert.equal(named('grpc', { ...web, ports: [] }), [
    'ingress[0]: none of its pods has a TCP port named grpc: write the number of the port',
  ]);
  assert.equal(named('http', web), []);
});

ports('of peers that the files do not describe, nobody knows the names', () => {
  const to = [{ pods: app('client') }, { namespaces: ['elsewhere'] }];
  const more = { pods: [web, of('shop/client', [['http', 80]])] };
  const rule = egress({ to, ports: [{ port: 'metrics' }] });
  assert.equal(only('PortNameUnknown', rule, { ...more, partial: 'Files' }), []);
  assert.is(only('PortNameUnknown', egress({ to: to.slice(0, 1), ports: [{ port: 'metrics' }] }), more).length, 1);
});

ports.run();

const sides = suite('OneSided');
const client = of('shop/client', []);

sides('a foreign NetworkPolicy isolates the other end', () => {
  const foreign = netpol('data/closed', { policyTypes: ['Ingress'] });
  const rule = egress({ pods: app('web'), to: [{ namespaces: ['data'], pods: app('db') }], ports: [{ port: 5432 }] });
  assert.equal(only('OneSided', rule, { pods: [web, db], policies: [foreign] }), [
    'egress[0]: allows Deployment shop/web to connect to StatefulSet data/db at port 5432, but NetworkPolicy data/closed denies it as ingress of StatefulSet data/db: add a rule to its ingress',
  ]);
  const opened = netpol('data/open', { ingress: [{}] });
  assert.equal(only('OneSided', rule, { pods: [web, db], policies: [foreign, opened] }), []);
});

sides('of all pods, one that works is enough; of selected ones, each is meant', () => {
  const onlyWeb = netpol('data/web', {
    ingress: [{ from: [{ namespaceSelector: {}, podSelector: app('web') }] }],
  });
  const to = [{ namespaces: ['data'], pods: app('db') }];
  const more = { pods: [web, client, db], policies: [onlyWeb] };
  assert.equal(only('OneSided', egress({ to, ports: [{ port: 5432 }] }), more), []);
  const both = { matchExpressions: [{ key: 'app', operator: 'In' as const, values: ['web', 'client'] }] };
  assert.equal(only('OneSided', egress({ pods: both, to, ports: [{ port: 5432 }] }), more), [
    'egress[0]: allows Deployment shop/client to connect to StatefulSet data/db at port 5432, but NetworkPolicy data/web denies it as ingress of StatefulSet data/db: add a rule to its ingress',
  ]);
});

sides('in files, a selector of namespaces selects pods of those that are described', () => {
  const closed = netpol('data/closed', { policyTypes: ['Ingress'] });
  const described = { namespaces: [{ name: 'data', labels: { tier: 'data' } }, { name: 'other' }] };
  const at = (peer: object) =>
    only('OneSided', egress({ pods: app('web'), to: [peer], ports: [{ port: 5432 }] }), {
      ...{ pods: [web, db], policies: [closed], partial: 'Files' as const },
      ...described,
    });
  const namespaceSelector = { matchLabels: { tier: 'data' } };
  assert.equal(at({ namespaceSelector, pods: app('db') }), [
    'egress[0]: allows Deployment shop/web to connect to StatefulSet data/db at port 5432, but NetworkPolicy data/closed denies it as ingress of StatefulSet data/db: add a rule to its ingress',
  ]);
  assert.equal(at({ namespaceSelector }), [], 'pods of namespaces elsewhere are meant, perhaps');
  assert.equal(at({ namespaceSelector: { matchLabels: { tier: 'web' } }, pods: app('db') }), []);
});

sides('a port that the destination does not declare is misspelled rather than denied', () => {
  const closed = netpol('data/closed', { policyTypes: ['Ingress'] });
  const at = (port: number, protocol: 'TCP' | 'UDP' = 'TCP', pods = [web, db]) =>
    only(
      'OneSided',
      egress({ pods: app('web'), to: [{ namespaces: ['data'], pods: app('db') }], ports: [{ port, protocol }] }),
      { pods, policies: [closed] },
    );
  const denied = (port: string, cure: string, kind = 'StatefulSet'): string[] => [
    `egress[0]: allows Deployment shop/web to connect to ${kind} data/db at port ${port}, but NetworkPolicy data/closed denies it as ingress of ${kind} data/db: ${cure}add a rule to its ingress`,
  ];
  const only5432 = 'StatefulSet data/db declares only port 5432, so write that, or ';
  assert.equal(at(5423), denied('5423', only5432));
  assert.equal(at(5432, 'UDP'), denied('5432/UDP', only5432));
  const ports: [string, number][] = [
    ['pg', 5432],
    ['metrics', 9187],
  ];
  const two = 'Deployment data/db declares only ports 5432 and 9187, so write one of them, or ';
  assert.equal(at(5423, 'TCP', [web, of('data/db', ports)]), denied('5423', two, 'Deployment'));
  assert.equal(at(5423, 'TCP', [web, of('data/db', [])]), denied('5423', '', 'Deployment'), 'it declares no port');
});

sides('each port that a rule for one kind of pods at each end lists', () => {
  const two = of('data/db', [
    ['pg', 5432],
    ['metrics', 9187],
  ]);
  const onlyPg = netpol('data/pg', { ingress: [{ ports: [{ port: 5432 }] }] });
  const to = [{ namespaces: ['data'], pods: app('db') }];
  const both = (numbers: number[], pods?: object) =>
    only('OneSided', egress({ to, ports: numbers.map((port) => ({ port })), ...(pods && { pods }) }), {
      pods: [web, two],
      policies: [onlyPg],
    });
  assert.equal(both([5432, 9187], app('web')), [
    'egress[0]: allows Deployment shop/web to connect to Deployment data/db at port 9187, but NetworkPolicy data/pg denies it as ingress of Deployment data/db: add a rule to its ingress',
  ]);
  assert.equal(both([5432, 9187]), [], 'the sum of what several pods need');
  assert.equal(both([5432, 5433], app('web')), [], 'the pods do not have the port');
});

sides('a label of all pods is no selection of each', () => {
  const part = (path: string) => ({ ...of(path, [['http', 8080]]), labels: { app: path.slice(5), 'part-of': 'shop' } });
  const inside = { matchLabels: { 'part-of': 'shop' } };
  const network: NetworkSection = {
    podSelector: inside,
    allow: {
      ingress: [{ from: [{ pods: inside }] }],
      egress: [{ pods: app('web'), to: [{ pods: app('api') }], ports: [{ port: 8080 }] }],
    },
  };
  assert.equal(only('OneSided', network, { pods: [part('shop/web'), part('shop/api'), part('shop/db')] }), []);
});

sides('pods on the host network and finished ones are not compared', () => {
  const closed = netpol('data/closed', { policyTypes: ['Ingress'] });
  const rule = egress({ to: [{ namespaces: ['data'], pods: app('db') }] });
  assert.equal(only('OneSided', rule, { pods: [web, { ...db, hostNetwork: true }], policies: [closed] }), []);
  assert.equal(only('OneSided', rule, { pods: [web, { ...db, state: 'Finished' }], policies: [closed] }), []);
});

sides.run();

const reached = suite('ServiceUnreachable, ScraperCut and DnsCut');

reached('a Service without any rule, and with one from an address, from a pod, or from nobody', () => {
  const services = [service('shop/web', 80, 8080)];
  const message = [
    'Service shop/web has no clients at port 80, which is port 8080 of its pods: nobody may connect to it; add an ingress rule with ports: [{port: 8080}]',
  ];
  const at = (from?: object) =>
    only('ServiceUnreachable', from === undefined ? {} : ingress({ from: [from] }), { pods: [web, client], services });
  assert.equal(at(), message);
  assert.equal(at({ cidr: '10.0.0.0/8' }), []);
  assert.equal(at({ pods: app('client') }), []);
  assert.equal(at({ pods: app('nobody') }), message);
  assert.equal(at({ anywhere: true }), []);
});

reached('a Service of pods that the policy does not isolate is not its concern', () => {
  const services = [service('shop/web', 80, 8080)];
  assert.equal(only('ServiceUnreachable', { podSelector: app('client') }, { pods: [web, client], services }), []);
  assert.equal(only('ServiceUnreachable', { isolate: ['Egress'] }, { pods: [web, client], services }), []);
});

reached('members of a cluster that only reach each other', () => {
  const kafka = of('shop/kafka', [['broker', 9094]], 'StatefulSet');
  const network = ingress({ pods: app('kafka'), from: [{ pods: app('kafka') }] });
  const headless = [service('shop/kafka', 9094, 9094, { clusterIPs: [] })];
  assert.equal(only('ServiceUnreachable', network, { pods: [kafka], services: headless }), []);
  assert.equal(
    only('ServiceUnreachable', network, { pods: [kafka], services: [service('shop/kafka', 9094, 9094)] }),
    [],
  );
  const inside = { allow: { sameNamespace: true } };
  assert.equal(only('ServiceUnreachable', inside, { pods: [kafka], services: headless }), []);
  assert.is(only('ServiceUnreachable', inside, { pods: [web], services: [service('shop/web', 80, 8080)] }).length, 1);
});

reached('another policy may allow what this one does not', () => {
  const open = netpol('shop/open', { ingress: [{}] });
  const services = [service('shop/web', 80, 8080)];
  assert.equal(only('ServiceUnreachable', {}, { pods: [web], services, policies: [open] }), []);
});

reached('a port that asks for scrapes', () => {
  const scraped = { ...web, scrapePorts: [9090] };
  assert.equal(only('ScraperCut', {}, { pods: [scraped] }), [
    'Deployment shop/web has annotation prometheus.io/scrape, and nobody may connect to its port 9090: add an ingress rule from the pods of the scraper',
  ]);
  assert.equal(only('ScraperCut', ingress({ ports: [{ port: 9090 }] }), { pods: [scraped] }), []);
  const prometheus = of('data/prometheus', [], 'StatefulSet');
  const clients = ingress({ from: [{ pods: app('client') }] });
  assert.equal(only('ScraperCut', clients, { pods: [scraped, client] }), [], 'who scrapes is unknown');
  assert.equal(only('ScraperCut', clients, { pods: [scraped, client, prometheus] }), [
    'Deployment shop/web has annotation prometheus.io/scrape, and StatefulSet data/prometheus may not connect to its port 9090: add an ingress rule from the pods of the scraper',
  ]);
  const another = of('shop/vmagent', []);
  const one = ingress({ from: [{ pods: app('vmagent') }] });
  assert.equal(only('ScraperCut', one, { pods: [scraped, prometheus, another] }), [], 'one of the scrapers is enough');
});

reached('DNS that is switched off, and a rule that allows it all the same', () => {
  const services = [
    service('kube-system/kube-dns', 53, 53, {
      ports: [{ port: 53, protocol: 'UDP', name: 'dns' }],
      selector: { app: 'dns' },
    }),
  ];
  const resolver = pod('kube-system/dns', { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] });
  const off = { allow: { dns: false } };
  const message = [
    'Deployment shop/web cannot resolve names, because allow.dns is false: set allow.dns: true, unless they connect to addresses only',
  ];
  const more = { pods: [web, resolver], services };
  assert.equal(only('DnsCut', off, more), message);
  assert.equal(only('DnsCut', off, { pods: [web] }), message);
  const rule = { to: [{ namespaces: ['kube-system'] }], ports: [{ port: 53, protocol: 'UDP' as const }] };
  assert.equal(only('DnsCut', { allow: { dns: false, egress: [rule] } }, more), []);
  assert.equal(only('DnsCut', { allow: { dns: false, egress: [rule] } }, { pods: [web] }), []);
  const local = { to: [{ cidr: '169.254.20.10/32' }], ports: [{ port: 53, protocol: 'UDP' as const }] };
  assert.equal(only('DnsCut', { allow: { dns: false, egress: [local] } }, more), [], 'a resolver of the node');
  assert.equal(only('DnsCut', { isolate: ['Ingress'], ...off }, more), []);
});

reached.run();

const idle = suite('RuleWithoutEffect');

idle('another rule allows the same and more; of two equal ones the second has no effect', () => {
  const from = [{ pods: app('client') }];
  const rules = (...ingress: NonNullable<NonNullable<NetworkSection['allow']>['ingress']>) =>
    only('RuleWithoutEffect', { allow: { ingress } }, { pods: [web, client] });
  const by = (n: number, other: number | string) => [
    `ingress[${n}]: allows nothing more, since ${typeof other === 'number' ? `ingress[${other}]` : other} allows all of it: remove the rule, or correct the other one`,
  ];
  assert.equal(rules({ from }, { from }), by(1, 0));
  assert.equal(rules({ from, ports: [{ port: 80 }] }, { from }), by(0, 1));
  assert.equal(rules({ from, ports: [{ port: 80 }] }, { from, ports: [{ port: 1, endPort: 100 }] }), by(0, 1));
  assert.equal(rules({ from, ports: [{ port: 80, endPort: 90 }] }, { from, ports: [{ port: 80 }] }), by(1, 0));
  assert.equal(rules({ from, pods: app('web') }, { from: [{ anywhere: true }] }), by(0, 1));
  assert.equal(
    rules({ from: [{ namespaces: ['data'], pods: app('db') }] }, { from: [{ namespaces: ['shop', 'data'] }] }),
    by(0, 1),
  );
  assert.equal(rules({ from, pods: app('web') }, { from, pods: app('client') }), []);
  assert.equal(rules({ from, ports: [{ port: 80 }] }, { from, ports: [{ port: 80, protocol: 'UDP' }] }), []);
});

idle('networks within each other, and pods of the own namespace', () => {
  const networks = (...cidrs: { cidr: string; except?: string[] }[]) =>
    only('RuleWithoutEffect', { allow: { egress: cidrs.map((cidr) => ({ to: [cidr] })) } }, { pods: [web] }).length;
  assert.is(networks({ cidr: '10.0.0.0/8' }, { cidr: '10.1.0.0/16' }), 1);
  assert.is(networks({ cidr: '10.0.0.0/8' }, { cidr: '10.1.0.0/16', except: ['10.1.2.0/24'] }), 1);
  assert.is(networks({ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }, { cidr: '10.1.2.0/24' }), 0);
  assert.is(networks({ cidr: '10.0.0.0/8' }, { cidr: '11.0.0.0/16' }, { cidr: 'fd00::/8' }), 0);
  assert.is(networks({ cidr: 'fd00::/8' }, { cidr: 'fd00:1::/32' }), 1);
  const network: NetworkSection = {
    allow: { ingress: [{ from: [{ namespaces: ['shop'] }] }, { from: [{ pods: app('client') }] }] },
  };
  assert.equal(only('RuleWithoutEffect', network, { pods: [web, client] }), [
    'ingress[1]: allows nothing more, since ingress[0] allows all of it: remove the rule, or correct the other one',
  ]);
});

idle('sameNamespace allows it', () => {
  const from = [{ pods: app('client') }];
  const network = { allow: { sameNamespace: true, ingress: [{ from }, { from: [{ namespaces: ['data'] }] }] } };
  assert.equal(only('RuleWithoutEffect', network, { pods: [web, client] }), [
    'ingress[0]: allows nothing more, since sameNamespace allows all of it: remove the rule, or correct the other one',
  ]);
});

idle.run();
