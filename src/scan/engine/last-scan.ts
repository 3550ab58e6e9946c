/** The last scan of an image, or lookup of a tag. Times are milliseconds since 1970, by the machine's clock as it is now. */
export interface LastScan {
  /** When that last succeeded. */
  readonly scannedAt?: number;
  /** With which database, as a databaseKey. */
  readonly database?: string;
  /** When the last try failed, unless one succeeded since. */
  readonly failedAt?: number;
  /** When the last try began, if it ended since the operator started; by the monotonic clock. */
  readonly triedAt?: number;
}
