import { isDeepStrictEqual } from 'node:util';
import { rfc3339 } from '../text/rfc3339.ts';
import type { ContainerSecurityPolicy } from './containersecuritypolicy.generated.ts';

/** A condition by the Kubernetes API conventions. */
export type Condition = NonNullable<NonNullable<ContainerSecurityPolicy['status']>['conditions']>[number];

/** The part of a condition that its writer decides; the rest follows from it. */
export type ConditionDraft<Reason extends string = string> = Pick<Condition, 'type' | 'status' | 'message'> & {
  readonly reason: Reason;
};

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((c) => c.type === type);

/**
 * Turns drafts into conditions. `lastTransitionTime` moves only when a status changes, so an unchanged policy keeps
 * an unchanged status. Conditions of `before` without a draft are dropped.
 * @param now milliseconds since 1970
 */
export const toConditions = (
  before: readonly Condition[] | undefined,
  drafts: readonly ConditionDraft[],
  observedGeneration: number,
  now: number,
): Condition[] =>
  drafts.map((draft) => {
    const old = findCondition(before, draft.type);
    const lastTransitionTime = old?.status === draft.status ? old.lastTransitionTime : rfc3339(now);
    return { ...draft, observedGeneration, lastTransitionTime };
  });

interface WithConditions {
  readonly conditions?: readonly Condition[];
}

const comparable = (status: WithConditions | undefined, ours: readonly string[]): unknown => ({
  ...status,
  conditions: (status?.conditions ?? [])
    .filter(({ type }) => ours.includes(type))
    .sort((a, b) => (a.type < b.type ? -1 : 1)),
});

/**
 * Whether two statuses say the same. Conditions that others added do not count, nor does the order, which a server-side
 * apply may change. @param ours types of the conditions that count
 */
export const sameStatus = (a: WithConditions | undefined, b: WithConditions, ours: readonly string[]): boolean =>
  isDeepStrictEqual(comparable(a, ours), comparable(b, ours));
