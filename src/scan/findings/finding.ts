import type { Severity } from '../../api/imagescan.ts';

/** A known vulnerability of one package of an image, as the scanner reports it. */
export interface Finding {
  /** As in CVE-2024-1234. */
  readonly id: string;
  /** Other identifiers of the same vulnerability, as in GHSA-8q59-q68h-6hv4, sorted; absent without any. */
  readonly aliases?: readonly string[];
  /** The package's name. */
  readonly package: string;
  /** Where it is in the image, for packages that can be there more than once. */
  readonly path?: string;
  /** Package URL. */
  readonly purl?: string;
  readonly installed: string;
  /** Versions that fix it, as the scanner lists them; empty: none does. */
  readonly fixed: readonly string[];
  readonly severity: Severity;
  /** The scanner's word: affected, will_not_fix, end_of_life… */
  readonly status?: string;
  readonly title?: string;
  readonly url?: string;
  /** Of --enrichment, which is no part of the stored report: EPSS, 0 to 1. */
  readonly epss?: number;
  /** Of --enrichment: KEV lists the vulnerability. */
  readonly knownExploited?: true;
  /** Kind of package, in Trivy's words: debian, alpine, node-pkg, gobinary, jar… */
  readonly type: string;
}

/** A finding, with the times at which Palisade first saw it and its fix. RFC 3339. */
export interface KnownFinding extends Finding {
  readonly firstSeenAt: string;
  /** Since when a fix is known here; absent without one. */
  readonly fixableSince?: string;
  /** The report before this one did not have it, nor that of the image before. */
  readonly isNew?: true;
}

/** One text for each finding of an image. */
export const findingKey = ({ id, package: name, installed, path = '' }: Finding): string =>
  JSON.stringify([id, name, installed, path]);

/** All identifiers of its vulnerability, that of the scanner first. */
export const idsOf = ({ id, aliases = [] }: Pick<Finding, 'id' | 'aliases'>): string[] => [id, ...aliases];

/** One text for the same finding of two images: the versions may differ, and a package may be elsewhere. */
export const acrossImages = ({ id, package: name }: Finding): string => JSON.stringify([id, name]);

/** One text for each package in one version, wherever it is in an image. */
export const packageKey = ({ type, package: name, installed }: Finding): string =>
  JSON.stringify([type, name, installed]);
