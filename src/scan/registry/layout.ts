import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ScanError } from '../scan-error.ts';
import type { Descriptor } from './manifest.ts';

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

/** An OCI image layout (image-spec, image-layout.md) with one image, being written. It is complete when `finish` has returned. */
export class Layout {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Creates an empty layout, in place of an earlier one. @throws ScanError ScannerFailed */
  async begin(): Promise<void> {
    await this.remove();
    await this.#write(() => mkdir(join(this.#directory, BLOBS, 'sha256'), { recursive: true, mode: 0o700 }));
  }

  /** @param content checks itself and throws when it is wrong @throws ScanError ScannerFailed, or what `content` throws */
  async writeBlob(
    { digest }: Descriptor,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const file = join(this.#directory, BLOBS, ...digest.split(':'));
    await this.#write(() => pipeline(content, createWriteStream(file, { flags: 'wx', mode: OWNER_ONLY }), { signal }));
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

  async #write(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      throw diskError(error, this.#directory);
    }
  }
}
