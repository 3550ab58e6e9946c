import { createHash } from 'node:crypto';

/** Of the OCI image specification. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Readonly<Record<string, string>>;
}

export interface Blob {
  readonly data: Buffer;
  readonly descriptor: Descriptor;
}

/** A manifest that can be pushed, with everything that it points to. */
export interface Content {
  readonly digest: string;
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
  /** Of an index. */
  readonly children: readonly Content[];
}

export function sha256(data: Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

export function blob(mediaType: string, data: Buffer, more: Partial<Descriptor> = {}): Blob {
  return { data, descriptor: { mediaType, digest: sha256(data), size: data.length, ...more } };
}

export function jsonBlob(mediaType: string, value: unknown, more: Partial<Descriptor> = {}): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)), more);
}

export function content(manifest: Blob, blobs: readonly Blob[], children: readonly Content[] = []): Content {
  return { digest: manifest.descriptor.digest, manifest, blobs, children };
}
