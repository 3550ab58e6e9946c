/** Which vulnerability database. */
export interface DatabaseVersion {
  /** RFC 3339. */
  readonly updatedAt: string;
  /** Of its manifest. Absent: a Trivy server's, which tells the time only, or that of a report from before it was kept. */
  readonly digest?: string;
}

/** A different text for each distinguishable database. */
export const databaseKey = ({ updatedAt, digest }: DatabaseVersion): string => digest ?? updatedAt;

/** Whether two are one: by their digests where both are known, else by their times. */
export const isSameDatabase = (a: DatabaseVersion, b: DatabaseVersion): boolean =>
  a.digest === undefined || b.digest === undefined ? a.updatedAt === b.updatedAt : a.digest === b.digest;

/** Trivy's database is rebuilt several times a day; an older one misses new vulnerabilities. */
export const DATABASE_OLD_MS = 7 * 86_400_000;

/** @param updatedAt RFC 3339 @param now milliseconds since 1970 */
export const isOldDatabase = (updatedAt: string, now: number): boolean => now - Date.parse(updatedAt) > DATABASE_OLD_MS;
