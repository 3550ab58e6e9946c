import { type ImageId, imageKey } from '../image.ts';

/** An image to scan, once for all ImageScans. */
interface ImageTarget {
  readonly kind: 'image';
  readonly id: ImageId;
}

/** The image of containers whose node reports no more than its ID. */
export interface ImageById {
  /** The digest of the image's configuration, which is the ID that runtimes give it. */
  readonly config: string;
  readonly platform: string;
}

/** A reference of one ImageScan, whose digest is to be looked up. */
export interface TagTarget {
  readonly kind: 'tag';
  /** `namespace/name` of the ImageScan. Each uses its own credentials: without access to an image it gets no results of it. */
  readonly scan: string;
  readonly reference: string;
  /** The reference counts only while it is this image. */
  readonly runs?: ImageById;
}

/** An item of work of the engine. */
export type ScanTarget = ImageTarget | TagTarget;

export const imageTarget = (id: ImageId): ImageTarget => ({ kind: 'image', id });

export const tagTarget = (scan: string, reference: string, runs?: ImageById): TagTarget => ({
  kind: 'tag',
  scan,
  reference,
  ...(runs !== undefined && { runs }),
});

/** One text for each target: a digest has a colon before its first slash, and the name of an ImageScan has none. */
export const targetKey = (target: ScanTarget): string => {
  if (target.kind === 'image') return imageKey(target.id);
  const { scan, reference, runs } = target;
  return runs === undefined ? `${scan} ${reference}` : `${scan} ${reference} ${runs.config}@${runs.platform}`;
};

/** The fields of log lines about the target of a key. An image belongs to every ImageScan that covers it, so it names none. */
export const logFields = (key: string): { imageScan?: string; image: string } => {
  const space = key.indexOf(' ');
  return space < 0 ? { image: key } : { imageScan: key.slice(0, space), image: key.slice(space + 1) };
};
