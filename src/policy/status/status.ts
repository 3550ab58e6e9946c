import {
  type ConditionDraft as AnyConditionDraft,
  findCondition,
  sameStatus as sameConditionedStatus,
  toConditions,
} from '../../api/conditions.ts';
import { RECONCILE_ANNOTATION } from '../../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../../api/policy.ts';
import { describeUnsupported } from '../../api/unsupported.ts';
import { printable } from '../../text/printable.ts';
import type { CachedPolicy } from '../caches.ts';
import { CONDITIONS } from './conditions.ts';
import { MAX_MESSAGE, SECTION_NAMES, type SectionOutcome, toSectionConditions } from './outcome.ts';
import type { Reason } from './reasons.ts';
import { countWarnings } from './warnings.ts';

type ConditionDraft = AnyConditionDraft<Reason>;

const SECTION_CONDITIONS = SECTION_NAMES.map((name) => `${name}Ready`);
const OUR_CONDITIONS = Object.keys(CONDITIONS);

/** The fields of a policy's status that its sections fill. */
export type SectionStatus = Pick<
  PolicyStatus,
  'network' | 'podSecurity' | 'access' | 'images' | 'preview' | 'warnings'
>;

/** The results of the sections of a reconcile. */
export interface Results {
  readonly outcomes: readonly SectionOutcome[];
  readonly sections: SectionStatus;
}

/** The status of the sections after the last reconcile. */
export const lastSections = ({ status = {} }: ContainerSecurityPolicy): SectionStatus => {
  const { network, podSecurity, access, images } = status;
  return {
    ...(network && { network }),
    ...(podSecurity && { podSecurity }),
    ...(access && { access }),
    ...(images && { images }),
  };
};

/** An annotation may have any value; the status keeps this much of it. */
const MAX_REQUEST = 128;

const inState = (outcomes: readonly SectionOutcome[], state: SectionOutcome['state']): SectionOutcome[] =>
  outcomes.filter((o) => o.state === state);

const joined = (outcomes: readonly SectionOutcome[]): string =>
  printable(outcomes.map((o) => `${o.section}: ${o.message}`).join('. '), MAX_MESSAGE);

const enforcedReady = (outcomes: readonly SectionOutcome[]): ConditionDraft => {
  const worst = [...inState(outcomes, 'Stalled'), ...inState(outcomes, 'Retrying'), ...inState(outcomes, 'Waiting')];
  const [first] = worst;
  if (first !== undefined) return { type: 'Ready', status: 'False', reason: first.reason, message: joined(worst) };
  if (outcomes.length === 0) {
    return {
      type: 'Ready',
      status: 'True',
      reason: 'Empty',
      message: 'spec has none of network, podSecurity, access, images and scan: nothing is in force',
    };
  }
  return { type: 'Ready', status: 'True', reason: 'InForce', message: joined(outcomes) };
};

/** In mode Audit nothing is in force, earlier objects are withdrawn, and image rules warn. Only errors are listed. */
const auditReady = (outcomes: readonly SectionOutcome[]): ConditionDraft =>
  outcomes.some((o) => o.state !== 'InForce')
    ? enforcedReady(outcomes)
    : {
        type: 'Ready',
        status: 'True',
        reason: 'Audit',
        message: 'nothing is in force; status.preview shows what mode Enforce would do',
      };

/** kstatus: Reconciling and Stalled exist only while true. */
const progress = (outcomes: readonly SectionOutcome[]): ConditionDraft[] => {
  const stalled = inState(outcomes, 'Stalled');
  const progressing = [...inState(outcomes, 'Retrying'), ...inState(outcomes, 'Waiting')];
  const draft = (type: string, of: readonly SectionOutcome[]): ConditionDraft[] => {
    const [first] = of;
    return first === undefined ? [] : [{ type, status: 'True', reason: first.reason, message: joined(of) }];
  };
  return [...draft('Stalled', stalled), ...(stalled.length === 0 ? draft('Reconciling', progressing) : [])];
};

const handled = (policy: ContainerSecurityPolicy): Pick<PolicyStatus, 'lastHandledReconcileAt'> => {
  const requested = policy.metadata.annotations?.[RECONCILE_ANNOTATION] ?? policy.status?.lastHandledReconcileAt;
  return requested === undefined ? {} : { lastHandledReconcileAt: printable(requested, MAX_REQUEST) };
};

/** The status of a policy after a reconcile. Equal results give an equal status, so that nothing is written twice. */
export const computeStatus = (
  policy: ContainerSecurityPolicy,
  { outcomes, sections }: Results,
  now: number,
): PolicyStatus => {
  const { generation } = policy.metadata;
  const ready = policy.spec.mode === 'Audit' ? auditReady(outcomes) : enforcedReady(outcomes);
  const drafts = [ready, ...toSectionConditions(outcomes), ...progress(outcomes)];
  return {
    observedGeneration: generation,
    conditions: toConditions(policy.status?.conditions, drafts, generation, now),
    ...sections,
    ...handled(policy),
  };
};

/** Of a policy that is not reconciled: the last known values stay, and the conditions of its sections become Unknown. */
const atRest = (
  policy: ContainerSecurityPolicy,
  why: Pick<ConditionDraft, 'reason' | 'message'>,
  drafts: readonly ConditionDraft[],
  now: number,
): PolicyStatus => {
  const { generation } = policy.metadata;
  const { preview, warnings: _, ...status } = policy.status ?? {};
  // Of a proposal, it would be of an earlier one.
  const kept = policy.spec.mode === 'Audit' ? preview : undefined;
  const { inForce, previewed } = countWarnings({ ...status, ...(kept && { preview: kept }) });
  const types = SECTION_CONDITIONS.filter((type) => findCondition(status.conditions, type) !== undefined);
  const sections = types.map((type): ConditionDraft => ({ type, status: 'Unknown', ...why }));
  return {
    ...status,
    ...(kept && { preview: kept }),
    ...(inForce + previewed > 0 && { warnings: inForce + previewed }),
    observedGeneration: generation,
    conditions: toConditions(status.conditions, [...drafts, ...sections], generation, now),
  };
};

const suspendedStatus = (policy: ContainerSecurityPolicy, now: number): PolicyStatus => {
  const message =
    'suspended: nothing is created, changed, repaired or withdrawn; counts and levels in the status are those before the suspension; set spec.suspend to false to resume';
  const why = { reason: 'Suspended', message } as const;
  return atRest(policy, why, [{ type: 'Ready', status: 'Unknown', ...why }], now);
};

/** Of a policy whose spec has a field or value that this release does not know. */
const unsupportedStatus = (policy: CachedPolicy, unsupported: readonly string[], now: number): PolicyStatus => {
  const message = printable(describeUnsupported(policy.kind, unsupported), MAX_MESSAGE);
  const why = { reason: 'UnsupportedSpec', message } as const;
  const drafts: ConditionDraft[] = [
    { type: 'Ready', status: 'False', ...why },
    { type: 'Stalled', status: 'True', ...why },
  ];
  return atRest(policy, why, drafts, now);
};

/** Of a policy for which isAtRest is true. */
export const restingStatus = (policy: CachedPolicy, now: number): PolicyStatus =>
  policy.spec.suspend === true || policy.unsupported === undefined
    ? suspendedStatus(policy, now)
    : unsupportedStatus(policy, policy.unsupported, now);

export const sameStatus = (a: PolicyStatus | undefined, b: PolicyStatus): boolean =>
  sameConditionedStatus(a, b, OUR_CONDITIONS);
