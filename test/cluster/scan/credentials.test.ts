// needs: cluster, scanner
// Registry credentials are in the operator's memory, and nowhere else: the operator is a separate process here.
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { KINDS } from '../../harness/install.ts';
import { dockerConfig, optIn, writeSecret } from '../../harness/pull-secrets.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { hostileRegistry, refuse } from '../../scan/registry/hostile-registry.ts';

const ACCOUNT = { username: 'robot', password: 'Tr0ub4dor&3-äöü-credential' };
const { username, password } = ACCOUNT;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** base64 of a text in the middle of a longer one is one of three, less its ends. */
const within = (text: string): string[] => ['', 'x', 'xx'].map((before) => base64(before + text).slice(4, -4));

const auth = base64(`${username}:${password}`);
/** Forms in which a leak could appear. */
const FORMS = [
  password,
  JSON.stringify(password).slice(1, -1),
  encodeURIComponent(password),
  auth,
  ...[password, auth].flatMap(within),
].map((form) => Buffer.from(form));

const leaksIn = (bytes: Buffer): boolean => FORMS.some((form) => bytes.includes(form));
const leaks = (text: string): boolean => leaksIn(Buffer.from(text));
assert.ok(leaks(dockerConfig('r.io', ACCOUNT)) && leaks(base64(dockerConfig('r.io', ACCOUNT))));

const scans = await Scans.open();
const { palisade, stage } = scans;
const { admin } = palisade;
const locked = await stage.privateRegistry(ACCOUNT);
/** Refuses, and repeats the credentials that it received. */
const echo = await hostileRegistry(({ headers }, response) => {
  const { authorization = '' } = headers;
  if (authorization === '') return refuse(response, 401, 'UNAUTHORIZED', '', { 'www-authenticate': 'Basic realm="x"' });
  const shown = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
  return refuse(response, 403, 'DENIED', `${authorization} ${shown}`);
});
const namespace = await palisade.namespace('credentials');
const directory = join(stage.directory, 'process');
const log = join(stage.directory, 'operator.log');

const test = suite('credentials');
test.after(async () => {
  await operator.stop();
  await scans.close();
  await echo.close();
});

const operator = await OperatorProcess.start({
  kubeconfig: palisade.operatorKubeconfig,
  namespaces: [namespace],
  log,
  flags: {
    trivy: stage.trivy,
    'trivy-db-repository': scans.databaseRepository,
    'report-dir': directory,
    'allowed-registries': [stage.registry.host, locked.host, echo.registry].join(','),
    'log-level': 'trace',
    'scan-concurrency': '2',
  },
});

const filesIn = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};

/** Read as long as they exist. */
const readQuietly = (path: string): Promise<Buffer> => readFile(path).catch(() => Buffer.alloc(0));

interface Sample {
  /** Command lines of children that scanned. */
  readonly commands: Set<string>;
  readonly environments: Set<string>;
  readonly leaks: Set<string>;
  /** Files that existed at some time. */
  readonly files: Set<string>;
}

/** The operator's children and files at this moment. */
const look = async ({ commands, environments, leaks: found, files }: Sample): Promise<void> => {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!cwd.startsWith(directory)) continue;
    const [command, environment] = await Promise.all(
      ['cmdline', 'environ'].map((f) => readQuietly(`/proc/${pid}/${f}`)),
    );
    if (command!.length > 0) commands.add(command!.toString().replaceAll('\0', ' ').trim());
    if (environment!.length > 0) environments.add(environment!.toString().replaceAll('\0', '\n'));
    if (leaksIn(command!) || leaksIn(environment!)) found.add(`/proc/${pid}`);
  }
  for (const path of await filesIn(directory)) {
    files.add(path);
    // Of a database we know what is in it.
    if (((await stat(path).catch(() => undefined))?.size ?? 0) < 1_000_000 && leaksIn(await readQuietly(path)))
      found.add(path);
  }
};

test('credentials are in no command line, environment or file during a scan of private images or after it', async () => {
  await writeSecret(admin, namespace, 'mine', dockerConfig(locked.host, ACCOUNT));
  await writeSecret(admin, namespace, 'echo', dockerConfig(echo.registry, ACCOUNT));
  await optIn(admin, namespace, 'mine', 'echo');
  for (const name of ['a', 'b', 'c']) {
    await scans.run(namespace, name, [await scans.push(`team/${name}`, name === 'a' ? VULNERABLE : HARMLESS, locked)]);
  }
  const images = [`${echo.registry}/team/app:1`];
  await scans.apply(namespace, 'nightly', { target: { images }, pullSecrets: [{ name: 'mine' }, { name: 'echo' }] });
  const sample: Sample = { commands: new Set(), environments: new Set(), leaks: new Set(), files: new Set() };
  let over = false;
  const watching = (async () => {
    while (!over) await look(sample);
  })();
  await scans.when(namespace, 'nightly', 'three are scanned, one is refused', ({ status }) => {
    return status?.summary?.scanned === 3 && status.summary.failed === 1;
  });
  over = true;
  await watching;
  await look(sample);
  // Between fork and exec a child has our own command line.
  const commands = [...sample.commands].filter((line) => line.startsWith(stage.trivy)).join('\n');
  assert.match(commands, ' image --quiet ', 'a scan was observed');
  assert.match([...sample.environments].join('\n'), `DOCKER_CONFIG=${directory}`);
  assert.ok(
    [...sample.files].some((path) => path.includes('/layout/blobs/')),
    'an image was observed on the disk',
  );
  assert.equal([...sample.leaks], []);
  assert.not.match(commands, locked.host, 'Trivy does not even know the registry');
  assert.not.match([...sample.files].join('\n'), 'config.json');
});

test('credentials are in no status, Event, metric or log line', async () => {
  const scan = await scans.get(namespace, 'nightly');
  const refused = scan.status?.images?.find(({ state }) => state === 'Failed');
  assert.match(refused?.message ?? '', 'the registry answered 403 (DENIED: Basic *** robot:***)');
  assert.not.ok(leaks(JSON.stringify(scan)));
  const events = await admin.list(KINDS.Event, { namespace });
  assert.match(JSON.stringify(events), 'ScanFailed');
  assert.not.ok(leaks(JSON.stringify(events)));
  const lines = await readFile(log, 'utf8');
  const [address] = JSON.parse(/"listening":(\[[^\]]*\])/.exec(lines)?.[1] ?? '[]') as string[];
  const metrics = await (await fetch(`http://${address}/metrics`)).text();
  assert.match(metrics, 'palisade_scans_total');
  assert.not.ok(leaks(metrics));
  assert.match(lines, '"level":"debug"');
  assert.not.ok(leaks(lines));
});

test("credentials are not in the operator's own arguments and environment", async () => {
  for (const file of ['cmdline', 'environ']) {
    const bytes = await readFile(`/proc/${operator.pid}/${file}`);
    assert.ok(bytes.length > 0 && !leaksIn(bytes), file);
  }
});

test.run();
