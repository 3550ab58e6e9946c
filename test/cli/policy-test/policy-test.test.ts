// suite: tools
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDestination, parseReference } from '../../../src/cli/can/reference.ts';
import { questionOf } from '../../../src/cli/policy-test/access-question.ts';
import { readTests } from '../../../src/cli/policy-test/read-tests.ts';
import { palisade } from '../palisade.ts';

const FIXTURES = join(import.meta.dirname, '../../reach/findings/six-mistakes');

const workload = (kind: string, name: string, ports: string): string => {
  const template = `{metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: "localhost:5000/busybox:1", ports: [${ports}]}]}}`;
  const spec = kind === 'CronJob' ? `{jobTemplate: {spec: {template: ${template}}}}` : `{template: ${template}}`;
  const group = kind === 'CronJob' ? 'batch' : 'apps';
  return `{apiVersion: ${group}/v1, kind: ${kind}, metadata: {name: ${name}, namespace: books}, spec: ${spec}}\n---\n`;
};
const service = (name: string, spec: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: books}, spec: {selector: {app: ${name}}, ${spec}}}\n---\n`;
const peer = (name: string): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: monitoring, labels: {app: ${name}}}, spec: {containers: [{name: p}]}}\n---\n`;

const metrics = '{name: metrics, containerPort: 9100}';
const APP = [
  workload('Deployment', 'web', `{name: http, containerPort: 8080}, ${metrics}`),
  workload('Deployment', 'api', `{name: http, containerPort: 3000}, ${metrics}`),
  workload('StatefulSet', 'db', '{name: pg, containerPort: 5432}'),
  workload('CronJob', 'report', ''),
  service('web', 'ports: [{port: 80, targetPort: 8080}]'),
  service('api', 'ports: [{port: 80, targetPort: 3000}]'),
  service('db', 'clusterIP: None, ports: [{port: 5432}]'),
  ...[peer('ingress'), peer('prometheus')],
].join('');

const head = (name = 'books', namespace = 'books'): string =>
  `apiVersion: security.palisade.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: ${name}, namespace: ${namespace}}\n`;

/** The six mistakes, each as the connection that it cuts. */
const BOOKS = `${head()}spec:
  connections:
    - {description: "port of the Service, ingress", from: pod/ingress.monitoring, to: web:80, allowed: true}
    - {description: "port of the Service, both ends", from: deployment/web, to: api:80, allowed: true}
    - {description: a label, from: cronjob/report, to: db:5432, allowed: true}
    - {description: a namespace and a port name, from: pod/prometheus.monitoring, to: deployment/web:metrics, allowed: true}
    - {description: one end only, from: deployment/api, to: db:5432, allowed: true}
    - {description: a forgotten peer, from: cronjob/report, to: api:80, allowed: true}
    - {from: deployment/web, to: db:5432, allowed: false}
    - {from: ns/monitoring, to: db:5432, allowed: false}
`;

const directory = await mkdtemp(join(tmpdir(), 'palisade-test-'));
test.after(() => rm(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
await mkdir(at('manifests'));
await writeFile(at('manifests/app.yaml'), APP);
await writeFile(at('books.yaml'), BOOKS);

const usePolicy = async (name: 'right' | 'wrong'): Promise<void> =>
  writeFile(at('manifests/policy.yaml'), await readFile(join(FIXTURES, `${name}.yaml`), 'utf8'));

const run = (...args: string[]) => palisade(['test', ...args, '-f', at('manifests'), '-n', 'books']);

test('the right policy meets every expectation', async () => {
  await usePolicy('right');
  const { status, stdout } = await run(at('books.yaml'));
  assert.is(status, 0, stdout);
  assert.match(stdout, '  ok       a label: cronjob/report can connect to db:5432\n');
  assert.match(stdout, '\n8 expectations: 8 ok, 0 not ok, 0 unknown\n');
});

test('of the wrong policy, each of the six mistakes fails with its reason at both ends', async () => {
  await usePolicy('wrong');
  const { status, stdout } = await run(at('books.yaml'));
  assert.is(status, 1);
  assert.match(stdout, '\n8 expectations: 2 ok, 6 not ok, 0 unknown\n');
  const policy = 'ContainerSecurityPolicy books/books';
  const denied = (who: string) => `denied: ${policy} isolates ${who}, and no rule allows the connection`;
  const reasons: [description: string, egress: string, ingress: string][] = [
    [
      'port of the Service, ingress',
      'open, because no NetworkPolicy isolates Pod monitoring/ingress for egress',
      `${denied('Deployment books/web')}\n                 ingress[0] "visitors" of ${policy} allows it at 80/TCP only`,
    ],
    [
      'port of the Service, both ends',
      `${denied('Deployment books/web')}\n                 egress[0] "web calls api" of ${policy} allows it at 80/TCP only`,
      `${denied('Deployment books/api')}\n                 ingress[1] "web calls api" of ${policy} allows it at 80/TCP only`,
    ],
    ['a label', `allowed by egress[1] "report" of ${policy}`, denied('StatefulSet books/db')],
    [
      'a namespace and a port name',
      'open, because no NetworkPolicy isolates Pod monitoring/prometheus for egress',
      denied('Deployment books/web'),
    ],
    ['one end only', denied('Deployment books/api'), `allowed by ingress[2] "database" of ${policy}`],
    ['a forgotten peer', `allowed by egress[1] "report" of ${policy}`, denied('Deployment books/api')],
  ];
  for (const [description, egress, ingress] of reasons) {
    const [, block = ''] = stdout.split(`  not ok   ${description}: `);
    const lines = block.slice(0, block.indexOf('             at '));
    assert.ok(lines.includes(`Egress: ${egress}\n`), `${description}:\n${lines}`);
    assert.ok(lines.includes(`Ingress: ${ingress}\n`), `${description}:\n${lines}`);
  }
  assert.match(stdout, `             at ${at('books.yaml')}:6\n`);
});

test('JUnit is XML with a case for each expectation, whatever names contain', async () => {
  const hostile = `a & b < c > "d" 'e' ]]> é \u{1f600}`;
  const spec = `spec:
  connections:
    - {description: ${JSON.stringify(hostile)}, from: deployment/web, to: db:5432, allowed: true}
    - {description: "\\e[31m\\x00\\uFFFE red", from: deployment/web, to: db:5432, allowed: false}
  podSecurity: [{level: privileged}]
`;
  await writeFile(at('hostile.yaml'), head('hostile') + spec);
  const { status, stdout } = await run(at('books.yaml'), at('hostile.yaml'), '-o', 'junit');
  assert.is(status, 1);
  using document = XmlDocument.fromString(stdout);
  const all = (path: string): XmlElement[] => document.find(path) as XmlElement[];
  const attribute = (element: XmlElement, name: string): string | undefined => element.attr(name)?.value;
  assert.equal(
    all('/testsuites/testsuite').map((suite) =>
      ['name', 'tests', 'failures', 'errors'].map((name) => attribute(suite, name)),
    ),
    [
      ['books/books', '8', '6', '0'],
      ['books/hostile', '3', '1', '1'],
    ],
  );
  assert.equal(
    ['tests', 'failures', 'errors'].map((name) => attribute(document.root, name)),
    ['11', '7', '1'],
  );
  const names = all('//testcase').map((one) => attribute(one, 'name'));
  assert.is(names[8], `${hostile}: deployment/web can connect to db:5432`);
  assert.is(names[9], '\ufffd[31m\ufffd red: deployment/web cannot connect to db:5432');
  assert.is(all('//testcase[failure]').length, 7);
  const [failure] = all('//testcase[starts-with(@name, "a label")]/failure');
  assert.match(failure?.content ?? '', /Ingress: denied: .* isolates StatefulSet books\/db.*\nat .*books\.yaml:8\n$/s);
  assert.is(attribute(failure!, 'message'), 'no: CronJob books/report cannot connect to Service books/db at port 5432');
  assert.match(attribute(all('//testcase/error')[0]!, 'message') ?? '', 'the default of the API server counts');
  assert.equal(new Set(all('//testcase').map((one) => attribute(one, 'classname'))).size, 3);
});

test('directories, several documents, and files with other objects', async () => {
  await usePolicy('right');
  const tests = at('tests');
  await mkdir(tests);
  const two = `${head('one')}spec: {connections: [{from: deployment/web, to: api:80, allowed: true}]}\n---\n${head('two')}spec: {images: [{image: nginx, allowed: true}]}\n---\n`;
  await writeFile(join(tests, 'a.yaml'), `${two}{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}\n`);
  await writeFile(join(tests, 'b.yaml'), '{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}\n');
  const { status, stdout } = await run(tests, '-o', 'json');
  assert.is(status, 0);
  const { tests: reports, summary } = JSON.parse(stdout);
  assert.equal(
    reports.map(({ name }: { name: string }) => name),
    ['books/one', 'books/two'],
  );
  assert.equal(summary, { expectations: 2, ok: 2, notOk: 0, unknown: 0 });
  // One directory may have both: a PolicyTest is no object of the cluster.
  await writeFile(at('manifests/test.yaml'), two);
  assert.is((await run(at('manifests'))).status, 0);
  const compared = await palisade(['diff', '-f', at('manifests'), '--against', at('manifests'), '-n', 'books']);
  assert.equal([compared.status, compared.stdout], [0, 'No differences.\n']);
  const none = await run(join(tests, 'b.yaml'), at('books.yaml'));
  assert.is(none.status, 2);
  assert.match(none.stderr, `${join(tests, 'b.yaml')}: no PolicyTest in it: write one`);
});

const first = (fields: string): string => `spec: {connections: [{${fields}}]}`;
const right = (more: object): string =>
  `spec: ${JSON.stringify({ rights: [{ subject: { kind: 'Group', name: 'devs' }, verb: 'get', resource: 'pods', allowed: true, ...more }] })}`;

/** Each with what comes after the file, line and column. */
const refused: [spec: string, problem: string][] = [
  [
    'spec: {}',
    'spec: it has no expectation, so that it could not fail: write connections, rights, images or podSecurity',
  ],
  ['', 'spec: Required value'],
  ['spec: {connections: []}', 'spec.connections: must have at least 1 item'],
  [
    'spec: {connexions: []}',
    'spec.connexions: unknown field: known fields are connections, rights, images, podSecurity',
  ],
  [first('from: a, to: b'), 'spec.connections[0].allowed: Required value'],
  [first('from: a, to: b, allowed: "true"'), 'spec.connections[0].allowed: must be of type boolean, not "true"'],
  [
    first('from: a, to: b, allowed: true, port: 80'),
    'spec.connections[0].port: unknown field: known fields are from, to, fromLabels, toLabels, allowed, description',
  ],
  [
    first('from: deployment/webb, to: api:80, allowed: false'),
    'spec.connections[0].from: the files have no Deployment webb in namespace books: did you mean web?',
  ],
  [
    first('from: deployment/web, to: apii:80, allowed: false'),
    'spec.connections[0].to: the files have no Service apii in namespace books: did you mean api?',
  ],
  [
    first('from: deployment/web, to: "api:0", allowed: false'),
    'spec.connections[0].to: "api:0": "0" is no port: write a number from 1 to 65535, or the name of a port, as in db.data:5432',
  ],
  [
    first('from: ns/monitorng, fromLabels: {a: b}, to: api:80, allowed: false'),
    'spec.connections[0].from: namespace monitorng is unknown: did you mean monitoring?',
  ],
  [
    first('from: deployment/web, fromLabels: {a: b}, to: api:80, allowed: false'),
    'spec.connections[0].fromLabels: fromLabels describes a pod of a namespace: write ns/NAMESPACE as the end, or omit fromLabels',
  ],
  [
    first('from: ns/nowhere, to: api:80, allowed: false'),
    'spec.connections[0].from: namespace nowhere: no pod of it is known: describe a pod with fromLabels, as in fromLabels: {app: web}; fromLabels: {} is a pod without labels',
  ],
  [right({ verb: 'dlete' }), 'spec.rights[0].verb: Kubernetes has no verb "dlete": did you mean delete?'],
  [right({ resource: 'pod' }), 'spec.rights[0].resource: Kubernetes has no resource "pod": did you mean pods?'],
  [
    right({ resource: 'deployments.apps' }),
    'spec.rights[0].resource: "deployments.apps" has an API group: write resource: deployments, apiGroup: apps',
  ],
  [
    right({ resource: 'certificates' }),
    'spec.rights[0].resource: Kubernetes has no resource "certificates": of a custom resource, write apiGroup too, as in apiGroup: cert-manager.io',
  ],
  [right({ apiGroup: 'app' }), 'spec.rights[0].apiGroup: Kubernetes has no API group "app": did you mean apps?'],
  [right({ apiGroup: 'apps' }), 'spec.rights[0].resource: API group "apps" has no resource "pods"'],
  [right({ resource: '*' }), 'spec.rights[0].resource: "*" is no resource: write its plural name'],
  [
    right({ resource: 'nodes', namespace: 'books' }),
    'spec.rights[0].namespace: nodes is cluster-scoped: omit namespace',
  ],
  [
    right({ subject: { kind: 'Role', name: 'devs' } }),
    'spec.rights[0].subject.kind: Unsupported value: "Role": supported values: "ServiceAccount", "User", "Group"',
  ],
  [
    right({ subject: { kind: 'User', name: 'a', namespace: 'b' } }),
    'spec.rights[0].subject.namespace: a User has no namespace: omit it',
  ],
  [
    right({ subject: { kind: 'ServiceAccount', name: 'bot' } }),
    'spec.rights[0].subject.name: the files have no ServiceAccount books/bot: add its manifest, or correct the name',
  ],
  [
    'spec: {images: [{image: nginx, namespace: bookz, allowed: true}]}',
    'spec.images[0].namespace: the files have nothing of namespace bookz: did you mean books?',
  ],
  [
    'spec: {podSecurity: [{level: strict}]}',
    'spec.podSecurity[0].level: Unsupported value: "strict": supported values: "privileged", "baseline", "restricted"',
  ],
  [
    'spec: {podSecurity: [{level: baseline, version: "1.30"}]}',
    'spec.podSecurity[0].version: "1.30" does not match ^(latest|v1\\.[0-9]+)$: Write latest, or a version such as v1.34.',
  ],
];

test('what is wrong with a test names its file, line, test, field, cause and cure', async () => {
  for (const [spec, problem] of refused) {
    const stdin = head() + spec;
    const { status, stdout, stderr } = await palisade(['test', '-', '-f', at('manifests/app.yaml')], { stdin });
    assert.equal([status, stdout], [2, ''], `${spec}: ${stdout}`);
    const [line = ''] = stderr.split('\n').filter((one) => one.startsWith('stdin:'));
    assert.match(line, /^stdin:[14]:\d+: PolicyTest books\/books: /, spec);
    assert.ok(line.includes(`PolicyTest books/books: ${problem}`), `${spec}\n${line}\n${problem}`);
  }
});

const UNREAD: [name: string, stdin: string, problem: RegExp][] = [
  [
    'a kind with a typo',
    head().replace('PolicyTest', 'PolicyTset'),
    /^stdin:2:1: document 1: kind: "PolicyTset" is no kind: write PolicyTest$/m,
  ],
  [
    'another version',
    head().replace('v1alpha1', 'v1'),
    /^stdin:1:1: document 1: apiVersion: Unsupported value: "security\.palisade\.dev\/v1": supported values: /m,
  ],
  [
    'a name that is there twice',
    `${BOOKS}---\n${BOOKS}`,
    /^stdin:\d+:\d+: PolicyTest books\/books: metadata\.name: already defined in stdin: give one of them another name$/m,
  ],
  ['no object', '[1]', /^stdin:1:1: document 1: it is not an object: /m],
  ['no YAML', 'a: [', /^stdin:1:/m],
  ['nothing', '', /^-: no PolicyTest in it/m],
];

test('a file without a readable PolicyTest is an error', async () => {
  for (const [name, stdin, problem] of UNREAD) {
    const { status, stdout, stderr } = await palisade(['test', '-', '-f', at('manifests/app.yaml')], { stdin });
    assert.equal([status, stdout], [2, ''], name);
    assert.match(stderr, problem, name);
  }
});

test('a namespace that the files do not know is an error of the test', async () => {
  const stdin = `${head('a', 'boks')}spec: {podSecurity: [{level: baseline}]}`;
  const { status, stderr } = await palisade(['test', '-', '-f', at('manifests'), '-n', 'books'], { stdin });
  assert.is(status, 2);
  assert.match(
    stderr,
    'stdin:3:21: PolicyTest boks/a: metadata.namespace: the files have nothing of namespace boks: did you mean books?\n',
  );
});

test('the example of docs/policy-tests.md is a PolicyTest', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/policy-tests.md'), 'utf8');
  const [, text = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const [found] = readTests([{ path: 'docs', sources: [{ file: 'policy-tests.md', text }] }], undefined);
  assert.equal(Object.keys(found!.test.spec), ['connections', 'rights', 'images', 'podSecurity']);
  for (const expectation of found!.test.spec.rights ?? []) questionOf(expectation, 'shop');
  for (const { from, to } of found!.test.spec.connections ?? []) {
    parseReference(from);
    parseDestination(to);
  }
});

test('one stdin cannot be both', async () => {
  const { status, stderr } = await palisade(['test', '-', '-f', '-']);
  assert.equal(
    [status, stderr],
    [2, 'palisade: the tests and --filename are both -: there is one stdin; name a file\n'],
  );
});

test.run();
