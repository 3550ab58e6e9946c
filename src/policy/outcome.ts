import type { Finding } from '../api/conditions.ts';
import { ApiError, classify, type Failure } from '../kube/rest/errors.ts';
import { oneLine } from '../text/one-line.ts';
import { DriftStormError, FinalizerHeldError, StalledError } from './errors.ts';

/**
 * How one section of a policy ended.
 * - InForce: everything is as the section says
 * - Waiting: it goes on by itself when the cluster changes
 * - Retrying: something failed that may pass; try again soon
 * - Stalled: somebody has to change the policy or the cluster
 */
export interface Outcome {
  /** Policy: what concerns none of the sections alone. */
  readonly section: 'Network' | 'PodSecurity' | 'Access' | 'Images' | 'Scan' | 'Policy';
  readonly state: 'InForce' | 'Waiting' | 'Retrying' | 'Stalled';
  readonly reason: string;
  readonly message: string;
  /** Time before the next try, milliseconds: of Retrying the shortest that the API server asks for. */
  readonly retryAfterMs?: number;
}

export type Section = Outcome['section'];

/** The schema's bound on a condition's message. */
export const MAX_MESSAGE = 32_768;

/** Failures that last until somebody acts, and what that is. */
const CURES: Partial<Record<Failure, { reason: string; cure: string }>> = {
  EscalationRefused: {
    reason: 'EscalationRefused',
    cure: 'the operator may grant only what it holds itself: ask for less, or have a cluster admin extend ClusterRole palisade-grantable',
  },
  AdmissionRefused: {
    reason: 'AdmissionRefused',
    cure: 'change the policy, or the admission policy that refuses what it generates',
  },
  Invalid: { reason: 'Invalid', cure: 'change the field of the policy that it comes from' },
  QuotaExceeded: { reason: 'QuotaExceeded', cure: 'raise the ResourceQuota, or make room' },
  Forbidden: { reason: 'Forbidden', cure: 'apply config/rbac, which grants the operator what it needs' },
};

/** The outcome of a section from what was thrown in it: the one place that decides between retry and giving up. */
export const failed = (section: Section, error: unknown): Outcome => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StalledError) return { section, state: 'Stalled', reason: error.reason, message };
  if (error instanceof FinalizerHeldError) return { section, state: 'Waiting', reason: 'HeldByFinalizers', message };
  if (error instanceof DriftStormError)
    return { section, state: 'Waiting', reason: 'DriftStorm', message, retryAfterMs: error.afterMs };
  const failure = classify(error);
  const cure = CURES[failure];
  if (cure !== undefined) {
    // On one line, or tables cut it; without the request, whose path says nothing to whoever wrote the policy.
    const said = oneLine(error instanceof ApiError ? error.status.message : message);
    return {
      section,
      state: 'Stalled',
      reason: cure.reason,
      message: `the API server refused: ${said}; ${cure.cure}`,
    };
  }
  if (failure === 'NamespaceTerminating')
    return { section, state: 'Waiting', reason: failure, message: 'the namespace is being deleted' };
  const seconds = (error as { retryAfterSeconds?: number }).retryAfterSeconds;
  return {
    section,
    state: 'Retrying',
    reason: failure === 'Unknown' ? 'Failed' : failure,
    message: `${message}; trying again`,
    ...(seconds !== undefined && { retryAfterMs: seconds * 1000 }),
  };
};

/** One condition for each section of the spec. */
export const toFindings = (outcomes: readonly Outcome[]): Finding[] =>
  outcomes
    .filter(({ section }) => section !== 'Policy')
    .map(({ section, state, reason, message }) => ({
      type: `${section}Ready`,
      status: state === 'InForce' ? 'True' : 'False',
      reason,
      message: message.slice(0, MAX_MESSAGE),
    }));
