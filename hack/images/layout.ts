import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from './content.ts';

/** Writes an OCI image layout into a new directory. */
export async function writeLayout(directory: string, what: Content): Promise<void> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  await writeBlobs(blobs, what);
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [what.manifest.descriptor],
  };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

async function writeBlobs(blobs: string, { manifest, blobs: own, children }: Content): Promise<void> {
  for (const { data, descriptor } of [manifest, ...own]) {
    await writeFile(join(blobs, descriptor.digest.slice('sha256:'.length)), data);
  }
  for (const child of children) await writeBlobs(blobs, child);
}
