// needs: cluster, scanner
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { type Dispatcher, request as undiciRequest } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { OPERATOR_ACCOUNT } from '../../../hack/install.ts';
import { readManifests } from '../../../hack/manifests.ts';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { ENDPOINT_SLICES, namespaced, SERVICES } from '../../../src/kube/kinds.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { KINDS } from '../../harness/install.ts';
import { Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';
import { cycloneDxValidator, openVexValidator, sarifValidator } from '../../scan/report/schemas.ts';

/** An address of this machine that the API server may proxy to. */
function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal);
  assert.ok(found, 'this machine has no IPv4 address but loopback');
  return found?.address ?? '';
}

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['seen', 'other']);
const log = join(stage.directory, 'operator.log');
const reportDir = join(stage.directory, 'palisade');
const operator = await OperatorProcess.start({
  kubeconfig: palisade.operatorKubeconfig,
  namespaces: Object.values(ns),
  log,
  flags: {
    trivy: stage.trivy,
    'trivy-db-repository': scans.databaseRepository,
    'allowed-registries': stage.registry.host,
    'report-dir': reportDir,
    'log-level': 'debug',
    // The API server proxies to no loopback address.
    'report-address': `${ownAddress()}:0`,
  },
});
test.after(async () => {
  await operator.stop();
  await scans.close();
});
const server = await operator.reports();
const PATH = `/namespaces/${ns.seen}/imagescans/nightly/report`;

const tokens: string[] = [];

/** The token of a new ServiceAccount, which has a Role in the namespace if rules are given. */
const token = async (name: string, rules?: readonly object[]): Promise<string> => {
  const { admin } = palisade;
  const namespace = ns.seen;
  const metadata = { name };
  const group = 'rbac.authorization.k8s.io';
  await admin.create(KINDS.ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { namespace });
  if (rules !== undefined) {
    const roleRef = { apiGroup: group, kind: 'Role', name };
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    await admin.create(KINDS.Role, { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules }, { namespace });
    const binding = { apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects };
    await admin.create(KINDS.RoleBinding, binding, { namespace });
  }
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const options = { namespace, name, subresource: 'token' };
  const { status } = await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, body, options);
  tokens.push(status.token);
  return status.token;
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const get = async (path: string, bearer?: string, method = 'GET'): Promise<Answer> => {
  // A validator may be busy for longer than the server keeps an idle connection.
  const close = { connection: 'close' };
  const headers = bearer === undefined ? close : { authorization: `Bearer ${bearer}`, ...close };
  const response = await fetch(server + path, { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const rule = (more: object) => ({
  apiGroups: ['security.palisade.dev'],
  resources: ['imagescans/report'],
  verbs: ['get'],
  ...more,
});
const reader = await token('reader', [rule({})]);

const app = await scans.push('report/app', VULNERABLE);
await scans.run(ns.seen, 'app-1', [app]);
const gone = `${stage.registry.host}/report/gone:1`;
await scans.apply(ns.seen, 'nightly', {
  failOn: 'High',
  target: { images: [gone] },
  exceptions: [{ id: 'CVE-2099-0003', status: 'not_affected', justification: 'vulnerable_code_not_present' }],
});
const scan = await scans.when(
  ns.seen,
  'nightly',
  'one image scanned, one not found',
  ({ status }) => status?.summary?.scanned === 1 && status.summary.failed === 1,
);

test('json: every image with its state and its findings, compared literally', async () => {
  const { status, headers, text } = await get(PATH, reader);
  assert.equal(
    [status, headers.get('content-type'), headers.get('cache-control'), headers.get('x-content-type-options')],
    [200, 'application/json', 'no-store', 'nosniff'],
  );
  const report = JSON.parse(text);
  assert.equal(
    [report.schemaVersion, report.scan, report.failOn, report.compliant],
    ['security.palisade.dev/report/v1', { namespace: ns.seen, name: 'nightly', uid: scan.metadata.uid }, 'High', false],
  );
  assert.equal(report.summary, {
    images: 2,
    scanned: 1,
    failed: 1,
    counts: { Critical: 1, High: 0, Medium: 0, Low: 1, Unknown: 0 },
    fixable: 1,
    suppressed: 1,
    uncovered: 0,
    blocking: 1,
  });
  const [failed, scanned] = report.images;
  assert.equal([failed.image, failed.state, failed.reason, failed.pods], [gone, 'Failed', 'NotFound', 0]);
  assert.equal(
    [scanned.image, scanned.digest, scanned.platform, scanned.state, scanned.pods, scanned.os],
    [
      app.reference,
      app.imageID.split('@')[1],
      'linux/amd64',
      'Scanned',
      1,
      { family: 'debian', version: '12.11', endOfLife: false },
    ],
  );
  assert.equal(
    scanned.findings.map((f: Record<string, unknown>) => [f.id, f.package, f.severity, f.counted, f.blocking]),
    [
      ['CVE-2099-0001', 'libssl3', 'Critical', true, true],
      ['CVE-2099-0003', 'zlib1g', 'High', false, false],
      ['CVE-2099-0002', 'libssl3', 'Low', true, false],
    ],
  );
});

const formats = [
  ['sarif', 'application/sarif+json', await sarifValidator()],
  ['cyclonedx', 'application/vnd.cyclonedx+json; version=1.6', await cycloneDxValidator()],
  ['openvex', 'application/json', await openVexValidator()],
] as const;

for (const [format, type, validate] of formats) {
  test(`${format}: valid by its schema, and the same bytes each time`, async () => {
    const { status, headers, text } = await get(`${PATH}?format=${format}`, reader);
    assert.equal([status, headers.get('content-type'), await validate(JSON.parse(text) as object)], [200, type, '']);
    assert.is((await get(`${PATH}?format=${format}`, reader)).text, text);
  });
}

test('table: full lines, or as wide as requested', async () => {
  const { headers, text } = await get(`${PATH}?format=table`, reader);
  assert.is(headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.match(
    text,
    `ImageScan ${ns.seen}/nightly: not compliant: 1 blocking finding (2 images, 1 failed, failOn High)`,
  );
  const narrow = (await get(`${PATH}?format=table&width=40`, reader)).text.split('\n');
  assert.is(Math.max(...narrow.map((line) => line.length)), 40);
});

test('without a token, with a broken or a forged one: 401 and how to authenticate', async () => {
  const invented = `${reader.split('.').slice(0, 2).join('.')}.${'A'.repeat(342)}`;
  tokens.push(invented);
  for (const [bearer, challenge] of [
    [undefined, 'Bearer realm="palisade"'],
    ['not a token', 'Bearer realm="palisade"'],
    ['abc', 'Bearer realm="palisade", error="invalid_token"'],
    [invented, 'Bearer realm="palisade", error="invalid_token"'],
  ] as const) {
    const { status, headers, text } = await get(PATH, bearer);
    assert.equal([status, headers.get('www-authenticate')], [401, challenge]);
    assert.not.match(text, ns.seen);
  }
});

test('without the right: 403 with the same message, whether or not there is such an ImageScan', async () => {
  const strangers = [
    await token('stranger'),
    await token('lister', [rule({ verbs: ['list', 'watch'] })]),
    await token('status-reader', [rule({ resources: ['imagescans', 'imagescans/status'] })]),
    await token('elsewhere', [rule({ resourceNames: ['weekly-2'] })]),
  ];
  for (const stranger of strangers) {
    const [there, missing] = [await get(PATH, stranger), await get(PATH.replace('nightly', 'weekly'), stranger)];
    assert.equal([there.status, missing.status], [403, 403]);
    assert.is(there.text, missing.text);
    assert.match(there.text, `a Role with get on imagescans/report of security.palisade.dev`);
  }
});

test('the right is namespaced, and may be limited to single ImageScans', async () => {
  assert.is((await get(PATH.replace(ns.seen, ns.other), reader)).status, 403);
  const single = await token('single', [rule({ resourceNames: ['nightly'] })]);
  assert.equal(
    [(await get(PATH, single)).status, (await get(PATH.replace('nightly', 'weekly'), single)).status],
    [200, 403],
  );
});

test('with the right: 404 for an ImageScan that does not exist, and 405, 406 and 400 for invalid requests', async () => {
  const missing = await get(PATH.replace('nightly', 'weekly'), reader);
  assert.equal(
    [missing.status, missing.text],
    [
      404,
      `ImageScan ${ns.seen}/weekly does not exist, or the operator has not reconciled it yet. To list ImageScans, run kubectl get imagescans -n ${ns.seen}\n`,
    ],
  );
  assert.is((await get(PATH, reader, 'POST')).status, 405);
  assert.is((await get(`${PATH}?format=pdf`, reader)).status, 406);
  assert.is((await get(`${PATH}?format=table&width=1`, reader)).status, 400);
});

test('the port serves nothing else', async () => {
  for (const path of ['/', '/metrics', '/healthz', '/readyz', '/namespaces', `${PATH}/..`, `${PATH}s`]) {
    assert.is((await get(path, reader)).status, 404, path);
  }
});

test('a body without end and oversized headers get a response, and the connection ends', async () => {
  const headers = { authorization: `Bearer ${reader}`, 'transfer-encoding': 'chunked' };
  /** The answer's status once the connection has ended; undefined when it ended before the answer was read. */
  const answerToEndlessBody = () =>
    new Promise<number | undefined>((resolve, reject) => {
      let answered = false;
      const asked = request(server + PATH, { method: 'GET', headers }, (response) => {
        answered = true;
        response.resume();
        response.on('close', () => resolve(response.statusCode));
      });
      const pump = setInterval(() => asked.write('x'.repeat(65_536)), 5);
      asked.on('close', () => clearInterval(pump));
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
        // With an answer, its close decides.
        else if (!answered) resolve(undefined);
      });
    });
  // A reset by the server may overtake its answer on the way.
  assert.is(await until('an answer', answerToEndlessBody), 200);
  const large = await fetch(server + PATH, { headers: { authorization: `Bearer ${'a'.repeat(20_000)}` } });
  assert.is(large.status, 431);
});

test('palisade report prints the response of the port with --server, and the same with --report-dir', async () => {
  const path = join(stage.directory, 'token');
  await writeFile(path, reader);
  const run = async (...args: string[]): Promise<string> => {
    let out = '';
    const write = (text: string) => (out += text);
    const stdin = (async function* () {})();
    const status = await runProgram(['report', `${ns.seen}/nightly`, ...args], {
      env: {},
      stdin,
      stdout: { write },
      stderr: { write },
    });
    assert.is(status, 0, out);
    return out;
  };
  for (const format of ['table', 'json', 'sarif', 'cyclonedx', 'openvex', 'html']) {
    const served = (await get(`${PATH}?format=${format}`, reader)).text;
    assert.is(await run('--server', server, '--token-file', path, '-o', format), served);
    assert.is(await run('--report-dir', reportDir, '-o', format), served);
  }
});

/** A kubeconfig of the account of a token. */
const kubeconfigOf = async (name: string, bearer: string): Promise<string> => {
  const config = parse(await readFile(palisade.kubeconfig, 'utf8'));
  const [context] = config.contexts;
  const path = join(stage.directory, `${name}.kubeconfig`);
  const user = { name, user: { token: bearer } };
  const contexts = [{ name, context: { ...context.context, user: name } }];
  await writeFile(path, JSON.stringify({ ...config, 'current-context': name, contexts, users: [user] }));
  return path;
};

test('palisade scan --like judges as the ImageScan does, with its database, and needs no more than to read it', async () => {
  const judge = await token('judge', [rule({ resources: ['imagescans'] })]);
  const scan = async (kubeconfig: string, like = `${ns.seen}/nightly`, image = app.reference) => {
    const written = { stdout: '', stderr: '' };
    const status = await runProgram(['scan', image, '--like', like, '-o', 'json', '--kubeconfig', kubeconfig], {
      env: {
        PATH: '',
        PALISADE_TRIVY: stage.trivy,
        PALISADE_ALLOWED_REGISTRIES: stage.registry.host,
        PALISADE_CACHE_DIR: join(stage.directory, 'cache'),
      },
      stdin: Readable.from([]),
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
    });
    return { status, ...written };
  };
  const kubeconfig = await kubeconfigOf('judge', judge);
  const { status, stdout, stderr } = await scan(kubeconfig);
  assert.equal([status, stderr], [3, `ImageScan ${ns.seen}/nightly: not compliant: 1 blocking finding\n`]);
  const here = JSON.parse(stdout);
  const there = JSON.parse((await get(PATH, reader)).text);
  const comparable = (report: typeof here) => {
    const {
      scannedAt: _,
      pods: __,
      ...image
    } = report.images.find((one: { image: string }) => one.image === app.reference);
    const findings = image.findings.map(
      ({ firstSeenAt: _, fixableSince: __, ...finding }: Record<string, unknown>) => finding,
    );
    const { oldestFixableAt: ___, ...rest } = image;
    return { ...rest, findings, failOn: report.failOn, compliant: report.compliant };
  };
  assert.equal(comparable(here), comparable(there));
  assert.is((await scan(kubeconfig, `${ns.seen}/nightly`, gone)).status, 2);

  const stranger = await scan(await kubeconfigOf('stranger-2', await token('stranger-2')));
  assert.equal([stranger.status, stranger.stdout], [2, '']);
  assert.match(stranger.stderr, /imagescans\.security\.palisade\.dev "nightly" is forbidden/);
  const missing = await scan(kubeconfig, `${ns.seen}/weekly`);
  assert.equal([missing.status, missing.stdout], [2, '']);
  assert.match(missing.stderr, /"weekly" not found/);
});

test('the command prints the SBOM of a running image, which the operator has', async () => {
  const path = join(stage.directory, 'sbom-token');
  await writeFile(path, reader);
  const { images } = JSON.parse((await get(PATH, reader)).text);
  const image = images.find(({ findings = [] }: { findings?: object[] }) => findings.length > 0);
  const run = async (...args: string[]): Promise<{ status: number; out: string }> => {
    let out = '';
    const write = (text: string) => (out += text);
    const terminal = { env: {}, stdin: (async function* () {})(), stdout: { write }, stderr: { write } };
    const all = ['sbom', `${ns.seen}/nightly`, ...args, '--server', server, '--token-file', path];
    return { status: await runProgram(all, terminal), out };
  };
  const { status, out } = await run(image.image);
  assert.is(status, 0, out);
  const bom = JSON.parse(out);
  assert.is(await (await cycloneDxValidator())(bom), '');
  assert.match(bom.metadata.component.purl, `@${encodeURIComponent(image.digest)}?`);
  const names = bom.components.map(({ name }: { name: string }) => name);
  for (const { package: name } of image.findings) assert.ok(names.includes(name), `${name} in ${names}`);
  assert.is(JSON.parse((await run(image.digest, '-o', 'spdx')).out).spdxVersion, 'SPDX-2.3');
  const unknown = await run('registry.example.com/nothing:1');
  assert.is(unknown.status, 1);
  assert.match(unknown.out, 'has no such image');
  const sbom = `/namespaces/${ns.seen}/imagescans/nightly/sbom?image=${image.digest}`;
  assert.is((await get(sbom)).status, 401);
  const stranger = await token('sbom-stranger', []);
  assert.is((await get(sbom, stranger)).status, 403);
});

/** The Service of config/manager, in front of this operator. */
const serve = async (): Promise<void> => {
  const { hostname, port } = new URL(server);
  const metadata = { name: 'palisade', namespace: OPERATOR_ACCOUNT.namespace };
  const ports = [{ name: 'reports', port: Number(port), protocol: 'TCP' }];
  const options = { fieldManager: 'test-report', force: true };
  const { admin } = palisade;
  // The API server proxies only to addresses of pods.
  const pod = { kind: 'Pod', name: 'palisade-report-test', namespace: metadata.namespace };
  await scans.run(pod.namespace, pod.name, [{ reference: 'palisade', imageID: '' }]);
  const status = { podIP: hostname, podIPs: [{ ip: hostname }] };
  await admin.patch(
    KINDS.Pod,
    pod.name,
    { status },
    { namespace: pod.namespace, type: 'merge', subresource: 'status' },
  );
  test.after(() => scans.stopPod(pod.namespace, pod.name));
  await admin.apply(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } }, options);
  const subsets = [{ addresses: [{ ip: hostname, targetRef: pod }], ports }];
  await admin.apply(
    namespaced('', 'endpoints', 'Endpoints'),
    { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets },
    options,
  );
  const labels = { 'kubernetes.io/service-name': metadata.name };
  const slice = {
    addressType: 'IPv4',
    endpoints: [{ addresses: [hostname], conditions: { ready: true }, targetRef: pod }],
    ports,
  };
  const named = { ...metadata, labels };
  await admin.apply(
    ENDPOINT_SLICES,
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: named, ...slice },
    options,
  );
  test.after(() => admin.delete(SERVICES, metadata.name, { namespace: metadata.namespace }));
  // The API server watches the addresses.
  const proxied = async () => (await asked(palisade.kubeconfig, `${PROXY}/palisade:reports/proxy/`)).status !== 503;
  await until('the API server proxies to the operator', proxied);
};

const PROXY = `/api/v1/namespaces/${OPERATOR_ACCOUNT.namespace}/services`;

/** A request to the API server as the account of a kubeconfig, with these headers too. */
const asked = async (kubeconfig: string, path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const config = loadKubeConfig(kubeconfig);
  try {
    const url = `${config.getCurrentCluster()?.server}${path}`;
    const context = new RequestContext(url, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher() as unknown as Dispatcher;
    const all = { ...(context.getHeaders() as Record<string, string>), ...headers };
    const { statusCode, body } = await undiciRequest(url, { method: method as 'GET', headers: all, dispatcher });
    return { status: statusCode, text: await body.text() };
  } finally {
    await config.close();
  }
};

const tokenFor = async (namespace: string, name: string, audiences: readonly string[]): Promise<string> => {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences, expirationSeconds: 600 },
  };
  const options = { namespace, name, subresource: 'token' };
  const { status } = await palisade.admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, body, options);
  tokens.push(status.token);
  return status.token;
};

test('palisade report reads through the API server, without a right in the namespace of the operator', async () => {
  await serve();
  for (const object of await readManifests('config/report-reader')) {
    const metadata = { ...object.metadata, namespace: ns.seen };
    const subjects = (object as { subjects?: object[] }).subjects?.map((one) => ({ ...one, namespace: ns.seen }));
    const kind = KINDS[object.kind as 'Role'];
    await palisade.admin.apply(
      kind,
      { ...object, metadata, ...(subjects && { subjects }) },
      { fieldManager: 'test-report' },
    );
  }
  // As an admin of the namespace may, and no more: create tokens of its ServiceAccounts.
  const admin = await token('namespace-admin', [
    { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  ]);
  const command = async (kubeconfig: string, ...args: string[]) => {
    const written = { stdout: '', stderr: '' };
    const status = await runProgram([...args, '--kubeconfig', kubeconfig], {
      env: {},
      stdin: Readable.from([]),
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
    });
    return { status, ...written };
  };
  const run = (kubeconfig: string, ...args: string[]) => command(kubeconfig, 'report', '-o', 'json', ...args);
  const kubeconfig = await kubeconfigOf('namespace-admin', admin);
  const expected = { status: 0, stdout: (await get(PATH, reader)).text, stderr: '' };
  assert.equal(await run(kubeconfig, `${ns.seen}/nightly`), expected);
  // This kubeconfig has a client certificate, and no token.
  assert.not.match(await readFile(palisade.kubeconfig, 'utf8'), /token/);
  assert.equal(await run(palisade.kubeconfig, `${ns.seen}/nightly`), expected);

  const sbom = await command(kubeconfig, 'sbom', `${ns.seen}/nightly`, app.reference);
  assert.equal([sbom.status, sbom.stderr, JSON.parse(sbom.stdout).bomFormat], [0, '', 'CycloneDX']);
  const noImage = await command(kubeconfig, 'sbom', `${ns.seen}/nightly`, 'registry.example.com/nothing:1');
  assert.is(noImage.status, 1);
  assert.match(noImage.stderr, /^HTTP 404: ImageScan .* has no such image/);

  const failures: [args: string[], stderr: RegExp][] = [
    [[`${ns.seen}/weekly`], /^HTTP 404: ImageScan .*\/weekly does not exist/],
    [[`${ns.seen}/nightly`, '--service-account', 'stranger'], /^HTTP 403: you may not read this report: ask for/],
    [
      [`${ns.seen}/nightly`, '--service-account', 'nobody'],
      /^no token of ServiceAccount .*"nobody" not found: an admin of the namespace creates it with kubectl apply -n .* -k config\/report-reader/,
    ],
    [[`${ns.other}/nightly`], /^no token of ServiceAccount .*forbidden.*: ask for the ClusterRole edit in namespace/],
    [
      [`${ns.seen}/nightly`, '--operator-namespace', ns.other],
      /^no report through the API server: .*: check that the operator runs/,
    ],
  ];
  for (const [args, stderr] of failures) {
    const failed = await run(kubeconfig, ...args);
    assert.equal([failed.status, failed.stdout], [1, ''], args.join(' '));
    assert.match(failed.stderr, stderr);
  }
});

test('the way through the API server reads nothing without a token for the report endpoint, and leads nowhere else', async () => {
  const user = await kubeconfigOf('stranger-3', await token('stranger-3'));
  const path = `${PROXY}/palisade:reports/proxy${PATH}`;
  const good = await tokenFor(ns.seen, 'palisade-report', ['security.palisade.dev/report']);
  const sent = async (headers: Record<string, string>, at = path, method = 'GET') =>
    (await asked(user, at, headers, method)).status;
  assert.is(await sent({ 'x-palisade-token': good }), 200);

  const anotherAudience = await tokenFor(ns.seen, 'palisade-report', ['https://vault.example.com']);
  // Denied: the API server's own token, whoever's it is; identities that only a header claims; another namespace's report.
  for (const [headers, at, status] of [
    [{}, path, 401],
    [{ 'x-palisade-token': reader }, path, 401],
    [{ 'x-palisade-token': anotherAudience }, path, 401],
    [{ 'x-palisade-token': `${good}, ${good}` }, path, 401],
    [{ 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' }, path, 401],
    [{ 'x-forwarded-user': 'admin', 'x-forwarded-for': '127.0.0.1' }, path, 401],
    [{ 'x-palisade-token': good }, path.replace(ns.seen, ns.other), 403],
    [{ 'impersonate-user': 'system:admin' }, path, 403],
    [{ 'x-palisade-token': good }, path.replace('palisade:reports', 'palisade:metrics'), 403],
    [{ 'x-palisade-token': good }, path.replace('palisade:reports', 'http:palisade:reports'), 403],
    [{ 'x-palisade-token': good }, path.replace('palisade:reports', 'palisade'), 403],
    [{ 'x-palisade-token': good }, `${PROXY}/palisade:reports/proxy/metrics`, 404],
  ] as const) {
    assert.is(await sent(headers, at), status, `${JSON.stringify(Object.keys(headers))} ${at}`);
  }
  assert.is(await sent({ 'x-palisade-token': good }, path, 'POST'), 403);
  // It is no token for the API server, nor for the header Authorization of the endpoint.
  const stolen = await kubeconfigOf('stolen', good);
  assert.is((await asked(stolen, `/apis/security.palisade.dev/v1alpha1/namespaces/${ns.seen}/imagescans`)).status, 401);
  assert.is((await get(PATH, good)).status, 401);
});

test('a revoked right has no effect after some seconds, and a report disappears with its ImageScan', async () => {
  const short = await token('short', [rule({})]);
  assert.is((await get(PATH, short)).status, 200);
  await palisade.admin.delete(KINDS.RoleBinding, 'short', { namespace: ns.seen });
  await until('the right is gone', async () => (await get(PATH, short)).status === 403);
  await scans.apply(ns.seen, 'brief', {});
  const brief = PATH.replace('nightly', 'brief');
  await until('a report', async () => (await get(brief, reader)).status === 200);

  await palisade.admin.delete(IMAGE_SCAN, 'brief', { namespace: ns.seen });
  await until('no report', async () => (await get(brief, reader)).status === 404);
});

test('no token is in the log', async () => {
  const text = await readFile(log, 'utf8');
  assert.match(text, '"level":"debug"');
  for (const secret of tokens) assert.not.match(text, secret.split('.')[2] ?? secret);
});

test.run();
