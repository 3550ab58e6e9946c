import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { thisPlatform } from '../../hack/binaries/platform.ts';
import type { Source } from '../../hack/binaries/source.ts';
import { type BinaryOptions, findBinaries } from '../../hack/controlplane/binaries.ts';
import type { Component } from '../../hack/controlplane/components.ts';
import { temporaryDirectory } from './directory.ts';
import { type ReleaseServer, releaseServer } from './release-server.ts';

const { os, arch } = thisPlatform();
const kubernetesPath = `/v1.36.3/bin/${os}/${arch}`;
const etcdName = `etcd-v3.6.16-${os}-${arch}`;
const patience = { answer: 1_000, stall: 1_000, total: 20_000 };

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

/** Serves what upstream serves; `broken` names the file whose bytes do not match its checksum. */
async function upstream(scratch: string, broken?: string): Promise<ReleaseServer> {
  await mkdir(join(scratch, etcdName));
  await writeFile(join(scratch, etcdName, 'etcd'), 'released etcd');
  const packed = join(scratch, 'etcd.tar.gz');
  await promisify(execFile)('tar', ['-czf', packed, '-C', scratch, etcdName]);
  const archive = await readFile(packed);
  const files: Record<string, string | Buffer> = {
    [`/v3.6.16/${etcdName}.tar.gz`]: archive,
    '/v3.6.16/SHA256SUMS': `${sha256('other')}  other.zip\n${sha256(archive)}  ${etcdName}.tar.gz\n`,
  };
  for (const name of ['kube-apiserver', 'kube-controller-manager']) {
    files[`${kubernetesPath}/${name}`] = name === broken ? 'tampered' : `released ${name}`;
    files[`${kubernetesPath}/${name}.sha256`] = sha256(`released ${name}`);
  }
  return releaseServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else response.end(file);
  });
}

const nothing = () => releaseServer((_, response) => response.writeHead(404).end());

/** Stands in for go build and records its arguments. */
function builder() {
  const asked: string[] = [];
  const build = async (source: Source<Component>, wanted: readonly Component[], directory: string) => {
    asked.push(`${basename(source.module)}: ${wanted.join(' ')}`);
    const built = new Map<Component, string>();
    for (const component of wanted) {
      const file = join(directory, component);
      await writeFile(file, `built ${component}`);
      await chmod(file, 0o755);
      built.set(component, file);
    }
    return built;
  };
  return { asked, build };
}

async function contents(options: BinaryOptions): Promise<Record<string, string>> {
  const binaries = await findBinaries(options);
  const entries = Object.entries(binaries).map(async ([name, path]) => [name, await readFile(path, 'utf8')]);
  return Object.fromEntries(await Promise.all(entries));
}

const released = {
  etcd: 'released etcd',
  'kube-apiserver': 'released kube-apiserver',
  'kube-controller-manager': 'released kube-controller-manager',
};

test('KUBEBUILDER_ASSETS comes first', async () => {
  await using directory = await temporaryDirectory();
  for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager']) {
    await writeFile(join(directory.path, name), '', { mode: 0o755 });
  }
  assert.equal(await findBinaries({ environment: { KUBEBUILDER_ASSETS: directory.path } }), {
    etcd: join(directory.path, 'etcd'),
    'kube-apiserver': join(directory.path, 'kube-apiserver'),
    'kube-controller-manager': join(directory.path, 'kube-controller-manager'),
  });
});

test('KUBEBUILDER_ASSETS without a component is an error that names the component and the cure', async () => {
  await using directory = await temporaryDirectory();
  for (const name of ['etcd', 'kube-apiserver']) await writeFile(join(directory.path, name), '', { mode: 0o755 });
  const error = await findBinaries({ environment: { KUBEBUILDER_ASSETS: directory.path } }).catch((cause) => cause);
  assert.is(
    error.message,
    `KUBEBUILDER_ASSETS=${directory.path} has no executable kube-controller-manager: put it there, or unset KUBEBUILDER_ASSETS and it is downloaded or built (setup-envtest does not bring kube-controller-manager)`,
  );
});

test('a release is downloaded, verified and then found in the cache', async () => {
  await using directory = await temporaryDirectory();
  await using server = await upstream(directory.path);
  const { asked, build } = builder();
  const options = {
    environment: { XDG_CACHE_HOME: join(directory.path, 'cache') },
    mirrors: { kubernetes: server.url, etcd: server.url },
    patience,
    build,
  };
  assert.equal(await contents(options), released);
  const requests = server.requests.length;
  assert.is(requests, 6);
  assert.equal(await contents(options), released);
  assert.is(server.requests.length, requests);
  assert.equal(asked, []);
  assert.equal((await readdir(join(directory.path, 'cache/palisade/controlplane'))).sort(), [
    `etcd-v3.6.16-${os}-${arch}-release`,
    `kube-apiserver-v1.36.3-${os}-${arch}-release`,
    `kube-controller-manager-v1.36.3-${os}-${arch}-release`,
    'lock',
  ]);
});

test('a component without a download is built, once, and nothing else is left in the cache', async () => {
  await using directory = await temporaryDirectory();
  await using server = await nothing();
  const { asked, build } = builder();
  const options = {
    environment: { XDG_CACHE_HOME: directory.path },
    mirrors: { kubernetes: server.url, etcd: server.url },
    patience,
    build,
  };
  const built = {
    etcd: 'built etcd',
    'kube-apiserver': 'built kube-apiserver',
    'kube-controller-manager': 'built kube-controller-manager',
  };
  assert.equal(await contents(options), built);
  assert.equal(await contents(options), built);
  assert.equal(asked, ['kubernetes: kube-apiserver kube-controller-manager', 'etcd: etcd']);
  // One refused request per host is enough.
  assert.is(server.requests.length, 2);
  const names = (await readdir(join(directory.path, 'palisade/controlplane'))).sort();
  assert.equal(
    names.map((name) => name.replace(/[0-9a-f]{12}$/, 'HASH')),
    [
      `etcd-v3.6.16-${os}-${arch}-built-HASH`,
      `kube-apiserver-v1.36.3-${os}-${arch}-built-HASH`,
      `kube-controller-manager-v1.36.3-${os}-${arch}-built-HASH`,
      'lock',
    ],
  );
});

test('a tampered file is never used', async () => {
  await using directory = await temporaryDirectory();
  await using server = await upstream(directory.path, 'kube-controller-manager');
  const { asked, build } = builder();
  const found = await contents({
    environment: { XDG_CACHE_HOME: join(directory.path, 'cache') },
    mirrors: { kubernetes: server.url, etcd: server.url },
    patience,
    build,
  });
  assert.equal(found, { ...released, 'kube-controller-manager': 'built kube-controller-manager' });
  assert.equal(asked, ['kubernetes: kube-controller-manager']);
});

test('concurrent runs build once', async () => {
  await using directory = await temporaryDirectory();
  await using server = await nothing();
  const { asked, build } = builder();
  const options = {
    environment: { XDG_CACHE_HOME: directory.path },
    mirrors: { kubernetes: server.url, etcd: server.url },
    patience,
    build,
  };
  const [one, two] = await Promise.all([findBinaries(options), findBinaries(options)]);
  assert.equal(one, two);
  assert.match(basename(one.etcd), /^etcd-v3\.6\.16-/);
  assert.equal(asked, ['kubernetes: kube-apiserver kube-controller-manager', 'etcd: etcd']);
});

test('without go the error names the cure', async () => {
  await using directory = await temporaryDirectory();
  await using server = await nothing();
  const script = `
    import { findBinaries } from ${JSON.stringify(import.meta.resolve('../../hack/controlplane/binaries.ts'))};
    const mirrors = { kubernetes: ${JSON.stringify(server.url)}, etcd: ${JSON.stringify(server.url)} };
    await findBinaries({ mirrors }).catch((error) => console.log(error.message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: directory.path, XDG_CACHE_HOME: directory.path },
  });
  assert.is(
    stdout,
    'kube-apiserver and kube-controller-manager must be built from source, but the command "go" does not run (spawn go ENOENT): install Go 1.26 or later from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager\n',
  );
});

test.run();
