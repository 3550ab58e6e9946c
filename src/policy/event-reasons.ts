import { type EventInfo, normal, warning } from '../api/reason.ts';
import { FINDING_REASONS, type FindingReason } from '../reach/findings/reasons.ts';
import type { Reason } from './status/reasons.ts';

const FIX = 'correct the rule as the note says, if it is a mistake; the policy is in force as it is written';

/** Of warnings about network rules. */
const FINDINGS = Object.fromEntries(
  Object.entries(FINDING_REASONS).map(([reason, meaning]) => [reason, warning(meaning, FIX)]),
) as Record<FindingReason, EventInfo>;

/** Every reason of an Event on a policy, besides those of its conditions. docs/reference is made from it. */
export const EVENT_REASONS = {
  Created: normal('Palisade created the named objects'),
  Updated: normal('Palisade changed the named objects, because the policy or the cluster changed'),
  Deleted: normal('Palisade deleted the named objects, because the policy no longer generates them'),
  Labeled: normal(
    'Palisade changed labels of the namespace, for podSecurity or images; the note has the old and the new value',
  ),
  Withdrawn: normal('the policy was deleted, and Palisade removed the named objects and labels'),
  DriftRepaired: warning(
    'another client changed or deleted a generated object, or removed labels of the namespace, and Palisade restored them',
    'change the policy instead, or stop the client: the note has its field manager if the API server knows it',
  ),
  ...FINDINGS,
} as const satisfies Record<string, EventInfo>;

/** A section that is not in force has an Event with the reason of its condition. */
export type EventReason = keyof typeof EVENT_REASONS | Reason;
