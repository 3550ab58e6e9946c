import { compareText } from '../../text/compare-text.ts';
import { printable } from '../../text/printable.ts';
import { type Acceptance, blockingFindings } from './compliance.ts';
import { type KnownFinding, packageKey } from './finding.ts';
import { isFixable } from './fixable.ts';
import type { Match } from './match.ts';
import { describeTarget, listedNames } from './recommendation.ts';
import { compareCounts, countBySeverity, describeCounts, type SeverityCounts } from './severity.ts';
import { type UpgradeTarget, upgradeOf } from './upgrade-target.ts';

/** Packages in the same version that have the same findings, as those made from one source package do. */
interface Packages {
  readonly packages: readonly string[];
  readonly installed: string;
}

interface Upgrade extends Packages {
  readonly type: string;
  readonly to: UpgradeTarget;
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
const merge = <T extends Group & { readonly to?: UpgradeTarget }>(groups: readonly T[]): T[] =>
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

/** @param isBlocking of the fixable findings of a group, at least one */
const upgradesOf = (groups: readonly Group[], isBlocking: (finding: KnownFinding) => boolean): Upgrade[] => {
  const upgrades = groups.map((group) => {
    const fixable = group.findings.filter(isFixable);
    const { to, fixes } = upgradeOf(fixable.filter(isBlocking), fixable);
    return { ...group, to, findings: fixes as readonly KnownFinding[] };
  });
  return merge(upgrades)
    .map(({ type, packages, installed, to, findings }) => ({
      ...{ type, packages, installed, to },
      removes: countBySeverity(findings),
    }))
    .sort(compareLines(({ removes }) => removes));
};

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
 * A version is the lowest that fixes all blocking findings of its package that have a fix.
 * @param findings those that count
 */
export const adviceFor = (findings: readonly KnownFinding[], acceptance: Acceptance): Advice => {
  const blocking = new Set(blockingFindings(findings, acceptance));
  const groups = groupsOf(findings);
  const changed = groups.filter((group) => group.findings.some((one) => blocking.has(one) && isFixable(one)));
  return {
    upgrades: upgradesOf(changed, (one) => blocking.has(one)),
    unfixed: unfixedOf(within(groups, (one) => blocking.has(one) && !isFixable(one))),
  };
};

const LONGEST_NAME = 80;

const describePackages = ({ packages, installed }: Packages): string =>
  `${listedNames(packages)} ${printable(installed, LONGEST_NAME)}`.trim();

/** `openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (2 Critical, 1 High)` */
const describeUpgrade = (upgrade: Upgrade): string =>
  `${describePackages(upgrade)} -> ${describeTarget(upgrade.to, upgrade.type)} (${describeCounts(upgrade.removes)})`;

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
