import type { Credentials } from './registry/credentials.ts';

/** The subject of one scan: an image as it runs on one platform. */
export interface ImageId {
  /** `sha256:` and 64 hexadecimal digits; of an index too, since that is what a node reports. */
  readonly digest: string;
  /** As Trivy and OCI write it: `linux/amd64`, `linux/arm/v7`. */
  readonly platform: string;
}

/** One text for each image, as in `sha256:…@linux/amd64`. */
export const imageKey = ({ digest, platform }: ImageId): string => `${digest}@${platform}`;

/** Where an image can be pulled from. */
export interface Repository {
  /** Host, with its port if it has one; `docker.io` for Docker Hub. */
  readonly registry: string;
  /** Path within the registry, as in `library/nginx`. */
  readonly repository: string;
  /** Only a node names it, and the pod another one: an image that was loaded into a node may have any name there. */
  readonly reported?: true;
}

/** One repository to pull an image from, and the credentials for it. */
export interface ImageSource extends Repository {
  /** Absent: anonymously. */
  readonly credentials?: Credentials;
}
