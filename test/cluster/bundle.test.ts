// suite: tools
// needs: cluster, scanner
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../hack/images/image.ts';
import { push } from '../../hack/images/push.ts';
import { OperatorProcess } from '../../hack/operator-process.ts';
import { openScanStage } from '../../hack/scan-stage.ts';
import { pushDatabase } from '../../hack/trivydb/database.ts';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import type { ImageScan } from '../../src/api/imagescan.ts';
import { KINDS } from '../harness/install.ts';
import { Palisade } from '../harness/palisade.ts';
import { HARMLESS } from '../harness/scans.ts';
import { until } from '../harness/until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const built = await mkdtemp(join(tmpdir(), 'palisade-built-'));
const plain = await mkdtemp(join(tmpdir(), 'palisade-plain-'));
test.after(async () => {
  for (const directory of [built, plain]) await rm(directory, { recursive: true });
});

await run(process.execPath, [join(root, 'hack/build.ts'), built]);
// Outside the checkout that it was built from.
await copyFile(join(built, 'palisade.js'), join(plain, 'palisade.js'));

const palisade = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, ['palisade.js', ...args], { cwd: plain, env: {} });

test('the build consists of the bundle and the licenses of everything in it', async () => {
  assert.equal((await readdir(built)).sort(), ['LICENSES.txt', 'palisade.js']);
  const licences = await readFile(join(built, 'LICENSES.txt'), 'utf8');
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const [name, version] of Object.entries(dependencies)) {
    assert.ok(licences.includes(`\n${name} ${version} (`), `${name} ${version} is missing`);
  }
});

test('the bundle prints its version, and nothing else', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  assert.equal(await palisade('--version'), { stdout: `${version}\n`, stderr: '' });
});

test('the bundle renders a sample as the sources do', async () => {
  const { stdout, stderr } = await palisade('render', '-f', join(root, 'samples/database.yaml'));
  assert.is(stdout, await readFile(join(root, 'test/samples/expected/database.yaml'), 'utf8'));
  assert.match(stderr, /^\S+: the output has the DNS peers that are the same in most clusters; .*\n$/);
});

test('the bundle explains a sample as the sources do', async () => {
  const { stdout } = await palisade('explain', '-f', join(root, 'samples/database.yaml'));
  assert.is(stdout, await readFile(join(root, 'test/samples/expected/database.txt'), 'utf8'));
});

const scanOf = (image: string) => ({
  ...{ apiVersion: `${IMAGE_SCAN.group}/${IMAGE_SCAN.version}`, kind: IMAGE_SCAN.kind, metadata: { name: 'all' } },
  spec: { target: { images: [image] } },
});

test('the operator runs from the bundle, as its ServiceAccount', async () => {
  const cluster = await Palisade.open();
  const namespace = await cluster.namespace('bundle');
  const log = join(plain, 'operator.log');
  await using stage = await openScanStage();
  await push(stage.registry, 'bundle/app', await image({ layers: [HARMLESS] }), '1.0');
  const flags = {
    trivy: stage.trivy,
    'trivy-db-repository': await pushDatabase(stage.registry, stage.database),
    'allowed-registries': stage.registry.host,
  };
  const operator = await OperatorProcess.start({
    kubeconfig: cluster.operatorKubeconfig,
    namespaces: [namespace],
    log,
    flags,
    command: [process.execPath, join(plain, 'palisade.js')],
  });
  try {
    await cluster.apply(namespace, 'web', { network: { isolate: ['Ingress'] }, podSecurity: { level: 'restricted' } });
    await cluster.ready(namespace, 'web');
    assert.is((await cluster.names(KINDS.NetworkPolicy, namespace)).length, 1);
    // Its threads are texts in the bundle.
    await cluster.admin.create(IMAGE_SCAN, scanOf(`${stage.registry.host}/bundle/app:1.0`), { namespace });
    const summary = async () => (await cluster.admin.get<ImageScan>(IMAGE_SCAN, 'all', namespace)).status?.summary;
    await until('an image is scanned', async () => (await summary())?.scanned === 1, 120_000);
    await cluster.deletePolicy(namespace, 'web');
    await until(
      'it is withdrawn',
      async () => (await cluster.names(CONTAINER_SECURITY_POLICY, namespace)).length === 0,
    );
  } finally {
    await operator.stop();
    await cluster.close();
  }
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  const levels = lines.map((line) => (JSON.parse(line) as { level: string }).level);
  assert.equal([...new Set(levels)], ['info']);
});

test.run();
