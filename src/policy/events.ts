import { type Condition, findCondition } from '../api/conditions.ts';
import { TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import type { Occurrence } from '../kube/record/event.ts';
import type { ChildKind } from './children/kinds.ts';
import type { ChildView } from './children/view.ts';
import type { Change } from './children/writer.ts';

/** An Event on the policy, but for the policy itself. */
export type Entry = Omit<Occurrence, 'regarding'>;

/** A generated object that somebody had changed or deleted, and that is back. */
export interface Drift {
  readonly object: ChildView;
  /** Field managers, or unknown: what is taken away does not say by whom. */
  readonly by: readonly string[];
}

/** The condition that says whether the objects of a kind are there. */
const CONDITIONS: Readonly<Record<ChildKind, string>> = {
  NetworkPolicy: 'NetworkReady',
  Role: 'AccessReady',
  RoleBinding: 'AccessReady',
  ImageScan: 'ScanReady',
};

/** The spec was in force as it is, so what is missing was taken away by somebody. */
const wasInForce = ({ status, metadata }: ContainerSecurityPolicy, type: string): boolean => {
  const condition = findCondition(status?.conditions, type);
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation;
};

/** Which of the changes of a reconcile repaired what others did. */
export const driftOf = (policy: ContainerSecurityPolicy, changes: readonly Change[]): Drift[] =>
  changes.flatMap(({ action, object, by }) => {
    const wasThere = wasInForce(policy, CONDITIONS[object.kind as ChildKind]);
    if (action === 'Created' && wasThere) return [{ object, by: ['unknown'] }];
    return action === 'Updated' && by.length > 0 ? [{ object, by }] : [];
  });

/** Which of the labels of the namespace, as `key: from → to`, somebody had taken away. */
export const takenLabels = (policy: ContainerSecurityPolicy, labels: readonly string[]): string[] =>
  labels.filter((label) => {
    const type = label.startsWith(`${TRUSTED_IMAGES_LABEL}:`) ? 'ImagesReady' : 'PodSecurityReady';
    return label.includes(': (none) → ') && wasInForce(policy, type);
  });

/** Whether the API server refused to let this spec give rights that the operator does not hold; true once for each spec. */
export const isNewlyRefusedEscalation = ({ status }: ContainerSecurityPolicy, after: PolicyStatus): boolean => {
  const [before, now] = [status, after].map((of) => findCondition(of?.conditions, 'AccessReady'));
  if (now?.reason !== 'EscalationRefused') return false;
  return before?.reason !== now.reason || before.observedGeneration !== now.observedGeneration;
};

/** Ready, when it is of another status or for another reason than before. */
export const readyChange = ({ status }: ContainerSecurityPolicy, after: PolicyStatus): Condition | undefined => {
  const [before, now] = [status, after].map((of) => findCondition(of?.conditions, 'Ready'));
  return before?.status === now?.status && before?.reason === now?.reason ? undefined : now;
};

const describe = ({ kind, metadata }: ChildView): string => `${kind} ${metadata.name}`;

const repaired = ({ object, by }: Drift): Entry => ({
  type: 'Warning',
  reason: 'DriftRepaired',
  action: 'Repair',
  related: object,
  note: `${describe(object)} was ${by.includes('unknown') ? 'deleted or changed by somebody' : `changed by field manager ${by.join(', ')}`}: put back`,
});

const putBack = (namespace: string, taken: readonly string[]): Entry[] => {
  const note = `somebody took labels of namespace ${namespace} away: put back ${taken.join(', ')}`;
  return taken.length === 0 ? [] : [{ type: 'Warning', reason: 'DriftRepaired', action: 'Repair', note }];
};

const labelled = (labels: readonly string[]): Entry[] =>
  labels.length === 0 ? [] : [{ type: 'Normal', reason: 'Labelled', action: 'Reconcile', note: labels.join(', ') }];

const done = (action: Change['action'], changes: readonly Change[]): Entry[] => {
  const names = changes.filter((c) => c.action === action).map((c) => describe(c.object));
  return names.length === 0 ? [] : [{ type: 'Normal', reason: action, action: 'Reconcile', note: names.join(', ') }];
};

/** Sections whose condition is false for a new reason. */
const worsened = (policy: ContainerSecurityPolicy, after: PolicyStatus): Entry[] =>
  (after.conditions ?? [])
    .filter(({ type, status, reason }) => {
      const before = findCondition(policy.status?.conditions, type);
      return type !== 'Ready' && type.endsWith('Ready') && status === 'False' && before?.reason !== reason;
    })
    .map(({ reason, message }) => ({ type: 'Warning', reason, action: 'Reconcile', note: message }));

/** What a reconcile has to tell: what it changed, what it repaired, and what it was refused. */
export const entriesOf = (
  policy: ContainerSecurityPolicy,
  changes: readonly Change[],
  labels: readonly string[],
  after: PolicyStatus,
): Entry[] => {
  const drift = driftOf(policy, changes);
  const own = changes.filter((c) => !drift.some((d) => d.object === c.object));
  const taken = takenLabels(policy, labels);
  return [
    ...done('Created', own),
    ...done('Updated', own),
    ...done('Deleted', own),
    ...labelled(labels.filter((label) => !taken.includes(label))),
    ...drift.map(repaired),
    ...putBack(policy.metadata.namespace, taken),
    ...worsened(policy, after),
  ];
};
