import { ScanError } from '../scan-error.ts';

/** An error on its way between threads, which keeps neither its class nor its fields by itself. */
export interface ThreadError {
  readonly message: string;
  readonly stack?: string;
  readonly scan?: Pick<ScanError, 'reason' | 'retryAfterMs' | 'registry'>;
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
});

export const fromThread = ({ message, stack, scan }: ThreadError): Error => {
  const error = scan === undefined ? new Error(message) : new ScanError(scan.reason, message, scan);
  return Object.assign(error, stack === undefined ? {} : { stack });
};
