/** Exit statuses of commands. Commands that judge images use NOT_COMPLIANT, so that a pipeline can tell it from an error. */
export const EXIT_STATUS = {
  OK: 0,
  /** The input is invalid, or the command failed. */
  FAILED: 1,
  /** The command line is wrong. */
  BAD_USAGE: 2,
  /** Images are not compliant, or it is not known whether they are. */
  NOT_COMPLIANT: 3,
} as const;
