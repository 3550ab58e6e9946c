import type { ImageRow, ScanStatus } from '../../../api/imagescan.ts';

/** etcd stores at most 1.5 MiB per object, of which the spec alone can take 1 MiB. */
export const MAX_STATUS_BYTES = 400 * 1024;

const bytesOf = (status: ScanStatus): number => Buffer.byteLength(JSON.stringify(status));

const half = <T>(rows: readonly T[]): T[] => rows.slice(0, Math.floor(rows.length / 2));

const withoutAdvice = ({ advice = [], adviceOmitted = 0, ...row }: ImageRow): ImageRow => ({
  ...row,
  ...(advice.length > 0 && { adviceOmitted: adviceOmitted + advice.length }),
});

const withoutGapMessages = ({ coverage, ...row }: ImageRow): ImageRow => ({
  ...row,
  ...(coverage && { coverage: { ...coverage, gaps: coverage.gaps?.map(({ message: _, ...gap }) => gap) ?? [] } }),
});

/** In this order: first details that the spec has too, then those that the report has too. */
const CUTS: readonly ((status: ScanStatus) => ScanStatus)[] = [
  ({ exceptions = [], ...rest }) => ({
    ...rest,
    exceptions: exceptions.map(({ justification: _, ...row }) => row),
  }),
  ({ exceptions = [], ...rest }) => ({
    ...rest,
    exceptions: exceptions.map(({ package: _, image: __, ...row }) => row),
  }),
  ({ images = [], ...rest }) => ({ ...rest, images: images.map(withoutAdvice) }),
  ({ images = [], ...rest }) => ({ ...rest, images: images.map(withoutGapMessages) }),
  ({ images = [], imagesOmitted = 0, ...rest }) => ({
    ...rest,
    images: half(images),
    imagesOmitted: imagesOmitted + images.length - half(images).length,
  }),
];

/** Truncates a status until the API server stores it, however long its texts are. */
export const truncate = (status: ScanStatus): ScanStatus => {
  let fits = status;
  for (const cut of CUTS) {
    if (bytesOf(fits) <= MAX_STATUS_BYTES) break;
    fits = cut(fits);
  }
  return fits;
};
