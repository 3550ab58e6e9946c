// suite: tools
// needs: scanner
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blob, content, jsonBlob } from '../../../hack/images/content.ts';
import { image } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import { openScanStage } from '../../../hack/scan-stage.ts';
import { pushDatabase } from '../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { readCriteria } from '../../../src/cli/scan/criteria.ts';
import { HARMLESS, hoursAgo, VULNERABLE } from '../../harness/scans.ts';

const account = { username: 'robot', password: 'sesame' };
const updatedAt = hoursAgo(2);
const stage = await openScanStage({ fixture: exampleDatabase, updatedAt });
const { registry } = stage;
const guarded = await stage.privateRegistry(account);
const database = await pushDatabase(registry, stage.database);
const root = await mkdtemp(join(tmpdir(), 'palisade-scan-command-'));

const scan = suite('palisade scan');
scan.after(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const vulnerable = `${registry.host}/team/vulnerable:1`;
const digest = await push(registry, 'team/vulnerable', await image({ layers: [VULNERABLE] }), '1');
const harmless = `${registry.host}/team/harmless:1`;
await push(registry, 'team/harmless', await image({ layers: [HARMLESS] }), '1');
const secret = `${guarded.host}/team/secret:1`;
await push(guarded, 'team/secret', await image({ layers: [HARMLESS] }), '1');

const NOT_COMPLIANT = 'ImageScan default/s: not compliant: 1 blocking finding\n';
const NOWHERE = { write: () => {} };
const CACHE = join(root, 'cache');

const palisade = async (args: readonly string[], { input = '', env = {} as Record<string, string> } = {}) => {
  const written = { stdout: '', stderr: '' };
  const status = await runProgram(['scan', ...args], {
    env: {
      PATH: '',
      PALISADE_TRIVY: stage.trivy,
      PALISADE_ALLOWED_REGISTRIES: `${registry.host},${guarded.host}`,
      PALISADE_TRIVY_DB_REPOSITORY: database,
      PALISADE_CACHE_DIR: CACHE,
      ...env,
    },
    stdin: Readable.from([Buffer.from(input)]),
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { status, ...written };
};

const imageScan = (spec: object): string =>
  JSON.stringify({ apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ImageScan', metadata: { name: 's' }, spec });

/** Judged by an ImageScan of this spec. */
const judged = (spec: object, ...args: string[]) => palisade([...args, '-f', '-'], { input: imageScan(spec) });

const except = (more: object = {}) => ({
  exceptions: [{ id: 'CVE-2099-0001', status: 'not_affected', justification: 'not reached', ...more }],
});

const none = `${registry.host}/team/none:1`;

const rows: [what: string, spec: object, images: string[], status: number][] = [
  ['a critical finding in one of two images', {}, [harmless, vulnerable], 3],
  [
    'an exception for the digest with it',
    except({ image: `${registry.host}/team/vulnerable@${digest}` }),
    [vulnerable],
    0,
  ],
  ['an image that does not exist beside one with a finding', {}, [none, vulnerable], 3],
  ['an image that does not exist', {}, [none], 2],
];

for (const [what, spec, images, status] of rows) {
  scan(`${status}: ${what}`, async () => {
    const ended = await judged(spec, ...images);
    assert.is(ended.status, status, ended.stderr);
    assert.match(ended.stdout, status === 0 ? ': compliant (' : /: (not compliant|compliance not known)/);
    for (const reference of images) assert.match(ended.stdout, reference);
  });
}

scan('the report is that of palisade report: findings, advice, digest, database, EPSS and KEV', async () => {
  const enrichment = await mkdtemp(join(root, 'enrichment-'));
  await writeFile(join(enrichment, 'epss_scores-current.csv'), 'cve,epss,percentile\nCVE-2099-0001,0.25,0.9\n');
  const flags = ['-o', 'json', '--enrichment', enrichment];
  const { status, stdout, stderr } = await judged({ failOn: 'High' }, vulnerable, ...flags);
  assert.equal([status, stderr], [3, 'ImageScan default/s: not compliant: 2 blocking findings\n']);
  const report = JSON.parse(stdout);
  const [only] = report.images;
  assert.equal(
    [report.scan, report.compliant, only.image, only.digest, only.platform, only.state, only.database.updatedAt],
    [{ namespace: 'default', name: 's' }, false, vulnerable, digest, 'linux/amd64', 'Scanned', updatedAt],
  );
  assert.equal(
    only.findings.map((f: Record<string, unknown>) => [f.id, f.package, f.severity, f.blocking, f.epss]),
    [
      ['CVE-2099-0001', 'libssl3', 'Critical', true, 0.25],
      ['CVE-2099-0003', 'zlib1g', 'High', true, undefined],
      ['CVE-2099-0002', 'libssl3', 'Low', false, undefined],
    ],
  );
});

scan(
  'the database of an earlier run is used without its registry, with a warning; without any, nothing is judged',
  async () => {
    const offline = {
      env: { PALISADE_TRIVY_DB_REPOSITORY: `${registry.host}/nowhere/trivy-db:2` },
      input: imageScan({}),
    };
    const cached = await palisade([vulnerable, '-f', '-'], offline);
    assert.is(cached.status, 3);
    assert.match(
      cached.stderr,
      /^warning: --trivy-db-repository .*the database of .* stays in use\nImageScan default\/s: not compliant: 1 blocking finding\n$/,
    );
    const empty = { ...offline, env: { ...offline.env, PALISADE_CACHE_DIR: join(root, 'empty') } };
    const { status, stdout, stderr } = await palisade([harmless, '-f', '-'], empty);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, /^--trivy-db-repository .*there is no database yet/);
  },
);

scan('runs at the same time share the cache, and leave nothing but the database in it', async () => {
  const shared = { env: { PALISADE_CACHE_DIR: join(root, 'shared') }, input: imageScan({}) };
  const ended = await Promise.all([1, 2].map(() => palisade([vulnerable, '-f', '-'], shared)));
  assert.equal(
    ended.map(({ status, stderr }) => [status, stderr]),
    ended.map(() => [3, NOT_COMPLIANT]),
  );
  assert.equal(await readdir(join(root, 'shared')), ['database']);
  const [entry = '', ...others] = await readdir(join(root, 'shared/database'));
  assert.ok(others.length < 2, 'a run replaces what it read');
  assert.equal((await readdir(join(root, 'shared/database', entry))).sort(), ['db', 'palisade.json']);
  const before = (await registry.requests()).filter((request) => /GET .*trivy-db\/blobs/.test(request)).length;
  assert.is((await palisade([vulnerable, '-f', '-'], shared)).status, 3);
  const after = (await registry.requests()).filter((request) => /GET .*trivy-db\/blobs/.test(request)).length;
  assert.is(after, before, 'the database is not downloaded again');
});

scan('credentials are those of docker login', async () => {
  const directory = await mkdtemp(join(root, 'docker-'));
  const auth = Buffer.from('robot:sesame').toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
  const refused = await judged({}, secret);
  assert.is(refused.status, 2);
  assert.match(
    refused.stderr,
    /^Unauthorized: [^\n]+; pass --docker-config with a directory whose config.json has credentials for [^\n]+\nImageScan default\/s: compliance not known: 1 image without a result\n$/,
  );
  assert.is((await judged({}, harmless, secret, '--docker-config', 'none', '--docker-config', directory)).status, 0);
});

scan('failOnKnownExploited decides by the KEV of --enrichment, and nothing is known without it', async () => {
  const directory = await mkdtemp(join(root, 'enrichment-'));
  const asked = { failOn: 'None', failOnKnownExploited: true };
  const without = await judged(asked, harmless);
  assert.is(without.status, 3);
  assert.match(without.stderr, /^ImageScan default\/s: compliance not known: no KEV was read, [^\n]+\n$/);
  const empty = await judged(asked, harmless, '--enrichment', directory);
  assert.is(empty.status, 3);
  assert.match(
    empty.stderr,
    /^warning: --enrichment .*: neither of the two files is there; [^\n]+\nImageScan [^\n]*no KEV was read/,
  );
  const kev = { dateReleased: hoursAgo(24), vulnerabilities: [{ cveID: 'CVE-2099-0002' }] };
  await writeFile(join(directory, 'known_exploited_vulnerabilities.json'), JSON.stringify(kev));
  assert.is((await judged(asked, harmless, '--enrichment', directory)).status, 0);
  const exploited = await judged(asked, vulnerable, '--enrichment', directory);
  assert.equal([exploited.status, exploited.stderr], [3, NOT_COMPLIANT]);
  assert.match(exploited.stdout, /known to be exploited/);
  assert.is((await judged({ failOn: 'None' }, vulnerable, '--enrichment', directory)).status, 0);
});

scan(
  'a directory of --docker-config without a config.json that can be read is an error of the command line',
  async () => {
    const { status, stdout, stderr } = await judged({}, secret, '--docker-config', join(root, 'nowhere'));
    assert.equal([status, stdout], [2, '']);
    assert.match(
      stderr,
      /^palisade: --docker-config: \S+nowhere\/config.json cannot be read \(ENOENT\): pass a directory/,
    );
  },
);

scan('a malformed exception suppresses nothing, as in the cluster, and is named', async () => {
  const { status, stderr } = await judged(except({ image: vulnerable }), vulnerable);
  assert.is(status, 3);
  assert.match(stderr, /^warning: spec.exceptions\[0\].image /);
});

const USAGE: [args: string[], line: string][] = [
  [
    [harmless],
    'pass --like NAMESPACE/NAME for an ImageScan of the cluster, or -f FILE for one in a file: its failOn and exceptions decide',
  ],
  [
    [harmless, '--like', 'a/b', '-f', 'x'],
    "option '-f, --filename <file>' cannot be used with option '--like <namespace/name>'",
  ],
  [
    [harmless, '--like', 'nightly'],
    '"nightly" is not the name of an ImageScan: use NAMESPACE/NAME, as in payments/nightly',
  ],
  [
    ['--', '-x', '--like'],
    '"-x" is not an image reference: use a form such as registry.example.com/team/app:1.2 or NAME@sha256:…',
  ],
  [
    [harmless, '-f', '-', '--platform', 'arm'],
    '--platform: "arm" is not a platform: write os/architecture or os/architecture/variant',
  ],
  [[harmless, '-f', '-', '--scan-timeout', '9s'], '--scan-timeout: "9s" is not between 10s and 2h'],
  [[], "missing required argument 'image'"],
  [
    [harmless, '-f', 'a.yaml', '-f', 'b.yaml'],
    "option '-f, --filename <file>' argument 'b.yaml' is invalid. It is there twice: pass it once.",
  ],
  [
    [harmless, '--like', 'a/b', '--like', 'a/c'],
    "option '--like <namespace/name>' argument 'a/c' is invalid. It is there twice: pass it once.",
  ],
];

for (const [args, line] of USAGE) {
  scan(`wrong: ${line}`, async () => {
    assert.equal(await palisade(args), { status: 2, stdout: '', stderr: `palisade: ${line}\n` });
  });
}

scan('a schedule by which no operator would scan is an error of the file', async () => {
  const never = await judged({ schedule: '0 0 31 2 *' }, harmless);
  assert.equal(never, {
    status: 2,
    stdout: '',
    stderr:
      'stdin: ImageScan default/s: spec: schedule "0 0 31 2 *" never runs, since no year has such a day: change its day of month or its month\n',
  });
  const { status, stderr } = await judged({ schedule: '@daily', timeZone: 'Europe/Berln' }, harmless);
  assert.is(status, 2);
  assert.match(stderr, /^stdin: ImageScan default\/s: spec: time zone "Europe\/Berln" is unknown: /);
});

scan('the message about a damaged image begins with its name and platform, as the user has it', async () => {
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.from('no archive'));
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    ...{ os: 'linux', architecture: 'amd64' },
    rootfs: { type: 'layers', diff_ids: [layer.descriptor.digest] },
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType, config: config.descriptor, layers: [layer.descriptor] };
  await push(registry, 'team/damaged', content(jsonBlob(mediaType, manifest), [config, layer]), '1');
  const name = `${registry.host}/team/damaged`;
  const { status, stderr } = await judged({}, `${name}:1`);
  assert.is(status, 2);
  assert.match(
    stderr,
    new RegExp(
      `^DamagedImage: ${name}:1 linux/amd64: .*: a layer or its description is broken: build and push the image again .*failed to analyze layer \\(${layer.descriptor.digest}\\)`,
    ),
  );
});

scan('a file without exactly one valid ImageScan ends with 2', async () => {
  const two = `${imageScan({})}\n---\n${imageScan({}).replace('"s"', '"t"')}`;
  assert.equal(await palisade([harmless, '-f', '-'], { input: two }), {
    status: 2,
    stdout: '',
    stderr: 'stdin: 2 ImageScans found (default/s, default/t): pass a file with one\n',
  });
  const { status, stderr } = await judged({ failOn: 'critical' }, harmless);
  assert.is(status, 2);
  assert.match(stderr, /^stdin: ImageScan default\/s: spec.failOn: Unsupported value: "critical"/);
});

scan('a file with a policy only says how to get its ImageScan', async () => {
  const policy = JSON.stringify({
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    metadata: { name: 'p' },
    spec: { scan: {} },
  });
  const { status, stderr } = await palisade([harmless, '-f', '-'], { input: policy });
  assert.is(status, 2);
  assert.match(stderr, 'stdin: no ImageScan found: of a policy with spec.scan, palisade render prints it\n');
});

scan('every sample of an ImageScan can judge', async () => {
  const directory = join(import.meta.dirname, '../../../samples/imagescans');
  for (const file of await readdir(directory)) {
    const filename = join(directory, file);
    const criteria = await readCriteria(
      { filename },
      { env: {}, stdin: Readable.from([]), stdout: NOWHERE, stderr: NOWHERE },
    );
    assert.is(criteria.kind, 'ImageScan', file);
  }
});

scan.run();
