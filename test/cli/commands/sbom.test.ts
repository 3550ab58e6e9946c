// suite: tools
// needs: scanner
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { push } from '../../../hack/images/push.ts';
import { palisadeScript } from '../../../hack/program.ts';
import { startRegistry } from '../../../hack/registry/start.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { readFramed } from '../../../src/scan/scanner/analysis/job/framed-result.ts';
import { cycloneDxValidator } from '../../scan/report/schemas.ts';

const account = { username: 'robot', password: 'sesame' };
const registry = await startRegistry({ account });
const trivy = await findTrivy();
const root = await mkdtemp(join(tmpdir(), 'palisade-cli-'));
const app = await image({ layers: [alpine('3.20.3', [{ name: 'openssl', version: '3.3.2-r0' }])] });
const reference = `${registry.host}/team/app@${await push(registry, 'team/app', app)}`;

const sbom = suite('palisade sbom');
sbom.after(async () => {
  await registry.stop();
  await rm(root, { recursive: true });
});

const palisade = async (...args: string[]) => {
  const TMPDIR = join(root, 'tmp');
  await mkdir(TMPDIR, { recursive: true });
  const env = { PATH: '', TMPDIR, PALISADE_TRIVY: trivy, PALISADE_ALLOWED_REGISTRIES: registry.host };
  const child = spawn(process.execPath, [palisadeScript, 'sbom', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const [status] = await new Promise<[number | null]>((resolve) => {
    if (child.exitCode !== null) resolve([child.exitCode]);
    child.once('exit', (code) => resolve([code]));
  });
  assert.equal(await readdir(TMPDIR), [], 'nothing is left behind');
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
};

/** As docker login would have written it. */
const login = async (name: string, password: string): Promise<string> => {
  const directory = join(root, name);
  await mkdir(directory);
  const auth = Buffer.from(`robot:${password}`).toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  return directory;
};

sbom('prints the SBOM, and nothing else', async () => {
  const { status, stdout, stderr } = await palisade(reference, '--docker-config', await login('good', 'sesame'));
  assert.equal([status, stderr], [0, '']);
  assert.is(await (await cycloneDxValidator())(JSON.parse(stdout)), '');
  const { bomFormat, metadata, components, serialNumber } = JSON.parse(stdout) as {
    bomFormat: string;
    serialNumber: string;
    metadata: { timestamp: string; component: { name: string; purl: string } };
    components: { name: string; version: string }[];
  };
  assert.equal([bomFormat, metadata.component.name], ['CycloneDX', reference]);
  const query = `arch=amd64&repository_url=${encodeURIComponent(`${registry.host}/team/app`)}`;
  assert.is(metadata.component.purl, `pkg:oci/app@${encodeURIComponent(app.digest)}?${query}`);
  assert.match(serialNumber, /^urn:uuid:[0-9a-f-]{36}$/);
  assert.ok(Number.isFinite(Date.parse(metadata.timestamp)));
  assert.equal(components.map(({ name, version }) => `${name} ${version}`).sort(), [
    'alpine 3.20.3',
    'openssl 3.3.2-r0',
  ]);
});

sbom('prints CycloneDX 1.7 and SPDX on request', async () => {
  const config = await login('formats', 'sesame');
  const bom = JSON.parse((await palisade(reference, '--docker-config', config, '-o', 'cyclonedx-1.7')).stdout);
  assert.equal([bom.specVersion, await (await cycloneDxValidator('1.7'))(bom)], ['1.7', '']);
  const spdx = JSON.parse((await palisade(reference, '--docker-config', config, '-o', 'spdx')).stdout);
  assert.equal([spdx.spdxVersion, spdx.name], ['SPDX-2.3', reference]);
});

sbom('ends with 1 and a line that begins with the reason, without the password', async () => {
  const config = await login('bad', 'guess');
  const { status, stdout, stderr } = await palisade(reference, '--docker-config', config);
  assert.equal([status, stdout], [1, '']);
  assert.match(stderr, /^Unauthorized: [^\n]+\n$/);
  assert.not.match(stderr, 'guess');
  const framed = await palisade('-o', 'analysis', '--docker-config', config, '--', reference);
  assert.is(framed.status, 1);
  const { reason, message } = readFramed(framed.stdout, 1e6) as unknown as { reason: string; message: string };
  assert.is(`${reason}: ${message}\n`, framed.stderr);
});

sbom('pairs references with docker configs: the first that can be pulled counts', async () => {
  const [good, bad] = [await login('second', 'sesame'), await login('first', 'guess')];
  const configs = ['none', bad, good].flatMap((directory) => ['--docker-config', directory]);
  const { status } = await palisade(...configs, reference, reference, reference);
  assert.is(status, 0);
});

for (const [args, line] of [
  [
    [`r.io/app:1`],
    'palisade: "r.io/app:1" is not an image reference with a digest: use a form such as registry.example.com/app@sha256:…',
  ],
  [
    ['--', '--privileged'],
    'palisade: "--privileged" is not an image reference with a digest: use a form such as registry.example.com/app@sha256:…',
  ],
  [
    [`r.io/app@sha256:${'a'.repeat(64)}`, `r.io/app@sha256:${'b'.repeat(64)}`],
    'palisade: the references have different digests: pass references to one image',
  ],
  [
    [reference, '--platform', 'arm'],
    'palisade: --platform: "arm" is not a platform: write os/architecture or os/architecture/variant',
  ],
  [[reference, '--scan-memory', '1'], 'palisade: --scan-memory: "1" is not a size: use a form such as 512Mi or 4Gi'],
  [
    [reference, reference, reference, '--docker-config', '/a', '--docker-config', '/b'],
    'palisade: --docker-config: pass it once, or once for each reference',
  ],
] as const) {
  sbom(`wrong: ${line}`, async () => {
    assert.equal(await palisade(...args), { status: 2, stdout: '', stderr: `${line}\n` });
  });
}

sbom('a docker config that cannot be read is reported without its content', async () => {
  const directory = join(root, 'broken');
  await mkdir(directory);
  await writeFile(join(directory, 'config.json'), '{"auths": "sesame');
  const { status, stderr } = await palisade(reference, '--docker-config', directory);
  assert.is(status, 1);
  assert.is(
    stderr,
    `Unauthorized: ${directory}/config.json is not the JSON that docker login writes: {"auths": {"registry.example.com": {"auth": "…"}}}\n`,
  );
  const { stderr: absent } = await palisade(reference, '--docker-config', '/nowhere');
  assert.is(
    absent,
    'Unauthorized: /nowhere/config.json cannot be read (ENOENT): pass a directory that contains config.json\n',
  );
});

sbom.run();
