import type { ScanSection } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';

const triggers = ({ schedule, timeZone = 'UTC' }: ScanSection): string =>
  listed([
    'when it first appears',
    'when the vulnerability database is updated',
    ...(schedule === undefined ? [] : [`at ${schedule} (${timeZone})`]),
  ]);

const compliance = ({ failOn = 'Critical', ignoreUnfixed }: ScanSection): string => {
  if (failOn === 'None') return 'regardless of its findings';
  const severity = failOn === 'Critical' ? 'Critical' : `${failOn} or more severe`;
  const unfixed = ignoreUnfixed === true ? '; findings without a fixed version are ignored' : '';
  return `while no finding is ${severity}${unfixed}`;
};

/** The scans of a policy, line by line. @param name of the policy, and of its ImageScan */
export const explainScan = (name: string, scan: ScanSection | undefined): string[] => {
  if (scan === undefined) return ['Scans: not configured by this policy.'];
  return [
    'Scans: every image that runs in the namespace is scanned for known vulnerabilities',
    `  ${triggers(scan)}.`,
    `  ImageScan ${name} is compliant ${compliance(scan)}.`,
    '  Its status has the findings. Findings do not block or stop any pod.',
  ];
};
