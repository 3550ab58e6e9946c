import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { recipeHash } from '../../hack/binaries/build.ts';
import { thisPlatform } from '../../hack/binaries/platform.ts';
import { checksumOf } from '../../hack/binaries/release.ts';
import { findTrivy, versionIn } from '../../hack/trivy/find.ts';
import { trivySource } from '../../hack/trivy/source.ts';
import { temporaryDirectory } from './directory.ts';
import { releaseServer } from './release-server.ts';

const { os, arch } = thisPlatform();
const patience = { answer: 1_000, stall: 1_000, total: 20_000 };
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

/** A program that responds as `trivy version` does. */
async function fakeTrivy(directory: string, answer: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'trivy');
  await writeFile(path, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o755 });
  return path;
}

/** The messages for users while `work` runs. */
async function said<T>(work: () => Promise<T>): Promise<[T, string]> {
  const { write } = process.stderr;
  let text = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    return [await work(), text];
  } finally {
    process.stderr.write = write;
  }
}

async function build(): Promise<Map<'trivy', string>> {
  throw new Error('nothing may be built');
}

test('Trivy on the PATH is used without a message', async () => {
  await using directory = await temporaryDirectory();
  const path = await fakeTrivy(join(directory.path, 'bin'), '{"Version":"0.74.0"}');
  const environment = { PATH: `/nowhere::${join(directory.path, 'bin')}`, XDG_CACHE_HOME: directory.path };
  assert.equal(await said(() => findTrivy({ environment, build })), [path, '']);
});

const unusable: [what: string, answer: string, why: string][] = [
  [
    'a malicious one',
    '{"Version":"0.69.4"}',
    'Trivy 0.69.4 is malicious (GHSA-69fq-xp46-6x23, CVE-2026-33634): remove it, replace every credential that it could read, and use 0.74.0',
  ],
  ['an old one', '{"Version":"0.50.1"}', 'Trivy 0.50.1 is too old: use 0.68.0 or later, such as 0.74.0'],
  ['another program of that name', 'Trivial 1.0', 'it does not say its version, but "Trivial 1.0\\n"'],
];

for (const [what, answer, why] of unusable) {
  test(`${what} on the PATH is skipped, with a message that says why`, async () => {
    await using directory = await temporaryDirectory();
    const bad = await fakeTrivy(join(directory.path, 'bad'), answer);
    const good = await fakeTrivy(join(directory.path, 'good'), '{"Version":"0.74.0"}');
    const environment = { PATH: `${join(directory.path, 'bad')}:${join(directory.path, 'good')}` };
    assert.equal(await said(() => findTrivy({ environment, build })), [good, `not using ${bad}: ${why}\n`]);
  });
}

test('without Trivy the release is downloaded, verified and kept', async () => {
  await using directory = await temporaryDirectory();
  await fakeTrivy(join(directory.path, 'upstream'), '{"Version":"0.74.0"}');
  const packed = join(directory.path, 'trivy.tar.gz');
  await promisify(execFile)('tar', ['-czf', packed, '-C', join(directory.path, 'upstream'), 'trivy']);
  const archive = await readFile(packed);
  const url = trivySource('').release?.('trivy', { os, arch })?.url ?? '';
  const files: Record<string, string | Buffer> = {
    [url]: archive,
    '/v0.74.0/trivy_0.74.0_checksums.txt': `${sha256('x')}  other\n${sha256(archive)}  ${url.split('/').at(-1)}\n`,
  };
  await using server = await releaseServer((request, response) => response.end(files[request.url ?? '']));
  const environment = { PATH: '/nowhere', XDG_CACHE_HOME: join(directory.path, 'cache') };
  const find = () => findTrivy({ environment, build, patience, mirror: server.url });
  const [path] = await said(find);
  assert.is(path, join(directory.path, `cache/palisade/trivy/trivy-0.74.0-${os}-${arch}-release`));
  assert.match(await readFile(path, 'utf8'), /0\.74\.0/);
  assert.equal(await said(find), [path, '']);
  assert.is(server.requests.length, 2);
});

test('a Trivy without a release for this machine is built with the required flags', async () => {
  await using directory = await temporaryDirectory();
  await using server = await releaseServer((_, response) => response.writeHead(404).end());
  const asked: unknown[] = [];
  const environment = { PATH: '/nowhere', XDG_CACHE_HOME: directory.path };
  const [path] = await said(() =>
    findTrivy({
      environment,
      patience,
      mirror: server.url,
      build: async ({ linkerFlags, environment: variables, packages }, wanted, scratch) => {
        asked.push({ linkerFlags, variables, packages, wanted });
        return new Map([['trivy', await fakeTrivy(scratch, '{"Version":"0.74.0"}')]]);
      },
    }),
  );
  const hash = await recipeHash(trivySource());
  assert.equal((await readdir(join(directory.path, 'palisade/trivy'))).sort(), [
    'lock',
    `trivy-0.74.0-${os}-${arch}-built-${hash}`,
  ]);
  assert.is(path, join(directory.path, `palisade/trivy/trivy-0.74.0-${os}-${arch}-built-${hash}`));
  assert.equal(asked, [
    {
      linkerFlags: '-s -w -X github.com/aquasecurity/trivy/pkg/version/app.ver=0.74.0',
      variables: { GOEXPERIMENT: 'jsonv2' },
      packages: { trivy: 'github.com/aquasecurity/trivy/cmd/trivy' },
      wanted: ['trivy'],
    },
  ]);
});

const releases: [os: string, arch: string, url: string | undefined][] = [
  ['linux', 'amd64', 'https://m/v0.74.0/trivy_0.74.0_Linux-64bit.tar.gz'],
  ['linux', 'arm64', 'https://m/v0.74.0/trivy_0.74.0_Linux-ARM64.tar.gz'],
  ['darwin', 'amd64', 'https://m/v0.74.0/trivy_0.74.0_macOS-64bit.tar.gz'],
  ['darwin', 'arm64', 'https://m/v0.74.0/trivy_0.74.0_macOS-ARM64.tar.gz'],
  ['win32', 'amd64', undefined],
];

for (const [system, architecture, url] of releases) {
  test(`the release for ${system}/${architecture}`, () => {
    const release = trivySource('https://m').release?.('trivy', { os: system, arch: architecture });
    assert.is(release?.url, url);
    if (url !== undefined) assert.is(release?.checksums, 'https://m/v0.74.0/trivy_0.74.0_checksums.txt');
  });
}

test('the recipe names the flags, the environment and our own code', async () => {
  const source = trivySource();
  const hashes = await Promise.all([
    recipeHash(source),
    recipeHash({ ...source, linkerFlags: '' }),
    recipeHash({ ...source, environment: {} }),
    recipeHash({ ...source, code: ['source.ts'] }),
  ]);
  assert.is(new Set(hashes).size, 4);
});

const digest = 'a'.repeat(64);
const published: [what: string, text: string, sha256: string | undefined][] = [
  ['alone', `${digest}\n`, digest],
  ['as sha256sum prints it', `${digest}  f.tar.gz\n`, digest],
  ['among others', `${'b'.repeat(64)}  e\n${digest}  f.tar.gz\n${'c'.repeat(64)}  f.tar.gz.sig`, digest],
  ['of another file only', `${'b'.repeat(64)}  e\n${'c'.repeat(64)}  g\n`, undefined],
  ['of another file that ends alike', `${'b'.repeat(64)}  other-f.tar.gz\n${'c'.repeat(64)}  g\n`, undefined],
  ['too short', 'abc', undefined],
  ['in an error page', '<html>\n</html>', undefined],
  ['nowhere', '', undefined],
];

for (const [what, text, expected] of published) {
  test(`a checksum ${what}`, () => assert.is(checksumOf('f.tar.gz', text), expected));
}

test('the version is read from JSON only', () => {
  assert.is(versionIn('{"Version":"0.74.0","VulnerabilityDB":{}}'), '0.74.0');
  for (const output of ['', 'Version: 0.74.0', '{}', '{"Version":74}', 'null']) {
    assert.throws(() => versionIn(output), /does not say its version/);
  }
});

test.run();
