import { ACCEPTED_BY_DEFAULT, type UnknownKind } from '../../api/imagescan.ts';
import type { ScanSection } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';

const triggers = ({ schedule, timeZone = 'UTC' }: ScanSection): string =>
  listed([
    'when it first appears',
    'when the vulnerability database is updated',
    ...(schedule === undefined ? [] : [`at ${schedule} (${timeZone})`]),
  ]);

const compliance = ({ failOn = 'Critical', failOnKnownExploited, ignoreUnfixed }: ScanSection): string => {
  const kinds = [
    ...(failOn === 'None' ? [] : [failOn === 'Critical' ? 'Critical' : `${failOn} or more severe`]),
    ...(failOnKnownExploited === true ? ['known to be exploited'] : []),
  ];
  if (kinds.length === 0) return 'regardless of its findings';
  const unfixed = ignoreUnfixed === true ? '; findings without a fixed version are ignored' : '';
  return `while no finding is ${kinds.join(' or ')}${unfixed}`;
};

const KINDS: Readonly<Record<UnknownKind, string>> = {
  UnsupportedDistribution: 'packages of distributions without advisories',
  UnidentifiedJars: 'jars that cannot be identified',
  ThirdPartyPackages: 'packages of other vendors than the distribution',
  NoPackagesFound: 'images without a package database',
  UnversionedPrograms: 'programs without a version',
  ScannerLimit: 'packages that the scanner cannot match or read',
};

const unknowns = ({ acceptUnknown = [...ACCEPTED_BY_DEFAULT], failOnKnownExploited }: ScanSection): string[] => {
  const accepted = acceptUnknown.map((kind) => KINDS[kind]);
  const but = accepted.length === 0 ? '' : `; accepted are ${listed(accepted)}`;
  return [
    `  Its compliance is unknown while an image has packages that were not looked at${but}.`,
    ...(failOnKnownExploited === true
      ? ['  Its compliance is unknown too while the operator has no current KEV (--enrichment).']
      : []),
  ];
};

/** The scans of a policy, line by line. @param name of the policy, and of its ImageScan */
export const explainScan = (name: string, scan: ScanSection | undefined): string[] => {
  if (scan === undefined) return ['Scans: not configured by this policy.'];
  return [
    'Scans: every image that runs in the namespace is scanned for known vulnerabilities',
    `  ${triggers(scan)}.`,
    `  ImageScan ${name} is compliant ${compliance(scan)}.`,
    ...unknowns(scan),
    '  Its status has the findings. Findings do not block or stop any pod.',
  ];
};
