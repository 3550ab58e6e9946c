import { readFile } from 'node:fs/promises';
import { blobFile, Layout, readLayout } from '../../registry/layout.ts';
import type { Analysis, AnalysisParts } from './analysis.ts';

type Described = Pick<AnalysisParts, 'manifest' | 'config'>;

/** Reads the manifest and the configuration of an OCI layout with one image. */
export async function readDescribed(directory: string): Promise<Described> {
  const { descriptor, bytes, manifest } = await readLayout(directory);
  const { mediaType, digest } = descriptor;
  const { config } = manifest;
  return {
    manifest: { mediaType, digest, content: bytes },
    config: { digest: config.digest, content: await readFile(blobFile(directory, config.digest)) },
  };
}

/** Writes an OCI layout without layers. @throws ScanError; the signal's reason */
export async function writeBareLayout(
  directory: string,
  { manifest, config }: Pick<Analysis, 'manifest' | 'config'>,
  signal: AbortSignal,
): Promise<void> {
  const layout = new Layout(directory);
  await layout.begin();
  for (const { digest, content } of [manifest, config]) {
    const bytes = Buffer.from(content, 'base64');
    await layout.writeBlob({ mediaType: '', digest, size: bytes.length }, [bytes], signal);
  }
  const size = Buffer.byteLength(manifest.content, 'base64');
  await layout.finish({ mediaType: manifest.mediaType, digest: manifest.digest, size });
}
