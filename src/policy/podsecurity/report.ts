import { FIELD_MANAGERS } from '../../api/keys.ts';
import type { PolicyStatus } from '../../api/policy.ts';
import type { Outcome } from '../outcome.ts';
import { byStrictness, type Claim, type Decision, ownedLabels } from './decide.ts';
import { levelLabel, type NamespaceLabels, standardIn } from './labels.ts';
import { compareStandards, describeStandard } from './level.ts';
import type { NamespaceView } from './namespace.ts';
import type { Violations } from './violations.ts';

/** The schema's bound on status.podSecurity.violations. */
const MAX_GROUPS = 10;

export interface PodSecurityResult {
  readonly status?: NonNullable<PolicyStatus['podSecurity']>;
  /** Absent when the policy has no such section. */
  readonly outcome?: Outcome;
  /** Labels that were set, changed or released, as `key: from → to`. */
  readonly changes: readonly string[];
}

/** What was found out about a namespace on the way to a decision. */
export interface Inquiry {
  readonly accepted?: Claim;
  readonly violations: ReadonlyMap<string, Violations>;
}

export const changesOf = (before: NamespaceLabels, wanted: Readonly<Record<string, string>>): string[] => {
  const set = Object.entries(wanted)
    .filter(([key, value]) => before.get(key)?.value !== value)
    .map(([key, value]) => `${key}: ${before.get(key)?.value ?? '(none)'} → ${value}`);
  const released = Object.keys(ownedLabels(before))
    .filter((key) => !(key in wanted))
    .map((key) => `${key}: ${before.get(key)?.value} → (released)`);
  return [...set, ...released];
};

const describeViolations = ({ pods, groups, incomplete }: Violations): string =>
  [
    ...(incomplete === undefined ? [] : [incomplete]),
    ...(pods === 0 ? [] : [`${pods} existing pods violate it: ${groups.slice(0, MAX_GROUPS).join('; ')}`]),
  ].join('. ');

const conflictMessage = (namespace: string, { conflicts }: Decision): string =>
  conflicts
    .map(
      ({ label, value, manager }) =>
        `field manager ${manager} holds label ${label}=${value} of namespace ${namespace}, and ${FIELD_MANAGERS.podSecurity} does not overwrite it: ` +
        `have its owner set the value or give the label up (kubectl label namespace ${namespace} ${label}-)`,
    )
    .join('. ');

/** What one policy says about the common decision. */
export const report = (
  own: Claim,
  claims: readonly Claim[],
  namespace: NamespaceView,
  decision: Decision,
  { violations }: Inquiry,
): Required<Pick<PodSecurityResult, 'status' | 'outcome'>> => {
  const section = 'PodSecurity' as const;
  const { name } = namespace.metadata;
  const live = standardIn(namespace.podSecurity, 'enforce');
  const found = violations.get(describeStandard(own));
  const heldBy = foreignOwner(namespace.podSecurity, decision);
  const decidedBy = heldBy === undefined ? byStrictness(claims)[0]?.policy : `field manager ${heldBy}`;
  const status = {
    requested: describeStandard(own),
    ...(live !== undefined && { enforced: live.level }),
    ...(decidedBy !== undefined && { decidedBy }),
    violatingPods: found?.pods ?? 0,
    ...(found !== undefined && found.groups.length > 0 && { violations: found.groups.slice(0, MAX_GROUPS) }),
  };
  if (live !== undefined && compareStandards(live, own) >= 0) {
    const message = `namespace ${name} enforces ${describeStandard(live)}${decidedBy === own.policy ? '' : `, as ${decidedBy} decides`}`;
    const reason = decidedBy === own.policy ? 'Enforced' : 'StricterElsewhere';
    return { status, outcome: conflicted(decision, name) ?? { section, state: 'InForce', reason, message } };
  }
  const conflict = conflicted(decision, name);
  if (conflict !== undefined) return { status, outcome: conflict };
  const incomplete = found?.incomplete !== undefined && found.pods === 0;
  return {
    status,
    outcome: {
      section,
      state: 'Waiting',
      reason: incomplete ? 'CheckIncomplete' : 'ViolatingPods',
      message:
        `namespace ${name} does not enforce ${describeStandard(own)} yet: ${found === undefined ? 'a stricter policy is looked at first' : describeViolations(found)}. ` +
        'It audits and warns, and enforces by itself once no pod violates it (finished pods count: delete them); onViolation: Enforce enforces now',
    },
  };
};

const conflicted = (decision: Decision, namespace: string): Outcome | undefined =>
  decision.conflicts.length === 0
    ? undefined
    : {
        section: 'PodSecurity',
        state: 'Stalled',
        reason: 'LabelConflict',
        message: conflictMessage(namespace, decision),
      };

/** Whose enforce label it is, when it is not ours to set. */
const foreignOwner = (labels: NamespaceLabels, { labels: ours }: Decision): string | undefined => {
  const label = levelLabel('enforce');
  const live = labels.get(label);
  if (live === undefined || label in ours) return undefined;
  return (
    live.managers.find((m) => m !== FIELD_MANAGERS.podSecurity) ??
    (live.managers.length === 0 ? 'before-first-apply' : undefined)
  );
};
