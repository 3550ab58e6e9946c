/** Limits of one run of the scanner. */
export interface ScanLimits {
  /** For the pull of an image and for the scanner each, milliseconds. */
  readonly timeMs: number;
  /** Memory of the scanner's process, bytes. Enforced on Linux only. */
  readonly memoryBytes: number;
  /** The layers of an image, compressed as they are pulled, bytes. */
  readonly imageBytes: number;
  /** The image and the scanner's temporary files together, bytes. */
  readonly diskBytes: number;
  /** An analysis or a report, uncompressed, bytes; read as a whole, it takes several times as much memory of the operator. */
  readonly outputBytes: number;
  /** Processor cores. */
  readonly processors: number;
  /** Interval at which the use of memory and disk is measured, milliseconds. */
  readonly pollMs: number;
}

const MiB = 2 ** 20;

/** The limits that no flag sets. */
export const fixedScanLimits: Pick<ScanLimits, 'outputBytes' | 'processors' | 'pollMs'> = {
  outputBytes: 32 * MiB,
  processors: 2,
  pollMs: 200,
};
