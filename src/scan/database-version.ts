import type { DatabaseVersion } from './scanner/scanner.ts';

/** One text for each database that can be told apart. */
export const databaseKey = ({ updatedAt, digest }: DatabaseVersion): string => digest ?? updatedAt;

/** Whether two are one: by their digests where both are known, else by their times. */
export const isSameDatabase = (a: DatabaseVersion, b: DatabaseVersion): boolean =>
  a.digest === undefined || b.digest === undefined ? a.updatedAt === b.updatedAt : a.digest === b.digest;
