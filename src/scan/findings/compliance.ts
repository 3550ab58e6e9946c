import type { ScanSpec, Severity } from '../../api/imagescan.ts';
import type { KnownFinding } from './finding.ts';
import { isFixable } from './fixable.ts';
import { compareFindings } from './order.ts';
import { isAtLeast } from './severity.ts';

/** The findings that a user accepts; absent fields have the schema's defaults. */
export type Acceptance = Pick<ScanSpec, 'failOn' | 'failOnKnownExploited' | 'ignoreUnfixed'>;

/**
 * The findings for which an image is not compliant, the most severe first; none: it is.
 * @param findings those that count
 */
export const blockingFindings = (
  findings: readonly KnownFinding[],
  { failOn = 'Critical', failOnKnownExploited = false, ignoreUnfixed = false }: Acceptance,
): KnownFinding[] =>
  findings
    .filter(
      (finding) =>
        (isAtLeast(finding.severity, failOn) || (failOnKnownExploited && finding.knownExploited === true)) &&
        (!ignoreUnfixed || isFixable(finding)),
    )
    .sort(compareFindings);

/** Nothing is more severe than Critical. */
const describeSeverity = (failOn: Severity): string =>
  `of severity ${failOn}${failOn === 'Critical' ? '' : ' or above'}`;

/** Behind the word finding, as in `of severity High or above, or known to be exploited`; undefined: none blocks. */
export const describeBlocking = ({
  failOn = 'Critical',
  failOnKnownExploited = false,
  ignoreUnfixed = false,
}: Acceptance): string | undefined => {
  const kinds = [
    ...(failOn === 'None' ? [] : [describeSeverity(failOn)]),
    ...(failOnKnownExploited ? ['known to be exploited'] : []),
  ];
  if (kinds.length === 0) return undefined;
  const all = kinds.join(', or ');
  if (!ignoreUnfixed) return all;
  return kinds.length > 1 ? `${all}, with a fix` : `${all} with a fix`;
};
