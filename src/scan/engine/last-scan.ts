/** When an image was last scanned, or a tag last looked up. Times are milliseconds since 1970, as the machine's clock shows them now. */
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
