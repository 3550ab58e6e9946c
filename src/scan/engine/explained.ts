import { ScanError } from '../scan-error.ts';
import { StoreError } from '../store/store-error.ts';
import { TaskTooLarge } from '../threads/compute.ts';

/** A StoreError, such as a full disk, becomes the image's failure: its message has the cure. */
export const explained = async (key: string, scan: () => Promise<void>): Promise<void> => {
  try {
    await scan();
  } catch (error) {
    if (error instanceof TaskTooLarge) {
      const message = `${key}: its findings need more memory than one scan may have: use an image with fewer packages`;
      throw new ScanError('TooLarge', message, { cause: error });
    }
    if (!(error instanceof StoreError)) throw error;
    throw new ScanError('ScannerFailed', error.message, { cause: error });
  }
};
