import { printable } from '../../text/printable.ts';
import { type Acceptance, blockingFindings } from './compliance.ts';
import { type KnownFinding, packageKey } from './finding.ts';
import { isFixable } from './fixable.ts';
import type { Match } from './match.ts';
import { compareText } from './order.ts';
import { compareCounts, countBySeverity, describeCounts, type SeverityCounts } from './severity.ts';
import { upgradeTarget } from './upgrade-target.ts';

/** Packages in the same version that have the same findings, as those made from one source package do. */
interface Packages {
  readonly packages: readonly string[];
  readonly installed: string;
}

interface Upgrade extends Packages {
  /** The version to take; several where their order is not known: then the newest of them. */
  readonly to: readonly string[];
  /** Findings that it fixes, also those that do not block. */
  readonly removes: SeverityCounts;
}

interface Unfixed extends Packages {
  /** Blocking findings that no newer package fixes. */
  readonly blocks: SeverityCounts;
}

/** The shortest list of changes that makes an image compliant; what has no fix yet is separate. */
export interface Advice {
  readonly upgrades: readonly Upgrade[];
  readonly unfixed: readonly Unfixed[];
}

/** Findings of one package in one version, wherever it is in the image. */
interface Group extends Packages {
  readonly type: string;
  readonly findings: readonly KnownFinding[];
}

const groupsOf = (findings: readonly KnownFinding[]): Group[] =>
  [...Map.groupBy(findings, packageKey).values()].map((group) => {
    const { type, package: name, installed } = group[0]!;
    return { type, packages: [name], installed, findings: group };
  });

const idsOf = (findings: readonly KnownFinding[]): string[] => [...new Set(findings.map(({ id }) => id))].sort();

/** Packages that share type, version and findings become one line; of upgrades, those with one target. */
const merge = <T extends Group & { readonly to?: readonly string[] }>(groups: readonly T[]): T[] =>
  [
    ...Map.groupBy(groups, ({ type, installed, findings, to }) =>
      JSON.stringify([type, installed, idsOf(findings), to]),
    ).values(),
  ].map((same) => ({
    ...same[0]!,
    packages: same.flatMap(({ packages }) => packages).sort(),
    findings: same.flatMap(({ findings }) => findings),
  }));

/** More and more severe findings first, then by the names of the packages, with which a line begins. */
const compareLines =
  <T extends Packages>(countsOf: (line: T) => SeverityCounts) =>
  (a: T, b: T): number =>
    compareCounts(countsOf(a), countsOf(b)) || compareText(JSON.stringify(a), JSON.stringify(b));

const upgradesOf = (groups: readonly Group[]): Upgrade[] =>
  merge(groups.map((group) => ({ ...group, to: upgradeTarget(group.findings) })))
    .map(({ packages, installed, to, findings }) => ({ packages, installed, to, removes: countBySeverity(findings) }))
    .sort(compareLines(({ removes }) => removes));

const unfixedOf = (groups: readonly Group[]): Unfixed[] =>
  merge(groups)
    .map(({ packages, installed, findings }) => ({ packages, installed, blocks: countBySeverity(findings) }))
    .sort(compareLines(({ blocks }) => blocks));

/** Groups with those of their findings that are so; none without any. */
const within = (groups: readonly Group[], isSo: (finding: KnownFinding) => boolean): Group[] =>
  groups
    .map((group) => ({ ...group, findings: group.findings.filter(isSo) }))
    .filter(({ findings }) => findings.length > 0);

/**
 * Which packages to upgrade so that the image becomes compliant, those that remove most first.
 * A version is the lowest that fixes all fixable findings of its package, not only the blocking ones.
 * @param findings those that count
 */
export const adviceFor = (findings: readonly KnownFinding[], acceptance: Acceptance): Advice => {
  const blocking = new Set(blockingFindings(findings, acceptance));
  const groups = groupsOf(findings);
  const changed = groups.filter((group) => group.findings.some((one) => blocking.has(one) && isFixable(one)));
  return {
    upgrades: upgradesOf(within(changed, isFixable)),
    unfixed: unfixedOf(within(groups, (one) => blocking.has(one) && !isFixable(one))),
  };
};

const MAX_LISTED = 4;
const LONGEST_NAME = 80;

const list = (texts: readonly string[]): string => {
  const shown = texts.slice(0, MAX_LISTED).map((text) => printable(text, LONGEST_NAME));
  const left = texts.length - shown.length;
  return [...shown, ...(left > 0 ? [`${left} more`] : [])].join(', ');
};

const describePackages = ({ packages, installed }: Packages): string =>
  `${list(packages)} ${printable(installed, LONGEST_NAME)}`.trim();

/** `openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (2 Critical, 1 High)` */
const describeUpgrade = (upgrade: Upgrade): string => {
  const to = upgrade.to.length === 1 ? list(upgrade.to) : `the newest of ${list(upgrade.to)}`;
  return `${describePackages(upgrade)} -> ${to} (${describeCounts(upgrade.removes)})`;
};

/** `no fix yet: zlib1g 1:1.2.13 (1 Critical)` */
const describeUnfixed = (unfixed: Unfixed): string =>
  `no fix yet: ${describePackages(unfixed)} (${describeCounts(unfixed.blocks)})`;

/** `debian 10 gets no more fixes: move to a newer release`; undefined while it gets some. */
export const endOfLifeAdvice = (os: Match['os']): string | undefined =>
  os?.endOfLife === true
    ? `${printable(`${os.family} ${os.version}`, LONGEST_NAME)} gets no more fixes: move to a newer release`
    : undefined;

/** For people, a line for each change, none longer than 512 characters: the distribution, upgrades, what has no fix. */
export const describeAdvice = ({ upgrades, unfixed }: Advice, os?: Match['os']): string[] => {
  const endOfLife = endOfLifeAdvice(os);
  const lines = [...upgrades.map(describeUpgrade), ...unfixed.map(describeUnfixed)];
  return [...(endOfLife === undefined ? [] : [endOfLife]), ...lines].map((line) => printable(line));
};
