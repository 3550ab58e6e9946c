import { getSystemErrorMessage } from 'node:util';

/** A failed operation of the report store. The message names the file, the cause and the cure, on one line. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

const CURES: Readonly<Record<string, string>> = {
  ENOSPC: 'free space there, or set --report-dir to a directory on a larger volume',
  EFBIG: 'raise the limit on the size of files, or set --report-dir to a directory without one',
  EACCES: "let the operator's user read and write there, or set --report-dir to another directory",
  EPERM: "let the operator's user read and write there, or set --report-dir to another directory",
  EROFS: 'mount it writable, or set --report-dir to another directory',
  EMFILE: 'raise the limit on open files',
  ENFILE: 'raise the limit on open files',
  EISDIR: 'remove the directory that has this name',
  ENOTDIR: 'set --report-dir to a directory',
  EEXIST: 'set --report-dir to a directory',
  ENOENT: 'create the directory again, or restart the operator',
};
const OTHERWISE = 'check that --report-dir is a directory on a working volume';

/** The error for a failed system call. @param done what could not be done to the file, as in `written` */
export function storeError(path: string, done: string, cause: unknown): StoreError {
  const { code = '', errno, message } = cause as NodeJS.ErrnoException;
  const why = errno === undefined ? message : getSystemErrorMessage(errno);
  return new StoreError(`${path} cannot be ${done} (${why}): ${CURES[code] ?? OTHERWISE}`, { cause });
}
