import { ACCEPTED_BY_DEFAULT, type ScanSpec, type UnknownKind } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';

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

/** A gap as an ImageScan judges it: one that it does not accept says how to accept it. */
export interface JudgedGap extends CoverageGap {
  readonly accepted: boolean;
}

/** As the schema bounds it. */
const MAX_SHOWN = 1024;
/** Leaves room for the longest offer. */
export const MAX_GAP_MESSAGE = 960;

const offered = ({ kind, message }: CoverageGap): string =>
  printable(`${message}, or add ${kind} to spec.acceptUnknown`, MAX_SHOWN);

export const judgeGaps = (
  { gaps }: Coverage,
  { acceptUnknown }: Pick<ScanSpec, 'acceptUnknown'>,
): readonly JudgedGap[] => {
  const accepted: readonly UnknownKind[] = acceptUnknown ?? ACCEPTED_BY_DEFAULT;
  return gaps.map((gap) =>
    accepted.includes(gap.kind) ? { ...gap, accepted: true } : { ...gap, message: offered(gap), accepted: false },
  );
};

/** The gaps that keep an image from being compliant. @param coverage undefined: not recorded */
export const unacceptedGaps = (
  coverage: Coverage | undefined,
  spec: Pick<ScanSpec, 'acceptUnknown'>,
): readonly CoverageGap[] =>
  coverage === undefined ? [NOT_KNOWN] : judgeGaps(coverage, spec).filter(({ accepted }) => !accepted);
