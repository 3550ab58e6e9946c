import type { ScanSection } from '../../api/policy.ts';

const onSchedule = ({ schedule, timeZone = 'UTC' }: ScanSection): string =>
  schedule === undefined ? '' : `, and at ${schedule} (${timeZone})`;

const compliance = ({ failOn = 'Critical', ignoreUnfixed }: ScanSection): string => {
  if (failOn === 'None') return 'It counts as compliant whatever is found.';
  const severity = failOn === 'Critical' ? 'Critical' : `${failOn} or more severe`;
  const unfixed = ignoreUnfixed === true ? '; findings that no newer package fixes do not matter' : '';
  return `It counts as compliant while no finding is ${severity}${unfixed}.`;
};

/** What is scanned, line by line. @param name of the policy, and of its ImageScan */
export const explainScan = (name: string, scan: ScanSection | undefined): string[] => {
  if (scan === undefined) return ['What is scanned: this policy asks for nothing.'];
  return [
    'What is scanned: every image that runs in the namespace, for known vulnerabilities,',
    `  when it is new, when the vulnerability database changes${onSchedule(scan)}.`,
    `  ${compliance(scan)}`,
    `  ImageScan ${name} is kept for that, and has the findings in its status. Nothing is stopped because of them.`,
  ];
};
