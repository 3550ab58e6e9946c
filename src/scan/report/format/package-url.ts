import { parseReference } from '../../../api/image-reference.ts';
import { repositoryOf } from '../../../api/repository-pattern.ts';
import type { Finding } from '../../findings/finding.ts';

const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A package URL of which every character may stand in a URI. */
const WELL_FORMED = /^pkg:[a-zA-Z][a-zA-Z0-9.+-]*\/(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#@!$&'()*+,;=-])+$/;

/** The scanner's package URL, or a `generic` one. */
export const packagePurl = ({ purl, package: name, installed }: Finding): string => {
  if (purl !== undefined && WELL_FORMED.test(purl)) return purl;
  return `pkg:generic/${encode(name.trim()) || 'unknown'}${installed === '' ? '' : `@${encode(installed)}`}`;
};

/** The identity of an image. */
interface ImageIdentity {
  readonly reference: string;
  readonly digest?: string;
  /** `linux/amd64`. */
  readonly platform: string;
}

/**
 * The package URL in the spellings of scanners. go-vex, with which they match, requires every qualifier that is written,
 * byte for byte: without qualifiers it matches all. Trivy leaves an epoch out of the version, and Syft has it there.
 */
export const packagePurls = (finding: Finding): string[] => {
  const purl = packagePurl(finding);
  const [bare = purl] = purl.split(/[?#]/);
  const at = bare.lastIndexOf('@');
  const { installed } = finding;
  const withEpoch = /^\d+:/.test(installed) && at > 0 ? [`${bare.slice(0, at)}@${encode(installed)}`] : [];
  return [...new Set([purl, bare, ...withEpoch])];
};

const DOCKER_HUB = 'docker.io';

/** A package URL of type oci, as purl-spec's types/oci-definition says. */
const ociPurl = (repository: string | undefined, digest: string | undefined, architecture?: string): string => {
  const qualifiers = [
    ...(architecture ? [`arch=${encode(architecture)}`] : []),
    ...(repository ? [`repository_url=${encode(repository)}`] : []),
  ];
  const name = repository?.split('/').at(-1) ?? 'image';
  const version = digest === undefined ? '' : `@${encode(digest)}`;
  return `pkg:oci/${encode(name)}${version}${qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''}`;
};

/** `pkg:oci/app@sha256%3A…?arch=amd64&repository_url=…` */
export const imagePurl = ({ reference, digest, platform }: ImageIdentity): string => {
  const repository = parseReference(reference);
  return ociPurl(repository && repositoryOf(repository), digest, platform.split('/')[1]);
};

/**
 * The package URLs of an image as a product of OpenVEX, in the spellings of scanners. Without an architecture, which grype
 * does not have. Trivy and grype call Docker Hub index.docker.io, and purl-spec calls it docker.io.
 */
export const productPurls = ({ reference, digest }: Omit<ImageIdentity, 'platform'>): string[] => {
  const parsed = parseReference(reference);
  if (parsed === undefined) return [ociPurl(undefined, digest)];
  const spellings =
    parsed.registry === DOCKER_HUB ? [parsed, { ...parsed, registry: `index.${DOCKER_HUB}` }] : [parsed];
  return spellings.map((spelling) => ociPurl(repositoryOf(spelling), digest));
};
