import type { ImageId } from '../image.ts';
import type { SbomFormat } from '../scanner/scanner.ts';
import { asBuffer } from '../threads/bytes.ts';
import { toJsonText } from './format/json-text.ts';
import { imagePurl } from './format/package-url.ts';

/** The values of `palisade sbom -o` for SBOMs. */
export const SBOM_FORMATS = ['cyclonedx', 'cyclonedx-1.7', 'spdx'] as const;
export type SbomDocumentFormat = (typeof SBOM_FORMATS)[number];

export const SBOM_MEDIA_TYPES: Readonly<Record<SbomDocumentFormat, string>> = {
  cyclonedx: 'application/vnd.cyclonedx+json; version=1.6',
  'cyclonedx-1.7': 'application/vnd.cyclonedx+json; version=1.7',
  spdx: 'application/spdx+json',
};

/** What Trivy is asked for. */
export const trivyFormat = (format: SbomDocumentFormat): SbomFormat => (format === 'spdx' ? 'spdx-json' : 'cyclonedx');

export interface SbomDocumentInput {
  /** As Trivy writes it. */
  readonly sbom: Uint8Array;
  readonly format: SbomDocumentFormat;
  readonly image: ImageId;
  /** As the pod or the user has it. */
  readonly reference: string;
}

interface Bom {
  readonly metadata?: { readonly component?: object };
}

/**
 * SPDX as Trivy writes it. CycloneDX of the requested version, about the image by its package URL. No string of an image
 * steers a terminal.
 */
export const toSbomDocument = ({ sbom, format, image, reference }: SbomDocumentInput): Uint8Array => {
  const document = JSON.parse(asBuffer(sbom).toString()) as Bom;
  if (format === 'spdx') return Buffer.from(toJsonText(document, 2));
  const version = format === 'cyclonedx' ? '1.6' : '1.7';
  const { metadata = {}, ...rest } = document;
  // Trivy writes nothing that only one of the versions has.
  const bom = {
    ...rest,
    $schema: `http://cyclonedx.org/schema/bom-${version}.schema.json`,
    specVersion: version,
    metadata: { ...metadata, component: { ...metadata.component, purl: imagePurl({ reference, ...image }) } },
  };
  return Buffer.from(toJsonText(bom, 2));
};
