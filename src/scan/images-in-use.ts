import type { ImageId } from './image.ts';
import type { ReportStore } from './store/report-store.ts';
import type { RecordedScan } from './store/scan-record.ts';

/**
 * Images whose reports and SBOMs are needed: those that ImageScans want, and those that ImageScans at rest had last, since a
 * suspended one is resumed some day.
 * @param isAtRest whether the ImageScan of a record is there, and wants nothing for now
 * @throws StoreError
 */
export const imagesInUse = async (
  wanted: readonly ImageId[],
  store: Pick<ReportStore, 'listScans' | 'readScan'>,
  isAtRest: (scan: RecordedScan) => boolean,
): Promise<ImageId[]> => {
  const images = [...wanted];
  for (const { namespace, name } of store.listScans().filter(isAtRest)) {
    const record = await store.readScan(namespace, name);
    images.push(...(record?.images ?? []).map(({ id }) => id));
  }
  return images;
};
