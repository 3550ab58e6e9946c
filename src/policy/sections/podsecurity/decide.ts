import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { PodSecuritySection } from '../../../api/policy.ts';
import type { NamespaceLabels, OwnedLabel } from '../../namespace.ts';
import { labelsFor, levelLabel, MODES, type Mode, standardIn, versionLabel } from './labels.ts';
import { compareStandards, isLevel, type Standard, stricter } from './level.ts';

/** The Pod Security level that one policy of a namespace requests. */
export interface Claim extends Standard {
  readonly policy: string;
  readonly onViolation: NonNullable<PodSecuritySection['onViolation']>;
  /** Of a policy at rest: it raises nothing, and keeps the level that was enforced at its last reconcile. */
  readonly frozen?: { readonly held?: Standard };
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
  [...claims].sort((a, b) => compareStandards(b, a) || (a.policy < b.policy ? -1 : 1));

const OURS = FIELD_MANAGERS.podSecurity;

/** The level that we enforce now. */
const oursEnforced = (labels: NamespaceLabels): Standard | undefined => {
  const live = standardIn(labels, 'enforce');
  return labels.get(levelLabel('enforce'))?.managers.includes(OURS) === true ? live : undefined;
};

/** The level that each claim requests to enforce; for a frozen one at most the level that it held. */
const enforceable = (claims: readonly Claim[]): Claim[] =>
  claims.flatMap((claim) => {
    if (claim.frozen === undefined) return [claim];
    const { held } = claim.frozen;
    if (held === undefined) return [];
    return [compareStandards(held, claim) < 0 ? { ...claim, ...held } : claim];
  });

/**
 * The claims in the order in which they are tried, each with whether a dry run must first show that no existing pod
 * violates it. The first that needs no dry run, or whose dry run finds no violation, is enforced.
 * A level that stays, gets weaker or is enforced regardless needs no dry run.
 */
export const candidates = (claims: readonly Claim[], labels: NamespaceLabels): { claim: Claim; ask: boolean }[] => {
  const live = standardIn(labels, 'enforce');
  const raises = (claim: Claim): boolean => live === undefined || compareStandards(claim, live) > 0;
  const able = byStrictness(enforceable(claims)).filter((claim) => claim.frozen === undefined || !raises(claim));
  return able.map((claim) => ({
    claim,
    ask: claim.onViolation === 'Wait' && claim.level !== 'privileged' && raises(claim),
  }));
};

/** While a stricter level waits, the level that we already enforce is kept. */
const toEnforce = (
  claims: readonly Claim[],
  labels: NamespaceLabels,
  accepted: Claim | undefined,
): Standard | undefined => {
  const [strictest] = byStrictness(enforceable(claims));
  const held = oursEnforced(labels);
  if (strictest === undefined) return undefined;
  if (held === undefined || compareStandards(held, strictest) > 0) return accepted;
  return accepted === undefined ? held : stricter(accepted, held);
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
    const compared = meant === undefined ? -1 : compareStandards(meant, standard);
    if (compared === 0 && conflicts.length === 0) return { labels: Object.fromEntries(wanted), conflicts: [] };
    return { labels: {}, conflicts: compared >= 0 ? [] : conflicts };
  }
  if (conflicts.length === 0) return { labels: Object.fromEntries(wanted), conflicts: [] };
  // Another manager owns only the version. Our level stays, since none would be weaker, and never gets weaker than requested.
  const live = standardIn(labels, mode);
  if (live === undefined) return { labels: {}, conflicts };
  const beside = { level: standard.level, version: live.version };
  const suffices = compareStandards(beside, standard) >= 0 && compareStandards(beside, live) <= 0;
  return {
    labels: { [levelLabel(mode)]: suffices ? beside.level : live.level },
    conflicts: suffices || compareStandards(live, standard) >= 0 ? [] : conflicts,
  };
};

/**
 * The labels of a namespace, from what all its policies claim, what it has, and the claim that may be enforced
 * (undefined: none yet). The strictest claim is audited and warned about at once.
 */
export const decideLabels = (
  claims: readonly Claim[],
  labels: NamespaceLabels,
  accepted: Claim | undefined,
): Decision => {
  const [strictest] = byStrictness(claims);
  const enforced = toEnforce(claims, labels, accepted);
  const parts = MODES.flatMap((mode) => {
    const standard = mode === 'enforce' ? enforced : strictest;
    return standard === undefined ? [] : [decideMode(mode, standard, labels)];
  });
  return {
    labels: Object.assign({}, ...parts.map((p) => p.labels)),
    conflicts: parts.flatMap((p) => p.conflicts),
  };
};

/** The labels that our field manager owns now. */
export const ownedLabels = (labels: NamespaceLabels): Record<string, string> =>
  Object.fromEntries([...labels].filter(([, l]) => l.managers.includes(OURS)).map(([key, l]) => [key, l.value]));
