import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { PodSecuritySection } from '../../../api/policy.ts';
import type { NamespaceLabels, OwnedLabel } from '../../namespace.ts';
import { labelsFor, levelLabel, MODES, type Mode, standardIn, versionLabel } from './labels.ts';
import { compareStandards, isAtLeast, isLevel, rankStandards, type Standard } from './level.ts';

/** The Pod Security level that one policy of a namespace requests. */
export interface Claim extends Standard {
  readonly policy: string;
  readonly onViolation: NonNullable<PodSecuritySection['onViolation']>;
}

/** A label that another field manager owns with a weaker value than the requested one. */
export interface LabelConflict {
  readonly mode: Mode;
  readonly label: string;
  readonly value: string;
  readonly manager: string;
}

export interface Decision {
  /** Everything that our field manager must own: a label that is missing here is released. */
  readonly labels: Readonly<Record<string, string>>;
  readonly conflicts: readonly LabelConflict[];
}

/** Strictest first; of equal ones the policy whose name comes first decides, whatever the order of events. */
export const byStrictness = (claims: readonly Claim[]): Claim[] =>
  [...claims].sort((a, b) => rankStandards(b, a) || (a.policy < b.policy ? -1 : 1));

const OURS = FIELD_MANAGERS.podSecurity;

/** The standard of a mode that our field manager set. */
const oursIn = (labels: NamespaceLabels, mode: Mode): Standard | undefined =>
  labels.get(levelLabel(mode))?.managers.includes(OURS) === true ? standardIn(labels, mode) : undefined;

/** The claims that a standard meets. */
export const metBy = (claims: readonly Claim[], live: Standard | undefined): Claim[] =>
  live === undefined ? [] : claims.filter((claim) => isAtLeast(live, claim));

/** The claims that may replace the live standard, strictest first: each still meets every claim that is met now. */
const admissible = (claims: readonly Claim[], live: Standard | undefined): Claim[] => {
  const met = metBy(claims, live);
  return byStrictness(claims).filter((claim) => met.every((other) => isAtLeast(claim, other)));
};

/**
 * The claims in the order in which they are tried, each with whether a dry run must first show that no existing pod
 * violates it. The first that needs no dry run, or whose dry run finds no violation, is enforced.
 * A level that stays, gets weaker or is enforced regardless needs no dry run.
 */
export const candidates = (claims: readonly Claim[], labels: NamespaceLabels): { claim: Claim; ask: boolean }[] => {
  const live = standardIn(labels, 'enforce');
  const raises = (claim: Claim): boolean => live === undefined || !isAtLeast(live, claim);
  return admissible(claims, live).map((claim) => ({
    claim,
    ask: claim.onViolation === 'Wait' && claim.level !== 'privileged' && raises(claim),
  }));
};

/** While the accepted claim does not meet all, the standard that we set is not weakened. */
const toSet = (claims: readonly Claim[], ours: Standard | undefined, accepted: Claim | undefined) => {
  if (claims.length === 0) return undefined;
  if (ours === undefined || accepted === undefined) return accepted ?? ours;
  const meetsAll = claims.every((claim) => isAtLeast(accepted, claim));
  return meetsAll || isAtLeast(accepted, ours) ? accepted : ours;
};

/** Another field manager that owns the label; before-first-apply for a label from before managed fields. */
const otherOwner = (label: OwnedLabel | undefined): string | undefined => {
  if (label === undefined) return undefined;
  return label.managers.length === 0 ? 'before-first-apply' : label.managers.find((m) => m !== OURS);
};

/** The standard of a level label of another manager; without a version label of another manager it is the latest. */
const meantByOthers = (mode: Mode, labels: NamespaceLabels): Standard | undefined => {
  const level = labels.get(levelLabel(mode));
  const version = labels.get(versionLabel(mode));
  if (level === undefined || otherOwner(level) === undefined || !isLevel(level.value)) return undefined;
  return {
    level: level.value,
    version: version !== undefined && otherOwner(version) !== undefined ? version.value : 'latest',
  };
};

const decideMode = (mode: Mode, standard: Standard, labels: NamespaceLabels): Decision => {
  const wanted = labelsFor(mode, standard);
  const conflicts = wanted.flatMap(([label, value]): LabelConflict[] => {
    const live = labels.get(label);
    const manager = otherOwner(live);
    return live === undefined || manager === undefined || live.value === value
      ? []
      : [{ mode, label, value: live.value, manager }];
  });
  const meant = meantByOthers(mode, labels);
  const level = labels.get(levelLabel(mode));
  if (level !== undefined && otherOwner(level) !== undefined) {
    // A version beside another manager's level could weaken that level, so the pair is theirs or shared as a whole.
    if (meant === undefined) return { labels: {}, conflicts };
    const isSame = compareStandards(meant, standard) === 0 && conflicts.length === 0;
    if (isSame) return { labels: Object.fromEntries(wanted), conflicts: [] };
    return { labels: {}, conflicts: isAtLeast(meant, standard) ? [] : conflicts };
  }
  if (conflicts.length === 0) return { labels: Object.fromEntries(wanted), conflicts: [] };
  // Another manager owns only the version. Our level stays, since none would be weaker, and never gets weaker than requested.
  const live = standardIn(labels, mode);
  if (live === undefined) return { labels: {}, conflicts };
  const beside = { level: standard.level, version: live.version };
  const suffices = isAtLeast(beside, standard) && isAtLeast(live, beside);
  return {
    labels: { [levelLabel(mode)]: suffices ? beside.level : live.level },
    conflicts: suffices || isAtLeast(live, standard) ? [] : conflicts,
  };
};

/** The labels that our field manager owns now. */
export const ownedLabels = (labels: NamespaceLabels): Record<string, string> =>
  Object.fromEntries([...labels].filter(([, l]) => l.managers.includes(OURS)).map(([key, l]) => [key, l.value]));

/** The labels of a mode that we own, if `wanted` would weaken them. */
const weakened = (mode: Mode, labels: NamespaceLabels, wanted: Decision['labels']): Decision['labels'] | undefined => {
  const ours = oursIn(labels, mode);
  const level = wanted[levelLabel(mode)];
  if (ours === undefined) return undefined;
  const version = wanted[versionLabel(mode)] ?? (level === undefined ? undefined : ours.version);
  if (isLevel(level) && version !== undefined && isAtLeast({ level, version }, ours)) return undefined;
  const keys = [levelLabel(mode), versionLabel(mode)];
  return Object.fromEntries(Object.entries(ownedLabels(labels)).filter(([key]) => keys.includes(key)));
};

/**
 * The labels of a namespace, from what all its policies claim, what it has, and the claim that may be enforced
 * (undefined: none yet). The strictest claim is audited and warned about at once.
 * @param hold labels that we own get only stricter, and none is released
 */
export const decideLabels = (
  claims: readonly Claim[],
  labels: NamespaceLabels,
  accepted: Claim | undefined,
  hold = false,
): Decision => {
  const parts = MODES.map((mode): Decision => {
    const next = mode === 'enforce' ? accepted : admissible(claims, standardIn(labels, mode))[0];
    const standard = toSet(claims, oursIn(labels, mode), next);
    const decision = standard === undefined ? { labels: {}, conflicts: [] } : decideMode(mode, standard, labels);
    return { ...decision, labels: (hold && weakened(mode, labels, decision.labels)) || decision.labels };
  });
  return {
    labels: Object.assign({}, ...parts.map((p) => p.labels)),
    conflicts: parts.flatMap((p) => p.conflicts),
  };
};
