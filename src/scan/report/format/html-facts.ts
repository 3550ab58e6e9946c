import { compareText } from '../../../text/compare-text.ts';
import { listedUpTo } from '../../../text/listed.ts';
import { plural } from '../../../text/plural.ts';
import { adviceFor, describeAdvice } from '../../findings/advice.ts';
import { countedOf } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { isFixable } from '../../findings/fixable.ts';
import { compareCounts, countBySeverity, type SeverityCounts } from '../../findings/severity.ts';
import type { ReportedImage, ScanReport } from '../model.ts';

/** An image, and the ImageScan that has it. */
export interface Place {
  readonly image: ReportedImage;
  readonly report: ScanReport;
}

export const placesOf = (reports: readonly ScanReport[]): Place[] =>
  reports.flatMap((report) => report.images.map((image) => ({ image, report })));

/** Several ImageScans may have one image. */
export const distinctImages = (images: readonly ReportedImage[]): number =>
  new Set(images.map(({ reference, digest, platform }) => JSON.stringify([reference, digest, platform]))).size;

export const scanName = ({ scan: { namespace, name } }: ScanReport): string => `${namespace}/${name}`;

export const countsOf = (image: ReportedImage): SeverityCounts => countBySeverity(countedOf(image.judged));

/** Why an image is not fully known, a sentence each; empty: it is. */
export const unknownsOf = ({ failure, report, uncovered, outdated }: ReportedImage): string[] => [
  ...(failure === undefined ? [] : [`${failure.reason}: ${failure.message}`]),
  ...(report === undefined && failure === undefined ? ['not scanned yet: the operator scans it by itself'] : []),
  ...(report !== undefined && failure !== undefined
    ? [`its figures are of an earlier scan, at ${report.scannedAt}`]
    : []),
  ...(outdated === undefined ? [] : [outdated]),
  ...uncovered.map(({ kind, message }) => `${kind}: ${message}`),
];

/** Packages of an image that were not matched, and that spec.acceptUnknown accepts. */
export const acceptedOf = ({ accepted }: ReportedImage): string[] =>
  accepted.map(({ kind, message }) => `${kind}: ${message}`);

/** Worst first: those that block, then by severity. */
export const worstFirst = (places: readonly Place[]): Place[] =>
  places
    .filter(({ image }) => image.report !== undefined)
    .sort(
      (a, b) =>
        Number(b.image.blocking.length > 0) - Number(a.image.blocking.length > 0) ||
        compareCounts(countsOf(a.image), countsOf(b.image)) ||
        compareText(a.image.reference, b.image.reference),
    );

/** One thing to do, and where. */
export interface Action {
  readonly text: string;
  readonly images: readonly ReportedImage[];
  /** Findings that it removes from one of the images. */
  readonly removes: SeverityCounts;
}

const actionsIn = ({ image, report }: Place) => {
  const { judged, blocking } = image;
  const { upgrades } = adviceFor(countedOf(judged), report);
  const lines = [
    ...describeAdvice({ upgrades: [], unfixed: [] }, image.report?.os).map((text) => ({
      text,
      removes: countBySeverity(blocking),
    })),
    ...upgrades.flatMap((one) =>
      describeAdvice({ upgrades: [one], unfixed: [] }).map((text) => ({ text, removes: one.removes })),
    ),
  ];
  return lines.map((line) => ({ ...line, image }));
};

const unfixedIn = ({ image, report }: Place) =>
  adviceFor(countedOf(image.judged), report).unfixed.flatMap((one) =>
    describeAdvice({ upgrades: [], unfixed: [one] }).map((text) => ({ text, removes: one.blocks, image })),
  );

/** What to do first: the changes that images need, those that remove the most severe findings from most images first. */
export const actionsOf = (places: readonly Place[]): Action[] => inOrder(places.flatMap(actionsIn));

/** Packages with blocking findings that nothing fixes yet, in the same order. */
export const unfixedOf = (places: readonly Place[]): Action[] => inOrder(places.flatMap(unfixedIn));

const inOrder = (lines: readonly ReturnType<typeof unfixedIn>[number][]): Action[] =>
  [...Map.groupBy(lines, ({ text }) => text)]
    .map(([text, same]) => ({
      text,
      images: same.map(({ image }) => image),
      removes: same.map(({ removes }) => removes).sort(compareCounts)[0]!,
    }))
    .sort(
      (a, b) =>
        compareCounts(a.removes, b.removes) ||
        distinctImages(b.images) - distinctImages(a.images) ||
        compareText(a.text, b.text),
    );

/** Figures of all images together; a finding in two of them, or in one of two ImageScans, is counted twice. */
export interface Totals {
  readonly images: number;
  readonly scans: number;
  readonly counts: SeverityCounts;
  readonly blocking: number;
  readonly fixable: number;
  readonly suppressed: number;
  /** Not there in the scan before, nor in the image before. */
  readonly fresh: number;
}

export const totalsOf = (places: readonly Place[]): Totals => {
  const images = places.map(({ image }) => image);
  const counted: KnownFinding[] = images.flatMap(({ judged }) => countedOf(judged));
  const all = images.reduce((sum, { judged }) => sum + judged.length, 0);
  return {
    images: distinctImages(images),
    scans: new Set(places.map(({ report }) => report)).size,
    counts: countBySeverity(counted),
    blocking: images.reduce((sum, { blocking }) => sum + blocking.length, 0),
    fixable: counted.filter(isFixable).length,
    suppressed: all - counted.length,
    fresh: counted.filter(({ isNew }) => isNew).length,
  };
};

/** `2 images: nginx:1.27, registry.example.com/app:1` */
export const describePlaces = ({ images }: Action): string => {
  const names = [...new Set(images.map(({ reference }) => reference))].sort(compareText);
  return `${plural(distinctImages(images), 'image')}: ${listedUpTo(5, names)}`;
};
