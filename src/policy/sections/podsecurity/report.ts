import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { PolicyStatus } from '../../../api/policy.ts';
import { printable } from '../../../text/printable.ts';
import type { CachedNamespace } from '../../namespace.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import { byStrictness, type Claim, type Decision, type LabelConflict, metBy } from './decide.ts';
import { labelsFor, levelLabel, standardIn } from './labels.ts';
import { compareStandards, describeStandard, isAtLeast, type Standard } from './level.ts';
import { describeProblem, type Problem } from './problem.ts';
import type { Violations } from './violations.ts';

/** The schema's bounds on lists of violations. */
const MAX_GROUPS = 10;
const MAX_LENGTH = 1024;

/** Before the name of a field manager in decidedBy; no name of a policy has a space. */
const FIELD_MANAGER = 'field manager ';

interface PodSecurityReport {
  readonly status: NonNullable<PolicyStatus['podSecurity']>;
  readonly outcome: SectionOutcome;
}

/** The results of the dry runs before a decision. */
export interface DryRuns {
  readonly accepted?: Claim;
  readonly violations: ReadonlyMap<string, Violations>;
  /** Of the level that the namespace has afterwards. */
  readonly problem?: Problem | undefined;
  /** What policies at rest keep in force. */
  readonly held?: readonly Claim[];
}

/** Within the schema's bounds. */
export const shown = ({ groups, exempt, unknown = [] }: Violations): string[] =>
  [...(exempt === undefined ? [] : [exempt]), ...unknown, ...groups]
    .slice(0, MAX_GROUPS)
    .map((group) => printable(group, MAX_LENGTH));

const describeViolations = (found: Violations): string => {
  const { pods, incomplete } = found;
  const who = pods === 1 ? '1 existing pod violates' : `${pods} existing pods violate`;
  return [
    ...(incomplete === undefined ? [] : [incomplete]),
    ...(pods === 0 ? [] : [`${who} it: ${shown(found).join('; ')}`]),
  ].join('. ');
};

const conflictMessage = (own: Claim, namespace: string, conflicts: readonly LabelConflict[]): string =>
  conflicts
    .map(
      ({ mode, label, value, manager }) =>
        `field manager ${manager} holds label ${label}=${value} of namespace ${namespace}, policy ${own.policy} requests ` +
        `${describeStandard(own)}, and ${FIELD_MANAGERS.podSecurity} does not overwrite the label: have its owner set it to ` +
        `${Object.fromEntries(labelsFor(mode, own))[label]} or release it (kubectl label namespace ${namespace} ${label}-)`,
    )
    .join('. ');

/** Conflicts with the request of this policy; a conflict with a stricter request belongs to the policy that makes it. */
const conflicted = (own: Claim, namespace: CachedNamespace, { conflicts }: Decision): SectionOutcome | undefined => {
  const mine = conflicts.filter(({ mode, label, value }) => {
    if (Object.fromEntries(labelsFor(mode, own))[label] === value) return false;
    const live = standardIn(namespace.labels, mode);
    return live === undefined || !isAtLeast(live, own);
  });
  if (mine.length === 0) return undefined;
  return {
    section: 'PodSecurity',
    state: 'Stalled',
    reason: 'LabelConflict',
    message: conflictMessage(own, namespace.metadata.name, mine),
  };
};

/** The policy that requests the enforced level, the field manager that set it, or the policy with the strictest request. */
const decider = (
  claims: readonly Claim[],
  held: readonly Claim[],
  { labels }: CachedNamespace,
  { labels: ours }: Decision,
): string | undefined => {
  const label = levelLabel('enforce');
  const live = standardIn(labels, 'enforce');
  if (live !== undefined && !(label in ours)) {
    const { managers = [] } = labels.get(label) ?? {};
    return `${FIELD_MANAGER}${managers.find((m) => m !== FIELD_MANAGERS.podSecurity) ?? 'before-first-apply'}`;
  }
  const ranked = byStrictness(claims);
  if (live === undefined) return ranked[0]?.policy;
  const same = ranked.find((c) => compareStandards(live, c) === 0);
  return (same ?? byStrictness([...claims, ...held]).find((c) => isAtLeast(live, c)) ?? ranked[0])?.policy;
};

const enforced = (own: Claim, namespace: string, live: Standard, decidedBy = own.policy): SectionOutcome => {
  const why = decidedBy.startsWith(FIELD_MANAGER) ? `${decidedBy} set the label` : `policy ${decidedBy} requests it`;
  return {
    section: 'PodSecurity',
    state: 'InForce',
    reason: compareStandards(live, own) === 0 ? 'Enforced' : 'StricterElsewhere',
    message: `namespace ${namespace} enforces ${describeStandard(live)}${decidedBy === own.policy ? '' : `, because ${why}`}`,
  };
};

const waiting = (own: Claim, namespace: string, found: Violations | undefined): SectionOutcome => ({
  section: 'PodSecurity',
  state: 'Waiting',
  reason: found?.incomplete !== undefined && found.pods === 0 ? 'CheckIncomplete' : 'ViolatingPods',
  message:
    `namespace ${namespace} does not enforce ${describeStandard(own)} yet: ${found === undefined ? 'existing pods have not been checked' : describeViolations(found)}. ` +
    'The namespace audits and warns now. Palisade sets enforce when no pod violates the level. Delete finished pods, because they count. To enforce now, set onViolation: Enforce',
});

/** A claim that another one, which is in force already, keeps from being enforced. */
const incomparable = (
  own: Claim,
  claims: readonly Claim[],
  namespace: string,
  live: Standard,
): SectionOutcome | undefined => {
  const other = metBy(claims, live).find((claim) => !isAtLeast(own, claim));
  if (other === undefined) return undefined;
  return {
    section: 'PodSecurity',
    state: 'Stalled',
    reason: 'NotComparable',
    message:
      `namespace ${namespace} keeps ${describeStandard(live)}, because policy ${other.policy} requests ${describeStandard(other)}. ` +
      `This policy requests ${describeStandard(own)}, which is neither stricter nor weaker, because its version differs. ` +
      'Set podSecurity.version of both policies to the same value; without it, the version is latest',
  };
};

const stalled = (problem: Problem): SectionOutcome => ({ section: 'PodSecurity', state: 'Stalled', ...problem });

const outcomeOf = (
  own: Claim,
  claims: readonly Claim[],
  { metadata: { name }, labels }: CachedNamespace,
  decidedBy: string | undefined,
  { violations, problem, held = [] }: DryRuns,
): SectionOutcome => {
  if (problem !== undefined) return stalled(problem);
  const live = standardIn(labels, 'enforce');
  if (live !== undefined && isAtLeast(live, own)) return enforced(own, name, live, decidedBy);
  const found = violations.get(describeStandard(own));
  const answer = found && describeProblem(name, own, found);
  if (answer !== undefined) return stalled(answer);
  return (live && incomparable(own, [...claims, ...held], name, live)) ?? waiting(own, name, found);
};

/** The status and outcome of one policy after the common decision. */
export const report = (
  own: Claim,
  claims: readonly Claim[],
  namespace: CachedNamespace,
  decision: Decision,
  dryRuns: DryRuns,
): PodSecurityReport => {
  const live = standardIn(namespace.labels, 'enforce');
  const found = dryRuns.violations.get(describeStandard(own));
  const decidedBy = decider(claims, dryRuns.held ?? [], namespace, decision);
  const outcome = conflicted(own, namespace, decision) ?? outcomeOf(own, claims, namespace, decidedBy, dryRuns);
  const hasNoEffect = outcome.reason === 'Exempt' || outcome.reason === 'PodSecurityDisabled';
  const status = {
    requested: describeStandard(own),
    ...(live !== undefined && dryRuns.problem === undefined && { enforced: live.level }),
    ...(decidedBy !== undefined && !hasNoEffect && { decidedBy }),
    ...(found !== undefined && found.pods > 0 && { violatingPods: found.pods, violations: shown(found) }),
  };
  return { status, outcome };
};
