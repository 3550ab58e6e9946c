import type { ConditionDraft } from '../../api/conditions.ts';
import { ApiError, classify, type ErrorClass } from '../../kube/rest/errors.ts';
import { printable } from '../../text/printable.ts';
import { DriftStormError, FinalizerHeldError, StalledError } from '../errors.ts';
import { REASONS, type Reason } from './reasons.ts';

/** In the order of their conditions. */
export const SECTION_NAMES = ['Network', 'PodSecurity', 'Access', 'Images', 'Scan'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/**
 * The result of one section of a policy.
 * - InForce: the section is in force
 * - Waiting: it continues when the cluster changes
 * - Retrying: an error that may pass; retried soon
 * - Stalled: a user must change the policy or the cluster
 */
export interface SectionOutcome {
  /** Policy: concerns the policy as a whole. */
  readonly section: SectionName | 'Policy';
  readonly state: 'InForce' | 'Waiting' | 'Retrying' | 'Stalled';
  readonly reason: Reason;
  readonly message: string;
  /** Time before the next try, milliseconds: of Retrying the shortest that the API server asks for. */
  readonly retryAfterMs?: number;
}

/** The schema's bound on a condition's message. */
export const MAX_MESSAGE = 32_768;
/** The API server may quote a whole object. */
const MAX_REFUSAL = 4096;

const toReason = (error: ErrorClass): Reason => (error === 'Unknown' ? 'Failed' : error);

/** The outcome of a section that threw an error: the one place that decides between Retrying and Stalled. */
export const failed = (section: SectionOutcome['section'], error: unknown): SectionOutcome => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StalledError) return { section, state: 'Stalled', reason: error.reason, message };
  if (error instanceof FinalizerHeldError) return { section, state: 'Waiting', reason: 'HeldByFinalizers', message };
  if (error instanceof DriftStormError)
    return { section, state: 'Waiting', reason: 'DriftStorm', message, retryAfterMs: error.afterMs };
  const reason = toReason(classify(error));
  const { state, cure } = REASONS[reason];
  if (state === 'Stalled') {
    // On one line, for tables; without the request, whose path does not help the author of the policy.
    const refusal = printable(error instanceof ApiError ? error.status.message : message, MAX_REFUSAL);
    return { section, state, reason, message: `the API server refused: ${refusal}; ${cure}` };
  }
  if (reason === 'NamespaceTerminating')
    return { section, state: 'Waiting', reason, message: 'the namespace is being deleted' };
  const seconds = (error as { retryAfterSeconds?: number }).retryAfterSeconds;
  return {
    section,
    state: 'Retrying',
    reason,
    message: `${message}; retrying`,
    ...(seconds !== undefined && { retryAfterMs: seconds * 1000 }),
  };
};

/** One condition for each section of the spec. */
export const toSectionConditions = (outcomes: readonly SectionOutcome[]): ConditionDraft<Reason>[] =>
  outcomes
    .filter(({ section }) => section !== 'Policy')
    .map(({ section, state, reason, message }) => ({
      type: `${section}Ready`,
      status: state === 'InForce' ? 'True' : 'False',
      reason,
      message: printable(message, MAX_MESSAGE),
    }));
