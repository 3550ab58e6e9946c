import { printable } from '../../text/printable.ts';
import { type KnownFinding, packageKey } from './finding.ts';
import { isFixable } from './fixable.ts';
import { upgradeTarget } from './upgrade-target.ts';

/**
 * The recommendation for each finding of an image: `upgrade openssl from 3.0.15 to 3.0.17`.
 * @param findings those of the image that count: a package is upgraded once, for all of them
 */
export const recommendations = (findings: readonly KnownFinding[]): ((finding: KnownFinding) => string) => {
  const targets = new Map(
    [...Map.groupBy(findings.filter(isFixable), packageKey)].map(([key, group]) => [key, upgradeTarget(group)]),
  );
  return (finding) => {
    if (!isFixable(finding)) return printable(`no version of ${finding.package} that fixes it is known yet`);
    const to = targets.get(packageKey(finding)) ?? upgradeTarget([finding]);
    const target = to.length === 1 ? to[0] : `the newest of ${to.join(', ')}`;
    return printable(`upgrade ${finding.package} from ${finding.installed} to ${target}`);
  };
};
