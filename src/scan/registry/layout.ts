import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { printableAscii } from '../../text/printable.ts';
import { makeDirectory } from '../make-directory.ts';
import { ScanError } from '../scan-error.ts';
import { type Descriptor, type ImageManifest, readManifest } from './manifest.ts';
import { unpackedDigest } from './unpacked.ts';

const OWNER_ONLY = 0o600;
const LAYOUT_FILE = 'oci-layout';
const INDEX_FILE = 'index.json';
const BLOBS = 'blobs';

const diskError = (error: unknown, directory: string): unknown => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof ScanError || typeof code !== 'string') return error;
  const cure = code === 'ENOSPC' || code === 'EDQUOT' ? 'give the operator more scratch space' : 'check its volume';
  return new ScanError('ScannerFailed', `${directory} cannot be written (${code}): ${cure}`, { cause: error });
};

/** The file of a blob in a layout. */
export const blobFile = (directory: string, digest: string): string => join(directory, BLOBS, ...digest.split(':'));

/** Reads the manifest of a complete layout, as container runtimes do. */
export async function readLayout(
  directory: string,
): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer; readonly manifest: ImageManifest }> {
  const { manifests } = JSON.parse(await readFile(join(directory, INDEX_FILE), 'utf8')) as { manifests: [Descriptor] };
  const [descriptor] = manifests;
  const bytes = await readFile(blobFile(directory, descriptor.digest));
  return { descriptor, bytes, manifest: readManifest(bytes, descriptor.digest) as ImageManifest };
}

/** An OCI image layout (image-spec, image-layout.md) with one image, being written. It is complete when `finish` has returned. */
export class Layout {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Creates an empty layout, in place of an earlier one. @throws ScanError ScannerFailed */
  async begin(): Promise<void> {
    await this.remove();
    await this.#write(() => makeDirectory(join(this.#directory, BLOBS, 'sha256')));
  }

  /** @param content checks itself and throws when it is wrong @throws ScanError ScannerFailed, or what `content` throws */
  async writeBlob(
    { digest }: Descriptor,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const file = blobFile(this.#directory, digest);
    await this.#write(() => pipeline(content, createWriteStream(file, { flags: 'wx', mode: OWNER_ONLY }), { signal }));
  }

  /**
   * Checks that a layer has the content that its configuration names, as container runtimes do: a scanner does not.
   * @param what names the image in messages
   * @throws ScanError DamagedImage, ScannerFailed; the signal's reason
   */
  async checkUnpacked({ digest }: Descriptor, diffId: string, what: string, signal: AbortSignal): Promise<void> {
    const found = await this.#write(() => this.#unpackedDigest(digest, signal));
    if (found === diffId) return;
    const how =
      found === undefined
        ? 'cannot be unpacked'
        : `has content of digest ${found} where the configuration has ${printableAscii(diffId) || 'none'}`;
    throw new ScanError('DamagedImage', `${what}: layer ${digest} ${how}: build the image again`);
  }

  /** undefined: it cannot be unpacked. */
  async #unpackedDigest(digest: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await unpackedDigest(blobFile(this.#directory, digest), signal);
    } catch (error) {
      if (/^(Z_|ZSTD_)/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }

  /** The index comes last: without it no reader takes the directory for an image. @throws ScanError ScannerFailed */
  async finish({ mediaType, digest, size }: Descriptor): Promise<void> {
    const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size }] };
    await this.#write(() => this.#writeJson(LAYOUT_FILE, { imageLayoutVersion: '1.0.0' }));
    await this.#write(() => this.#writeJson(INDEX_FILE, index));
  }

  async remove(): Promise<void> {
    for (const name of [INDEX_FILE, LAYOUT_FILE, BLOBS]) {
      await this.#write(() => rm(join(this.#directory, name), { recursive: true, force: true }));
    }
  }

  async #writeJson(name: string, content: object): Promise<void> {
    await writeFile(join(this.#directory, name), JSON.stringify(content), { mode: OWNER_ONLY });
  }

  async #write<Result>(step: () => Promise<Result>): Promise<Result> {
    try {
      return await step();
    } catch (error) {
      throw diskError(error, this.#directory);
    }
  }
}
