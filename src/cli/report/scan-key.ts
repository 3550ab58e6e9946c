import { UsageError } from '../errors.ts';

export interface ScanKey {
  readonly namespace: string;
  readonly name: string;
}

const KEY = /^(?<namespace>[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/(?<name>[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/** No reference of an image to pull: those have a digest. */
export const isScanKey = (text: string): boolean => KEY.test(text);

/** Reads `namespace/name`. @throws UsageError */
export const parseScanKey = (text: string): ScanKey => {
  const { namespace, name } = KEY.exec(text)?.groups ?? {};
  if (namespace === undefined || name === undefined) {
    throw new UsageError(`"${text}" is not the name of an ImageScan: use NAMESPACE/NAME, as in payments/nightly`);
  }
  return { namespace, name };
};
