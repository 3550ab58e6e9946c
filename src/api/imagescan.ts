/** Names for the parts of an ImageScan; the shapes are generated from crds/. */
import type { ImageScan } from './imagescan.generated.ts';

export type { ImageScan } from './imagescan.generated.ts';

export type ScanSpec = ImageScan['spec'];
export type ScanStatus = NonNullable<ImageScan['status']>;
export type ScanTarget = NonNullable<ScanSpec['target']>;
export type PodSelector = NonNullable<ScanTarget['selector']>;
export type ScanException = NonNullable<ScanSpec['exceptions']>[number];
export type FailOn = NonNullable<ScanSpec['failOn']>;
export type UnknownKind = NonNullable<ScanSpec['acceptUnknown']>[number];
export type ScanSummary = NonNullable<ScanStatus['summary']>;
export type ImageRow = NonNullable<ScanStatus['images']>[number];
export type CoverageRow = NonNullable<ImageRow['coverage']>;
export type FindingRow = NonNullable<ScanStatus['findings']>[number];
export type ExceptionRow = NonNullable<ScanStatus['exceptions']>[number];
export type Severity = FindingRow['severity'];

/** The default of spec.acceptUnknown in the schema, for an ImageScan that no API server has completed. */
export const ACCEPTED_BY_DEFAULT: readonly UnknownKind[] = [
  'ThirdPartyPackages',
  'NoPackagesFound',
  'UnversionedPrograms',
];
