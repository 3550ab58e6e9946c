import { execFile } from 'node:child_process';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type Component, etcdVersion, kubernetesVersion } from './components.ts';
import type { Downloader } from './download.ts';
import type { Platform } from './platform.ts';

export interface Mirrors {
  kubernetes: string;
  etcd: string;
}

export const officialMirrors: Mirrors = {
  kubernetes: 'https://dl.k8s.io/release',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
};

const run = promisify(execFile);

/** Puts a component of the pinned upstream release, checked against its published SHA-256, into an empty directory. */
export async function downloadRelease(
  component: Component,
  platform: Platform,
  mirrors: Mirrors,
  downloader: Downloader,
  directory: string,
): Promise<string> {
  const target = join(directory, component);
  if (component === 'etcd') await downloadEtcd(platform, mirrors, downloader, directory, target);
  else await downloadKubernetes(component, platform, mirrors, downloader, target);
  await chmod(target, 0o755);
  return target;
}

async function downloadKubernetes(
  component: Component,
  { os, arch }: Platform,
  mirrors: Mirrors,
  downloader: Downloader,
  target: string,
): Promise<void> {
  const url = `${mirrors.kubernetes}/${kubernetesVersion}/bin/${os}/${arch}/${component}`;
  const published = await downloader.text(`${url}.sha256`);
  await downloader.file(url, checksum(published.trim(), `${url}.sha256`), target);
}

async function downloadEtcd(
  { os, arch }: Platform,
  mirrors: Mirrors,
  downloader: Downloader,
  directory: string,
  target: string,
): Promise<void> {
  const name = `etcd-${etcdVersion}-${os}-${arch}`;
  const archive = `${name}.${os === 'linux' ? 'tar.gz' : 'zip'}`;
  const base = `${mirrors.etcd}/${etcdVersion}`;
  const sums = `${base}/SHA256SUMS`;
  const line = (await downloader.text(sums)).split('\n').find((entry) => entry.endsWith(` ${archive}`));
  const packed = join(directory, archive);
  await downloader.file(`${base}/${archive}`, checksum(line?.split(' ')[0], `${sums} (${archive})`), packed);
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  await run('tar', ['-xf', packed, '-C', unpacked, `${name}/etcd`]);
  await rename(join(unpacked, name, 'etcd'), target);
}

function checksum(text: string | undefined, where: string): string {
  if (text !== undefined && /^[0-9a-f]{64}$/.test(text)) return text;
  throw new Error(`${where} has no SHA-256 for ${basename(where)}`);
}
