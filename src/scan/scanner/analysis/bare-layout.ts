import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Layout } from '../../registry/layout.ts';
import type { Analysis, AnalysisParts } from './analysis.ts';

type Described = Pick<AnalysisParts, 'manifest' | 'config'>;

const blobFile = (directory: string, digest: string): string => join(directory, 'blobs', ...digest.split(':'));

/** Reads the manifest and the configuration of an OCI layout with one image. */
export async function readDescribed(directory: string): Promise<Described> {
  const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as {
    manifests: [{ mediaType: string; digest: string }];
  };
  const [{ mediaType, digest }] = index.manifests;
  const content = await readFile(blobFile(directory, digest));
  const { config } = JSON.parse(content.toString()) as { config: { digest: string } };
  return {
    manifest: { mediaType, digest, content },
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
