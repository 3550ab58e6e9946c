import { isDeepStrictEqual } from 'node:util';
import { listedUpTo } from '../../text/listed.ts';
import { printable } from '../../text/printable.ts';
import { type KnownFinding, packageKey } from './finding.ts';
import { isFixable } from './fixable.ts';
import { type UpgradeTarget, upgradeOf } from './upgrade-target.ts';

const MAX_LISTED = 4;
const LONGEST_NAME = 80;

/** `a, b, c, d and 5 more` */
export const listedNames = (texts: readonly string[]): string =>
  listedUpTo(
    MAX_LISTED,
    texts.slice(0, MAX_LISTED).map((text) => printable(text, LONGEST_NAME)),
    texts.length,
  );

/** Behind `->` or `to`: a version, or why none is named. @param type of the package */
export const describeTarget = (to: UpgradeTarget, type: string): string => {
  if ('version' in to) return printable(to.version, LONGEST_NAME);
  if ('above' in to) {
    const posts = to.andPostReleases ? ' and its post-releases' : '';
    return `a version newer than ${printable(to.above, LONGEST_NAME)}${posts}`;
  }
  if ('source' in to) return `a build of source version ${printable(to.source, LONGEST_NAME)}`;
  const kind = printable(type, LONGEST_NAME);
  const why =
    to.why === 'UnknownOrder'
      ? `Palisade cannot order these ${kind} versions`
      : 'no one version is known to fix all findings';
  return to.oneOf.length === 0
    ? 'a newer version: the advisories name only older ones'
    : `one of ${listedNames(to.oneOf)}: ${why}`;
};

const othersToo = (to: UpgradeTarget, type: string): string =>
  'oneOf' in to ? '' : `; ${describeTarget(to, type)} also fixes its other findings that have a fix`;

/**
 * The recommendation for each finding of an image, its own fix first:
 * `upgrade openssl from 3.0.15 to 3.0.16; 3.0.17 also fixes its other findings that have a fix`.
 * @param findings those of the image that count
 */
export const recommendations = (findings: readonly KnownFinding[]): ((finding: KnownFinding) => string) => {
  const ofAll = new Map(
    [...Map.groupBy(findings.filter(isFixable), packageKey)].map(([key, group]) => [key, upgradeOf(group).to]),
  );
  const ofOne = new Map<string, UpgradeTarget>();
  const targetOf = (finding: KnownFinding): UpgradeTarget => {
    const key = JSON.stringify([finding.type, finding.installed, finding.fixed]);
    const target = ofOne.get(key) ?? upgradeOf([finding]).to;
    ofOne.set(key, target);
    return target;
  };
  return (finding) => {
    const { type, package: name, installed } = finding;
    if (!isFixable(finding)) return printable(`no version of ${name} that fixes it is known yet`);
    const own = targetOf(finding);
    const all = ofAll.get(packageKey(finding)) ?? own;
    const more = isDeepStrictEqual(own, all) ? '' : othersToo(all, type);
    return printable(`upgrade ${name} from ${installed} to ${describeTarget(own, type)}${more}`);
  };
};
