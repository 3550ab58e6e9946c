import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import { REPORT_FORMATS } from '../../../src/scan/report/format/formats.ts';
import { renderReport } from '../../../src/scan/report/format/render.ts';
import type { ScanReport } from '../../../src/scan/report/model.ts';
import { fileName } from '../../../src/scan/store/entry.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { type Answerer, loopback } from '../../kube/loopback.ts';
import { SAMPLE } from '../../scan/report/sample-report.ts';
import { cycloneDxValidator, openVexValidator, sarifValidator } from '../../scan/report/schemas.ts';
import { findingOf, imageOf, openStore, recordOf, reportOf } from '../../scan/store/samples.ts';
import { palisade, type Ran } from '../palisade.ts';

/** The directory of an operator that has seen two images; the third waits, the fourth cannot be looked up. */
const operatorDirectory = async () => {
  const directory = await temporaryDirectory();
  const store = await openStore(join(directory.path, 'reports'));
  const run = [1, 2].map((n) => ({ reference: `registry.example.com/app:${n}`, id: imageOf(n), pods: n }));
  const named = { reference: 'registry.example.com/app:3', id: imageOf(3), pods: 0, source: 'Template' } as const;
  const failure = { reason: 'NotFound', message: 'registry.example.com/gone:1: no such tag' } as const;
  await store.writeScan(
    recordOf({
      images: [...run, named],
      others: [
        { reference: 'registry.example.com/gone:1', platform: 'linux/amd64', pods: 0, source: 'Target', failure },
      ],
    }),
  );
  const fixed = findingOf(2, { severity: 'Critical', fixed: ['3.0.17'], fixableSince: '2026-01-01T00:00:00Z' });
  await store.writeReport(reportOf(imageOf(1), { findings: [fixed, findingOf(1)] }));
  await store.writeReport(reportOf(imageOf(2), { findings: [] }));
  return directory;
};

const TABLE = `ImageScan payments/nightly: not compliant: 1 blocking finding (4 images, 1 failed, failOn Critical)

IMAGE                         PLATFORM      SOURCE     STATE      CRITICAL   HIGH   MEDIUM   LOW   UNKNOWN   FIXABLE   SUPPRESSED   SCANNED
registry.example.com/gone:1   linux/amd64   Target     NotFound   -          -      -        -     -         -         -            -
registry.example.com/app:1    linux/amd64   1 pod      Scanned    1          0      0        0     0         1         1            2026-01-01T00:00:00Z
registry.example.com/app:2    linux/amd64   2 pods     Scanned    0          0      0        0     0         0         0            2026-01-01T00:00:00Z
registry.example.com/app:3    linux/amd64   Template   Pending    -          -      -        -     -         -         -            -
`;

test('from a report directory, without a cluster: one row per image, with full lines when stdout is no terminal', async () => {
  await using directory = await operatorDirectory();
  const { status, stdout, stderr } = await palisade(['report', 'payments/nightly', '--report-dir', directory.path]);
  assert.equal([status, stderr], [0, '']);
  assert.ok(stdout.startsWith(TABLE), stdout);
  assert.not.match(stdout, '\u001b');
});

test('no line is wider than the terminal', async () => {
  await using directory = await operatorDirectory();
  const args = ['report', 'payments/nightly', '--report-dir', directory.path];
  const { stdout } = await palisade(args, { columns: 60 });
  assert.is(Math.max(...stdout.split('\n').map((line) => line.length)), 60);
});

test("an environment variable may name the directory, as in the operator's pod", async () => {
  await using directory = await operatorDirectory();
  const env = { PALISADE_REPORT_DIR: directory.path };
  assert.ok((await palisade(['report', 'payments/nightly'], { env })).stdout.startsWith(TABLE));
});

test('--enrichment: EPSS and KEV of the files, as the operator has them; without the files a warning', async () => {
  await using directory = await operatorDirectory();
  const store = await openStore(join(directory.path, 'reports'));
  await store.writeReport(reportOf(imageOf(1), { findings: [findingOf(2000, { severity: 'Critical' })] }));
  const args = ['report', 'payments/nightly', '--report-dir', directory.path, '-o', 'json'];
  const facts = ({ stdout }: Ran) =>
    JSON.parse(stdout)
      .images.flatMap(({ findings = [] }: { findings?: KnownFinding[] }) => findings)
      .map(({ id, epss, knownExploited }: KnownFinding) => [id, epss, knownExploited]);
  const without = await palisade([...args, '--enrichment', directory.path]);
  assert.is(without.status, 0);
  assert.match(without.stderr, /^warning: --enrichment .*findings have no EPSS and KEV: put the public files/);
  assert.equal(facts(without)[0], ['CVE-2026-2000', undefined, undefined]);
  await writeFile(join(directory.path, 'epss_scores-current.csv'), 'cve,epss,percentile\nCVE-2026-2000,0.5,0.9\n');
  const kev = { vulnerabilities: [{ cveID: 'CVE-2026-2000' }] };
  await writeFile(join(directory.path, 'known_exploited_vulnerabilities.json'), JSON.stringify(kev));
  const env = { PALISADE_ENRICHMENT: directory.path };
  for (const ran of [await palisade([...args, '--enrichment', directory.path]), await palisade(args, { env })]) {
    assert.equal([ran.status, ran.stderr, facts(ran)[0]], [0, '', ['CVE-2026-2000', 0.5, true]]);
  }
});

test('every format is valid, and renders to the same bytes each time', async () => {
  await using directory = await operatorDirectory();
  const validators = {
    json: async () => '',
    sarif: await sarifValidator(),
    cyclonedx: await cycloneDxValidator(),
    openvex: await openVexValidator(),
  };
  for (const [format, validate] of Object.entries(validators)) {
    const run = () => palisade(['report', 'payments/nightly', '--report-dir', directory.path, '-o', format]);
    const { status, stdout } = await run();
    assert.equal([status, await validate(JSON.parse(stdout) as object)], [0, ''], format);
    assert.is((await run()).stdout, stdout, format);
  }
});

const CURRENT = new Date().toISOString();
const OLD = new Date(Date.now() - 20 * 86_400_000).toISOString();

const exits: [
  what: string,
  findings: readonly KnownFinding[] | undefined,
  status: number,
  stderr: string,
  updatedAt?: string,
][] = [
  ['compliant', [], 0, ''],
  ['compliant by a database of 20 days ago', [], 3, 'compliance not known: 1 image with an outdated result', OLD],
  ['not compliant', [findingOf(2, { severity: 'Critical', fixed: ['2'] })], 3, 'not compliant: 1 blocking finding'],
  ['not scanned yet', undefined, 3, 'compliance not known: 1 image without a result'],
];

for (const [what, findings, expected, reason, updatedAt = CURRENT] of exits) {
  test(`--exit-code: an image that is ${what} ends with ${expected}, and the report is printed`, async () => {
    await using directory = await temporaryDirectory();
    const store = await openStore(join(directory.path, 'reports'));
    await store.writeScan(recordOf({ images: [{ reference: 'nginx', id: imageOf(1), pods: 1 }] }));
    if (findings !== undefined) await store.writeReport(reportOf(imageOf(1), { findings, database: { updatedAt } }));
    const args = ['report', 'payments/nightly', '--report-dir', directory.path];
    const { status, stdout, stderr } = await palisade([...args, '--exit-code']);
    const line = reason === '' ? '' : `ImageScan payments/nightly: ${reason}\n`;
    assert.equal([status, stderr], [expected, line]);
    assert.equal(await palisade(args), { status: 0, stdout, stderr: '' });
    assert.equal((await palisade(['report', '-A', '--report-dir', directory.path, '--exit-code'])).status, expected);
  });
}

test('--all-namespaces: all ImageScans of the directory, sorted, as one document', async () => {
  await using directory = await operatorDirectory();
  const store = await openStore(join(directory.path, 'reports'));
  const images = [{ reference: 'registry.example.com/app:1', id: imageOf(1), pods: 1 }];
  await store.writeScan(recordOf({ namespace: 'accounts', name: 'weekly', images }));
  const run = (...args: string[]) => palisade(['report', '--all-namespaces', '--report-dir', directory.path, ...args]);
  const table = await run();
  assert.equal([table.status, table.stderr], [0, '']);
  assert.equal(table.stdout.match(/^ImageScan .*:/gm), [
    'ImageScan accounts/weekly: not compliant:',
    'ImageScan payments/nightly: not compliant:',
  ]);
  const { reports } = JSON.parse((await run('-o', 'json')).stdout) as { reports: { scan: { namespace: string } }[] };
  assert.equal(
    reports.map(({ scan }) => scan.namespace),
    ['accounts', 'payments'],
  );
  const judged = await run('--exit-code');
  assert.is(judged.status, 3);
  assert.is(judged.stderr.split('\n').length, 3);
});

test('--all-namespaces of an operator that has no record yet is an error', async () => {
  await using directory = await temporaryDirectory();
  await openStore(join(directory.path, 'reports'));
  const { status, stdout, stderr } = await palisade(['report', '-A', '--report-dir', directory.path]);
  assert.equal(
    [status, stdout, stderr],
    [1, '', 'no ImageScan has a report: create one (samples/), or ask for the right to read them\n'],
  );
});

/** An API server and an operator in one: namespaces a and b have ImageScans, and the user may list in some. */
const cluster =
  (allowed: readonly string[]): Answerer =>
  ({ path }, response) => {
    const [, namespace = ''] =
      /^\/apis\/security.palisade.dev\/v1alpha1\/(?:namespaces\/(\w+)\/)?imagescans$/.exec(path) ?? [];
    const list = (names: readonly object[]): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          kind: 'List',
          metadata: { resourceVersion: '1' },
          items: names.map((metadata) => ({ metadata })),
        }),
      );
    const forbid = (): void =>
      void response
        .writeHead(403, { 'content-type': 'application/json' })
        .end(JSON.stringify({ kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' }));
    if (path === '/api/v1/namespaces') {
      return allowed.includes('namespaces') ? list([{ name: 'a' }, { name: 'b' }, { name: 'c' }]) : forbid();
    }
    if (path.endsWith('/report')) {
      const [, , at = '', , name = ''] = path.split('/');
      if (name === 'gone') return void response.writeHead(404, text).end('it has no record\n');
      return served({ ...SAMPLE, scan: { namespace: at, name } })({}, response);
    }
    if (!allowed.includes(namespace)) return forbid();
    const all = [
      { namespace: 'b', name: 'weekly' },
      { namespace: 'a', name: 'nightly' },
      { namespace: 'a', name: 'gone' },
    ];
    return list(all.filter((one) => namespace === '' || one.namespace === namespace));
  };

const listings: [name: string, allowed: string[], found: string[]][] = [
  ['of the whole cluster', [''], ['a/nightly', 'b/weekly']],
  ['of each namespace that the user may list', ['namespaces', 'a'], ['a/nightly']],
];

/** Runs `palisade report --all-namespaces` against such a cluster. */
const everywhere = async (allowed: readonly string[], ...args: string[]) => {
  await using directory = await temporaryDirectory();
  const server = await loopback(cluster(allowed));
  try {
    const path = join(directory.path, 'config');
    await writeFile(
      path,
      kubeconfig({ token: TOKEN }).replace(
        '"server":"https://127.0.0.1:1"',
        `"server":"${server.url}","insecure-skip-tls-verify":true`,
      ),
    );
    return await palisade(['report', '-A', '--server', server.url, '--kubeconfig', path, ...args]);
  } finally {
    await server.close();
  }
};

for (const [name, allowed, found] of listings) {
  test(`--all-namespaces: the ImageScans ${name}; one without a report is named`, async () => {
    const { status, stdout, stderr } = await everywhere(allowed, '-o', 'json');
    assert.is(status, 0, stderr);
    const { reports } = JSON.parse(stdout) as { reports: { scan: { namespace: string; name: string } }[] };
    assert.equal(
      reports.map(({ scan }) => `${scan.namespace}/${scan.name}`),
      found,
    );
    assert.match(stderr, /^ImageScan a\/gone has no report: .*: HTTP 404: it has no record\n$/);
    assert.is((await everywhere(allowed, '--exit-code')).status, 3);
  });
}

test('--all-namespaces without the right to list names what to ask for', async () => {
  const { status, stderr } = await everywhere([]);
  assert.equal(
    [status, stderr],
    [
      1,
      'you may list neither imagescans of all namespaces nor namespaces: ask for ClusterRole view in a ClusterRoleBinding, or name each ImageScan as NAMESPACE/NAME\n',
    ],
  );
});

test('reading changes nothing in the directory, and needs no write permission', async () => {
  await using directory = await operatorDirectory();
  const reports = join(directory.path, 'reports');
  const seen = async () => {
    const names = (await readdir(reports)).sort();
    const stats = await Promise.all(names.map((name) => stat(join(reports, name))));
    return stats.map(({ size, mtimeMs, ino }, i) => [names[i], size, mtimeMs, ino]);
  };
  const before = await seen();
  await chmod(reports, 0o500);
  assert.is((await palisade(['report', 'payments/nightly', '--report-dir', directory.path])).status, 0);
  await chmod(reports, 0o700);
  assert.equal(await seen(), before);
});

test('a damaged report is reported and its image waits', async () => {
  await using directory = await operatorDirectory();
  const name = fileName({ kind: 'report', image: imageOf(1) });
  const path = join(directory.path, 'reports', name);
  await writeFile(path, (await readFile(path)).subarray(0, -1));
  const { status, stdout, stderr } = await palisade(['report', 'payments/nightly', '--report-dir', directory.path]);
  assert.equal(
    [status, stderr],
    [0, `${name}: a damaged file of the report directory was ignored: it has another length than its header says\n`],
  );
  assert.match(stdout, /app:1 +linux\/amd64 +1 pod +Pending /);
});

test('a directory without reports, and an unknown ImageScan, end with status 1', async () => {
  await using empty = await temporaryDirectory();
  assert.equal(await palisade(['report', 'payments/nightly', '--report-dir', empty.path]), {
    status: 1,
    stdout: '',
    stderr: `${empty.path}: no reports found: pass the --report-dir of an operator\n`,
  });
  await using directory = await operatorDirectory();
  assert.equal(await palisade(['report', 'payments/weekly', '--report-dir', directory.path]), {
    status: 1,
    stdout: '',
    stderr: `payments/weekly: no record in ${directory.path}: check the name (kubectl get imagescans -n payments); the operator writes a record when it first reconciles an ImageScan that is not suspended, and deletes the record with the ImageScan\n`,
  });
});

const usage: [args: string[], line: string][] = [
  [[], 'name one ImageScan as NAMESPACE/NAME, or pass --all-namespaces'],
  [['a/b', '--all-namespaces'], 'name one ImageScan as NAMESPACE/NAME, or pass --all-namespaces'],
  [['nightly'], '"nightly" is not the name of an ImageScan: use NAMESPACE/NAME, as in payments/nightly'],
  [['a/../b'], '"a/../b" is not the name of an ImageScan: use NAMESPACE/NAME, as in payments/nightly'],
  [['a/b', '--kubeconfig', '/nowhere'], 'kubeconfig /nowhere cannot be read: name a kubeconfig that exists'],
  [
    ['a/b', '--operator-namespace', 'A'],
    '--operator-namespace: "A" is not a namespace name: use a name such as palisade-system',
  ],
  [
    ['a/b', '--report-dir', '/x', '--server', 'http://127.0.0.1:1'],
    "option '--report-dir <path>' cannot be used with option '--server <url>'",
  ],
  [
    ['a/b', '--enrichment', '/x', '--server', 'http://127.0.0.1:1'],
    '--enrichment: a running operator has its own: set it there, or pass --report-dir',
  ],
  [
    ['a/b', '--report-dir', '/x', '-o', 'xml'],
    "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, json, sarif, cyclonedx, openvex, html.",
  ],
  [
    ['a/b', '--server', '127.0.0.1:8082'],
    '--server: the value is not an HTTP URL without credentials: use a form such as http://127.0.0.1:8082',
  ],
  [
    ['a/b', '--server', 'http://me:secret@127.0.0.1:8082'],
    '--server: the value is not an HTTP URL without credentials: use a form such as http://127.0.0.1:8082',
  ],
  [
    ['a/b', '--server', 'http://127.0.0.1:1', '--kubeconfig', '/nowhere'],
    'kubeconfig /nowhere cannot be read: name a kubeconfig that exists',
  ],
];

for (const [args, line] of usage) {
  test(`palisade report ${args.join(' ')} ends with 2`, async () => {
    assert.equal(await palisade(['report', ...args]), { status: 2, stdout: '', stderr: `palisade: ${line}\n` });
  });
}

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';

const kubeconfig = (user: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: TOKEN } };
const plugin = (script: string): object => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', script],
    interactiveMode: 'Never',
  },
});

/** Runs `palisade report a/b --server` against something that answers like this. */
const asking = async (answer: Answerer, args: (directory: string, url: string) => Promise<string[]> | string[]) => {
  await using directory = await temporaryDirectory();
  const server = await loopback(answer);
  try {
    const rest = await args(directory.path, server.url);
    const ran = await palisade(['report', 'a/b', '--server', server.url, ...rest], { columns: 100 });
    return { ...ran, asked: server.asked, url: server.url };
  } finally {
    await server.close();
  }
};

const withFile = (name: string, content: string, flag: string) => async (directory: string) => {
  await writeFile(join(directory, name), content);
  return [flag, join(directory, name)];
};
const withToken = withFile('token', `${TOKEN}\n`, '--token-file');

/** The endpoint of an operator with this report. */
const served =
  (report: ScanReport) =>
  (_: unknown, response: ServerResponse): unknown =>
    response.end(renderReport(report, 'json', { width: 100 }));

const sources: [name: string, args: (directory: string) => Promise<string[]>][] = [
  ['a file', withToken],
  ['a kubeconfig', withFile('config', kubeconfig({ token: TOKEN }), '--kubeconfig')],
  [
    'a credential plugin',
    withFile('config', kubeconfig(plugin(`echo '${JSON.stringify(credential)}'`)), '--kubeconfig'),
  ],
];

for (const [name, args] of sources) {
  test(`from a running operator, with the token of ${name}`, async () => {
    const { status, stdout, stderr, asked } = await asking(served(SAMPLE), args);
    assert.equal([status, stdout, stderr], [0, renderReport(SAMPLE, 'table', { width: 100 }), '']);
    assert.equal(
      asked.map(({ method, path, query, headers }) => [method, path, query, headers.authorization]),
      [['GET', '/namespaces/a/imagescans/b/report', { format: 'json' }, `Bearer ${TOKEN}`]],
    );
  });
}

test('each request has a connection of its own: a large report makes this process miss that an idle one was closed', async () => {
  const { asked } = await asking(served(SAMPLE), withToken);
  assert.is(asked[0]?.headers.connection, 'close');
});

test('every format is what the operator renders', async () => {
  for (const format of REPORT_FORMATS) {
    const { stdout } = await asking(served(SAMPLE), async (directory) => [
      ...(await withToken(directory)),
      '-o',
      format,
    ]);
    assert.is(stdout, renderReport(SAMPLE, format, { width: 100 }));
  }
});

test('a response cannot steer the terminal', async () => {
  const hostile = { ...SAMPLE, scan: { namespace: 'a', name: '\u001b[2Ja\u202eb' } };
  const { stdout } = await asking(served(hostile), withToken);
  assert.match(stdout, '\ufffd[2Ja\ufffdb');
  const { status, stderr } = await asking((_, response) => response.end('\u001b[2J'), withToken);
  assert.is(status, 1);
  assert.not.match(stderr, '\u001b');
});

test('the client waits when the operator asks it to', async () => {
  let refused = false;
  const { status, asked } = await asking((request, response) => {
    if (refused) return served(SAMPLE)(request, response);
    refused = true;
    response.writeHead(429, { ...text, 'retry-after': '0' }).end('too many\n');
  }, withToken);
  assert.equal([status, asked.length], [0, 2]);
});

const text = { 'content-type': 'text/plain; charset=utf-8' };
const refusals: [name: string, answer: Answerer, expected: string][] = [
  [
    'a refusal is passed on in one line, in the words of the operator',
    (_, response) => response.writeHead(403, text).end('you may not\u001b[31m\nread this\n'),
    'HTTP 403: you may not\ufffd[31m read this',
  ],
  [
    'something else than an operator',
    (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
    'HTTP 404: the response is not from an operator: pass the address of its report endpoint',
  ],
  [
    'a redirect is not followed: it would get the token',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'HTTP 302: the response is not from an operator: pass the address of its report endpoint',
  ],
];

for (const [name, answer, expected] of refusals) {
  test(name, async () => {
    const { status, stdout, stderr, url, asked } = await asking(answer, withToken);
    assert.equal([status, stdout, stderr, asked.length], [1, '', `${url}: ${expected}\n`, 1]);
  });
}

test('a truncated response is an error', async () => {
  const { status, stdout, stderr, url } = await asking((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  }, withToken);
  assert.equal([status, stdout], [1, '']);
  assert.ok(stderr.startsWith(`${url}: no report (`), stderr);
  assert.not.match(stderr, TOKEN);
});

const broken: [name: string, args: (directory: string) => Promise<string[]> | string[], expected: RegExp][] = [
  [
    'a token file that is not there',
    () => ['--token-file', '/nowhere'],
    /^\/nowhere: the token cannot be read \(ENOENT\): pass a token from kubectl create token with --token-file\n$/,
  ],
  [
    'a token file with something else',
    withFile('token', 'two words', '--token-file'),
    /\/token: it contains no token: pass /,
  ],
  [
    'a kubeconfig without a token',
    withFile('config', kubeconfig({ username: 'u', password: 'p4ss' }), '--kubeconfig'),
    /^the current user of the kubeconfig has no bearer token, which the report endpoint requires: pass /,
  ],
  [
    'a credential plugin that fails',
    withFile('config', kubeconfig(plugin('exit 3')), '--kubeconfig'),
    /^the kubeconfig provides no token: .*: log in again, or pass a token from kubectl create token with --token-file\n$/,
  ],
];

for (const [name, args, expected] of broken) {
  test(`${name} ends with 1 before any request`, async () => {
    const { status, stdout, stderr, asked } = await asking((_, response) => response.end(), args);
    assert.equal([status, stdout, asked.length], [1, '', 0]);
    assert.match(stderr, expected);
    assert.not.match(stderr, 'p4ss');
  });
}

test('the token of the kubeconfig does not leave this machine unencrypted', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'config');
  await writeFile(path, kubeconfig({ token: TOKEN }));
  const { status, stderr } = await palisade([
    'report',
    'a/b',
    '--server',
    'http://192.0.2.1:8082',
    '--kubeconfig',
    path,
  ]);
  assert.equal([status, stderr.split(':', 3).join(':')], [1, 'http://192.0.2.1:8082']);
  assert.match(
    stderr,
    'would cross the network unencrypted: use https or kubectl port-forward, or pass a token that may be exposed',
  );
});

test('no operator runs: the error names cause and cure', async () => {
  await using directory = await temporaryDirectory();
  const args = await withToken(directory.path);
  const { status, stderr } = await palisade(['report', 'a/b', '--server', 'http://127.0.0.1:1', ...args]);
  assert.is(status, 1);
  assert.match(
    stderr,
    /^http:\/\/127\.0\.0\.1:1: no report \(.+\): check that an operator serves reports at this address, as after kubectl port-forward to the pod of the leader, which Lease palisade names \(docs\/reports\.md\)\n$/,
  );
});

test.run();
