import { type Finding, findCondition, sameStatus as sameConditionedStatus, toConditions } from '../api/conditions.ts';
import { RECONCILE_ANNOTATION } from '../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import { describeUnsupported } from '../api/unsupported.ts';
import type { CachedPolicy } from './caches.ts';
import { MAX_MESSAGE, type Outcome, toFindings } from './outcome.ts';

const SECTION_CONDITIONS = ['NetworkReady', 'PodSecurityReady', 'AccessReady', 'ImagesReady', 'ScanReady'];
const OUR_CONDITIONS = ['Ready', ...SECTION_CONDITIONS, 'Reconciling', 'Stalled'];

/** What the steps of a reconcile found. */
export interface Results {
  readonly outcomes: readonly Outcome[];
  readonly sections: Pick<PolicyStatus, 'network' | 'podSecurity' | 'access' | 'images' | 'preview'>;
}

const inState = (outcomes: readonly Outcome[], state: Outcome['state']): Outcome[] =>
  outcomes.filter((o) => o.state === state);

const joined = (outcomes: readonly Outcome[]): string =>
  outcomes
    .map((o) => `${o.section}: ${o.message}`)
    .join('. ')
    .slice(0, MAX_MESSAGE);

const enforcedReady = (outcomes: readonly Outcome[]): Finding => {
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

/** In Audit mode nothing is in force, and what was is withdrawn; image rules warn. What else there is to say is bad news. */
const auditReady = (outcomes: readonly Outcome[]): Finding =>
  outcomes.some((o) => o.state !== 'InForce')
    ? enforcedReady(outcomes)
    : {
        type: 'Ready',
        status: 'True',
        reason: 'Audit',
        message: 'nothing is in force; status.preview says what mode Enforce would do',
      };

/** kstatus: Reconciling and Stalled are there only while true. */
const progress = (outcomes: readonly Outcome[]): Finding[] => {
  const stalled = inState(outcomes, 'Stalled');
  const going = [...inState(outcomes, 'Retrying'), ...inState(outcomes, 'Waiting')];
  const finding = (type: string, of: readonly Outcome[]): Finding[] => {
    const [first] = of;
    return first === undefined ? [] : [{ type, status: 'True', reason: first.reason, message: joined(of) }];
  };
  return [...finding('Stalled', stalled), ...(stalled.length === 0 ? finding('Reconciling', going) : [])];
};

const handled = (policy: ContainerSecurityPolicy): Pick<PolicyStatus, 'lastHandledReconcileAt'> => {
  const requested = policy.metadata.annotations?.[RECONCILE_ANNOTATION] ?? policy.status?.lastHandledReconcileAt;
  return requested === undefined ? {} : { lastHandledReconcileAt: requested };
};

/** The status of a policy after a reconcile. Equal results give an equal status, so that nothing is written twice. */
export const computeStatus = (
  policy: ContainerSecurityPolicy,
  { outcomes, sections }: Results,
  now: Date,
): PolicyStatus => {
  const { generation } = policy.metadata;
  const ready = policy.spec.mode === 'Audit' ? auditReady(outcomes) : enforcedReady(outcomes);
  const findings = [ready, ...toFindings(outcomes), ...progress(outcomes)];
  return {
    observedGeneration: generation,
    conditions: toConditions(policy.status?.conditions, findings, generation, now),
    ...sections,
    ...handled(policy),
  };
};

/** The figures of what was last done stay; the conditions of sections say that nobody looks any more. */
const atRest = (
  policy: ContainerSecurityPolicy,
  why: Pick<Finding, 'reason' | 'message'>,
  findings: readonly Finding[],
  now: Date,
): PolicyStatus => {
  const { generation } = policy.metadata;
  const { status = {} } = policy;
  const types = SECTION_CONDITIONS.filter((type) => findCondition(status.conditions, type) !== undefined);
  const sections = types.map((type): Finding => ({ type, status: 'Unknown', ...why }));
  return {
    ...status,
    observedGeneration: generation,
    conditions: toConditions(status.conditions, [...findings, ...sections], generation, now),
  };
};

export const suspendedStatus = (policy: ContainerSecurityPolicy, now: Date): PolicyStatus => {
  const message = 'suspended: nothing is created, changed, repaired or withdrawn; set spec.suspend to false to go on';
  const why = { reason: 'Suspended', message };
  return atRest(policy, why, [{ type: 'Ready', status: 'Unknown', ...why }], now);
};

/** Of a policy with something in its spec that this release does not know. */
export const unsupportedStatus = (policy: CachedPolicy, unsupported: readonly string[], now: Date): PolicyStatus => {
  const message = describeUnsupported(policy.kind, unsupported).slice(0, MAX_MESSAGE);
  const why = { reason: 'UnsupportedSpec', message };
  const findings: Finding[] = [
    { type: 'Ready', status: 'False', ...why },
    { type: 'Stalled', status: 'True', ...why },
  ];
  return atRest(policy, why, findings, now);
};

export const sameStatus = (a: PolicyStatus | undefined, b: PolicyStatus): boolean =>
  sameConditionedStatus(a, b, OUR_CONDITIONS);
