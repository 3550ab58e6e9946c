import { printable } from '../../text/printable.ts';
import { type Finding, type KnownFinding, packageKey } from './finding.ts';
import { isFixable } from './fixable.ts';
import { type UpgradeTarget, upgradeOf } from './upgrade-target.ts';

const MAX_LISTED = 4;
const LONGEST_NAME = 80;

/** `a, b, c, d, 5 more` */
export const listed = (texts: readonly string[]): string => {
  const shown = texts.slice(0, MAX_LISTED).map((text) => printable(text, LONGEST_NAME));
  const left = texts.length - shown.length;
  return [...shown, ...(left > 0 ? [`${left} more`] : [])].join(', ');
};

/** Behind `->` or `to`: a version, or why none is named. @param type of the package */
export const describeTarget = (to: UpgradeTarget, type: string): string => {
  if ('version' in to) return printable(to.version, LONGEST_NAME);
  if ('above' in to) return `a version newer than ${printable(to.above, LONGEST_NAME)}`;
  if ('source' in to) return `a build of source version ${printable(to.source, LONGEST_NAME)}`;
  const kind = printable(type, LONGEST_NAME);
  const why =
    to.why === 'UnknownOrder'
      ? `Palisade cannot order these ${kind} versions`
      : 'no one version is known to fix all findings';
  return to.oneOf.length === 0
    ? 'a newer version: the advisories name only older ones'
    : `one of ${listed(to.oneOf)}: ${why}`;
};

const targetOf = (findings: readonly Finding[]): string => describeTarget(upgradeOf(findings).to, findings[0]!.type);

/**
 * The recommendation for each finding of an image: `upgrade openssl from 3.0.15 to 3.0.17`.
 * @param findings those of the image that count: a package is upgraded once, for all of them
 */
export const recommendations = (findings: readonly KnownFinding[]): ((finding: KnownFinding) => string) => {
  const targets = new Map(
    [...Map.groupBy(findings.filter(isFixable), packageKey)].map(([key, group]) => [key, targetOf(group)]),
  );
  return (finding) => {
    if (!isFixable(finding)) return printable(`no version of ${finding.package} that fixes it is known yet`);
    const target = targets.get(packageKey(finding)) ?? targetOf([finding]);
    return printable(`upgrade ${finding.package} from ${finding.installed} to ${target}`);
  };
};
