import { type Condition, findCondition } from '../api/conditions.ts';
import { TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import type { Occurrence } from '../kube/record/event.ts';
import type { FindingReason } from '../reach/findings/reasons.ts';
import type { CachedChild } from './children/cached-child.ts';
import { CHILD_TYPES, type ChildKind } from './children/kinds.ts';
import type { Change } from './children/writer.ts';
import { EVENT_REASONS, type EventReason } from './event-reasons.ts';
import { type SectionOutcome, toSectionConditions } from './status/outcome.ts';
import { newWarnings } from './status/warnings.ts';

/** An Event on a policy, without the policy itself. */
export type PolicyEvent = Omit<Occurrence<EventReason>, 'regarding'>;

/** The results of a reconcile, for its Events. */
export interface Reconciled {
  readonly changes: readonly Change[];
  /** Labels of the namespace that changed, as `key: from → to`. */
  readonly labels: readonly string[];
  readonly outcomes: readonly SectionOutcome[];
}

/** A generated object that another client changed or deleted, and that was restored. */
interface Drift {
  readonly object: CachedChild;
  readonly how: 'changed' | 'deleted';
  /** Field managers, or unknown: a removal does not show which manager made it. */
  readonly by: readonly string[];
}

/** This spec was in force before, so another client removed what is missing. */
const wasInForce = ({ status, metadata }: ContainerSecurityPolicy, type: string): boolean => {
  const condition = findCondition(status?.conditions, type);
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation;
};

/** The changes of a reconcile that reverted changes of other clients. */
export const driftOf = (policy: ContainerSecurityPolicy, changes: readonly Change[]): Drift[] =>
  changes.flatMap(({ action, object, by }): Drift[] => {
    const wasThere = wasInForce(policy, `${CHILD_TYPES[object.kind as ChildKind].section}Ready`);
    if (action === 'Created' && wasThere) return [{ object, how: 'deleted', by: ['unknown'] }];
    return action === 'Updated' && by.length > 0 ? [{ object, how: 'changed', by }] : [];
  });

/** The labels of the namespace, as `key: from → to`, that another client had removed. */
export const removedLabels = (policy: ContainerSecurityPolicy, labels: readonly string[]): string[] =>
  labels.filter((label) => {
    const type = label.startsWith(`${TRUSTED_IMAGES_LABEL}:`) ? 'ImagesReady' : 'PodSecurityReady';
    return label.includes(': (none) → ') && wasInForce(policy, type);
  });

/** Whether the API server refused this spec because it grants rights that the operator does not hold; true once for each spec. */
export const isNewlyRefusedEscalation = ({ status }: ContainerSecurityPolicy, after: PolicyStatus): boolean => {
  const [before, now] = [status, after].map((of) => findCondition(of?.conditions, 'AccessReady'));
  if (now?.reason !== 'EscalationRefused') return false;
  return before?.reason !== now.reason || before.observedGeneration !== now.observedGeneration;
};

/** The Ready condition, if its status or reason has changed. */
export const readyChange = ({ status }: ContainerSecurityPolicy, after: PolicyStatus): Condition | undefined => {
  const [before, now] = [status, after].map((of) => findCondition(of?.conditions, 'Ready'));
  return before?.status === now?.status && before?.reason === now?.reason ? undefined : now;
};

const describe = ({ kind, metadata }: CachedChild): string => `${kind} ${metadata.name}`;

const event = (reason: keyof typeof EVENT_REASONS, action: string, note: string): PolicyEvent => ({
  type: EVENT_REASONS[reason].type,
  reason,
  action,
  note,
});

const repaired = ({ object, how, by }: Drift): PolicyEvent => {
  const client = by.includes('unknown') ? 'another client' : `field manager ${by.join(', ')}`;
  const note = `${describe(object)} was ${how} by ${client}: restored`;
  return { ...event('DriftRepaired', 'Repair', note), related: object };
};

const restored = (namespace: string, removed: readonly string[]): PolicyEvent[] => {
  const note = `another client removed labels of namespace ${namespace}: restored ${removed.join(', ')}`;
  return removed.length === 0 ? [] : [event('DriftRepaired', 'Repair', note)];
};

const labeled = (labels: readonly string[]): PolicyEvent[] =>
  labels.length === 0 ? [] : [event('Labeled', 'Reconcile', labels.join(', '))];

const done = (action: Change['action'], changes: readonly Change[]): PolicyEvent[] => {
  const names = changes.filter((c) => c.action === action).map((c) => describe(c.object));
  return names.length === 0 ? [] : [event(action, 'Reconcile', names.join(', '))];
};

/** Sections whose condition is false for a new reason. */
const worsened = ({ status }: ContainerSecurityPolicy, outcomes: readonly SectionOutcome[]): PolicyEvent[] =>
  toSectionConditions(outcomes)
    .filter(
      (after) => after.status === 'False' && findCondition(status?.conditions, after.type)?.reason !== after.reason,
    )
    .map(({ reason, message }) => ({ type: 'Warning', reason, action: 'Reconcile', note: message }));

/** The Events of a reconcile: its changes, its repairs, and the refusals that it met. */
export const computeEvents = (
  policy: ContainerSecurityPolicy,
  { changes, labels, outcomes }: Reconciled,
): PolicyEvent[] => {
  const drift = driftOf(policy, changes);
  const own = changes.filter((c) => !drift.some((d) => d.object === c.object));
  const removed = removedLabels(policy, labels);
  return [
    ...done('Created', own),
    ...done('Updated', own),
    ...done('Deleted', own),
    ...labeled(labels.filter((label) => !removed.includes(label))),
    ...drift.map(repaired),
    ...restored(policy.metadata.namespace, removed),
    ...worsened(policy, outcomes),
  ];
};

/** The Events of warnings that the status did not have before. Their number is bounded as the lists of the status are. */
export const warned = ({ status }: ContainerSecurityPolicy, after: PolicyStatus): PolicyEvent[] =>
  newWarnings(status, after).map(({ rule, reason, message }) =>
    event(reason as FindingReason, 'Check', rule === undefined ? message : `${rule}: ${message}`),
  );

/** The Event of a deletion; undefined when nothing was removed. */
export const withdrawn = ({ changes, labels }: Pick<Reconciled, 'changes' | 'labels'>): PolicyEvent | undefined => {
  const removed = [...changes.map(({ object }) => describe(object)), ...labels];
  return removed.length === 0 ? undefined : event('Withdrawn', 'Withdraw', removed.join(', '));
};

/** What the note of an Event begins with in the log, where a line has no reason before it. */
const VERBS: Partial<Record<string, string>> = {
  Created: 'created ',
  Updated: 'updated ',
  Deleted: 'deleted ',
  Labeled: 'changed labels: ',
  Withdrawn: 'withdrew ',
};

/** An Event as a line of the log. */
export const toLogMessage = ({ reason, note }: Pick<PolicyEvent, 'reason' | 'note'>): string =>
  `${VERBS[reason] ?? ''}${note}`;
