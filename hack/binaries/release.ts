import { execFile } from 'node:child_process';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Downloader } from './download.ts';
import type { Release } from './source.ts';

const run = promisify(execFile);

/** Puts a program, checked against its published SHA-256, into an empty directory. @returns its path */
export async function downloadRelease(release: Release, downloader: Downloader, directory: string): Promise<string> {
  const file = basename(release.url);
  const published = checksumOf(file, await downloader.text(release.checksums));
  if (published === undefined) throw new Error(`${release.checksums} has no SHA-256 for ${file}`);
  const downloaded = join(directory, file);
  await downloader.file(release.url, published, downloaded);
  const program = release.member === undefined ? downloaded : await unpack(downloaded, release.member, directory);
  await chmod(program, 0o755);
  return program;
}

/** The SHA-256 of a file in what upstream publishes: a lone digest, or the output of sha256sum. */
export function checksumOf(file: string, published: string): string | undefined {
  const lines = published.trim().split('\n');
  const line = lines.length === 1 ? lines[0] : lines.find((entry) => entry.endsWith(` ${file}`));
  return /^([0-9a-f]{64})( |$)/.exec(line?.trim() ?? '')?.[1];
}

async function unpack(archive: string, member: string, directory: string): Promise<string> {
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  await run('tar', ['-xf', archive, '-C', unpacked, member]);
  const program = join(directory, basename(member));
  await rename(join(unpacked, member), program);
  return program;
}
