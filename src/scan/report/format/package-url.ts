import { parseReference } from '../../../api/image-reference.ts';
import { repositoryOf } from '../../../api/repository-pattern.ts';
import type { Finding } from '../../findings/finding.ts';

const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A package URL of which every character may stand in a URI. */
const WELL_FORMED = /^pkg:[a-zA-Z][a-zA-Z0-9.+-]*\/(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#@!$&'()*+,;=-])+$/;

/** The scanner's package URL, or a `generic` one. */
export const packagePurl = ({ purl, package: name, installed }: Finding): string => {
  if (purl !== undefined && WELL_FORMED.test(purl)) return purl;
  return `pkg:generic/${encode(name) || 'unknown'}${installed === '' ? '' : `@${encode(installed)}`}`;
};

/** The identity of an image. */
interface ImageIdentity {
  readonly reference: string;
  readonly digest?: string;
  /** `linux/amd64`. */
  readonly platform: string;
}

/** `pkg:oci/app@sha256%3A…?arch=amd64&repository_url=…`, as purl-spec's types/oci-definition says. */
export const imagePurl = ({ reference, digest, platform }: ImageIdentity): string => {
  const repository = parseReference(reference);
  const name = repository?.repository.split('/').at(-1) ?? 'image';
  const architecture = platform.split('/')[1];
  const qualifiers = [
    ...(architecture ? [`arch=${encode(architecture)}`] : []),
    ...(repository ? [`repository_url=${encode(repositoryOf(repository))}`] : []),
  ];
  const version = digest === undefined ? '' : `@${encode(digest)}`;
  return `pkg:oci/${encode(name)}${version}${qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''}`;
};
