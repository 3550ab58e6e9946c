import { ACCEPTED_BY_DEFAULT, type ScanSpec, type UnknownKind } from '../../../api/imagescan.ts';

/** Packages of one kind that were matched. */
export interface PackageSource {
  /** In Trivy's words: debian, jar, node-pkg… */
  readonly type: string;
  readonly packages: number;
  /** As the database names them: debian 12, npm, maven… */
  readonly advisories: string;
}

/** Packages that were not matched. */
export interface CoverageGap {
  readonly kind: UnknownKind;
  /** Packages, or jars; absent: not known. */
  readonly count?: number;
  /** Cause and cure, one line. */
  readonly message: string;
}

/** The parts of an image that were matched with advisories, and those that were not. */
export interface Coverage {
  readonly sources: readonly PackageSource[];
  readonly gaps: readonly CoverageGap[];
}

/** Of a result that a release without coverage made. */
const NOT_KNOWN: CoverageGap = {
  kind: 'ScannerLimit',
  message: 'an older release of Palisade matched it and did not record what it looked at: the next scan records it',
};

/** The gaps that keep an image from being compliant. @param coverage undefined: not recorded */
export const unacceptedGaps = (
  coverage: Coverage | undefined,
  { acceptUnknown }: Pick<ScanSpec, 'acceptUnknown'>,
): readonly CoverageGap[] => {
  const accepted: readonly UnknownKind[] = acceptUnknown ?? ACCEPTED_BY_DEFAULT;
  return coverage === undefined ? [NOT_KNOWN] : coverage.gaps.filter(({ kind }) => !accepted.includes(kind));
};
