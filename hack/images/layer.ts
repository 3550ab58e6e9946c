import { gzipSync } from 'fflate';
import { packTar, type TarEntry, type TarHeader } from 'modern-tar';

/** A file of an image. */
export interface File {
  readonly data?: string | Uint8Array;
  /** Default 0o644. */
  readonly mode?: number;
  /** Default file. */
  readonly type?: NonNullable<TarHeader['type']>;
  readonly linkname?: string;
}

/** By path, without a leading slash; only text or bytes for an ordinary file. */
export type Files = Readonly<Record<string, string | Uint8Array | File>>;

const epoch = new Date(0);

/** A layer's archive: always the same bytes for the same files. */
export async function tar(files: Files): Promise<Buffer> {
  return Buffer.from(await packTar(Object.entries(files).map(([name, file]) => entryOf(name, file))));
}

/** Not Node's zlib, whose bytes differ between processors. */
export function gzip(data: Uint8Array): Buffer {
  return Buffer.from(gzipSync(data, { mtime: 0 }));
}

function entryOf(name: string, value: string | Uint8Array | File): TarEntry {
  const file: File = typeof value === 'string' || value instanceof Uint8Array ? { data: value } : value;
  const { data = '', mode = 0o644, type = 'file', linkname } = file;
  const body = Buffer.from(data);
  const header = { name, size: body.length, mtime: epoch, mode, type, ...(linkname !== undefined && { linkname }) };
  return { header, body };
}
