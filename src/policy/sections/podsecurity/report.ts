import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { PolicyStatus } from '../../../api/policy.ts';
import { printable } from '../../../text/printable.ts';
import type { CachedNamespace } from '../../namespace.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import { byStrictness, type Claim, type Decision, type LabelConflict } from './decide.ts';
import { levelLabel, standardIn } from './labels.ts';
import { compareStandards, describeStandard, type Standard } from './level.ts';
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
}

/** Within the schema's bounds. */
export const shown = ({ groups }: Violations): string[] =>
  groups.slice(0, MAX_GROUPS).map((group) => printable(group, MAX_LENGTH));

const describeViolations = (found: Violations): string => {
  const { pods, incomplete } = found;
  const who = pods === 1 ? '1 existing pod violates' : `${pods} existing pods violate`;
  return [
    ...(incomplete === undefined ? [] : [incomplete]),
    ...(pods === 0 ? [] : [`${who} it: ${shown(found).join('; ')}`]),
  ].join('. ');
};

const conflictMessage = (namespace: string, conflicts: readonly LabelConflict[]): string =>
  conflicts
    .map(
      ({ label, value, manager }) =>
        `field manager ${manager} holds label ${label}=${value} of namespace ${namespace}, and ${FIELD_MANAGERS.podSecurity} does not overwrite it: ` +
        `have its owner set the value or release the label (kubectl label namespace ${namespace} ${label}-)`,
    )
    .join('. ');

/** Conflicts with the request of this policy; a conflict with a stricter request belongs to the policy that makes it. */
const conflicted = (own: Claim, namespace: CachedNamespace, { conflicts }: Decision): SectionOutcome | undefined => {
  const mine = conflicts.filter(({ mode }) => {
    const live = standardIn(namespace.labels, mode);
    return live === undefined || compareStandards(live, own) < 0;
  });
  if (mine.length === 0) return undefined;
  return {
    section: 'PodSecurity',
    state: 'Stalled',
    reason: 'LabelConflict',
    message: conflictMessage(namespace.metadata.name, mine),
  };
};

/** The policy that requests the enforced level, the field manager that set it, or the policy with the strictest request. */
const decider = (
  claims: readonly Claim[],
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
  return (ranked.find((c) => live === undefined || compareStandards(c, live) <= 0) ?? ranked[0])?.policy;
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

/** The status and outcome of one policy after the common decision. */
export const report = (
  own: Claim,
  claims: readonly Claim[],
  namespace: CachedNamespace,
  decision: Decision,
  { violations }: DryRuns,
): PodSecurityReport => {
  const { name } = namespace.metadata;
  const live = standardIn(namespace.labels, 'enforce');
  const found = violations.get(describeStandard(own));
  const decidedBy = decider(claims, namespace, decision);
  const isEnforced = live !== undefined && compareStandards(live, own) >= 0;
  const status = {
    requested: describeStandard(own),
    ...(live !== undefined && { enforced: live.level }),
    ...(decidedBy !== undefined && { decidedBy }),
    ...(found !== undefined && found.pods > 0 && { violatingPods: found.pods, violations: shown(found) }),
  };
  const outcome =
    conflicted(own, namespace, decision) ??
    (isEnforced ? enforced(own, name, live, decidedBy) : waiting(own, name, found));
  return { status, outcome };
};
