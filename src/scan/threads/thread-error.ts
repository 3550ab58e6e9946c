import { ReportTooLarge } from '../report/read.ts';
import { ScanError } from '../scan-error.ts';
import { StoreError } from '../store/store-error.ts';

/** An error on its way between threads, which keeps neither its class nor its fields by itself. */
export interface ThreadError {
  readonly message: string;
  readonly stack?: string;
  readonly scan?: Pick<ScanError, 'reason' | 'retryAfterMs' | 'registry'>;
  readonly name?: 'ReportTooLarge' | 'StoreError';
}

const fieldsOf = ({ reason, retryAfterMs, registry }: ScanError): NonNullable<ThreadError['scan']> => ({
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  ...(registry !== undefined && { registry }),
});

export const toThread = (error: Error): ThreadError => ({
  message: error.message,
  ...(error.stack !== undefined && { stack: error.stack }),
  ...(error instanceof ScanError && { scan: fieldsOf(error) }),
  ...(error instanceof ReportTooLarge && { name: error.name }),
  ...(error instanceof StoreError && { name: error.name }),
});

const errorOf = ({ message, scan, name }: ThreadError): Error => {
  if (scan !== undefined) return new ScanError(scan.reason, message, scan);
  if (name === 'ReportTooLarge') return new ReportTooLarge(message);
  return name === 'StoreError' ? new StoreError(message) : new Error(message);
};

export const fromThread = (error: ThreadError): Error =>
  Object.assign(errorOf(error), error.stack === undefined ? {} : { stack: error.stack });
