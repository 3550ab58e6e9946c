import { type EventInfo, normal, type ReasonInfo, warning } from '../../../api/reason.ts';
import { durationInWords } from '../../../text/duration-in-words.ts';
import { EXCEPTION_NOTICE_MS } from '../../findings/exceptions.ts';
import { STALLS, type StallReason } from '../status/reasons.ts';

const UPGRADE = 'upgrade as status.images[].advice says, or add an exception';
const EXTEND = 'fix the finding, or extend expiresAt';

const stall = ({ meaning, cure = '' }: ReasonInfo): EventInfo => warning(meaning, cure);

const STALL_EVENTS: Readonly<Record<StallReason, EventInfo>> = {
  PullSecretUnreadable: stall(STALLS.PullSecretUnreadable),
  InvalidSchedule: stall(STALLS.InvalidSchedule),
  InvalidException: stall(STALLS.InvalidException),
};

/** Every reason of an Event on an ImageScan. docs/reference is made from it. */
export const EVENT_REASONS = {
  NewCriticalFinding: warning('the named critical findings are new', UPGRADE),
  Fixed: normal('no image has the named critical findings any more'),
  ScanFailed: warning(
    'an image cannot be scanned, for a new reason; the note starts with the reason of the failure',
    'as the note says',
  ),
  ...STALL_EVENTS,
  NotCompliant: warning(
    'the ImageScan is not compliant any more: findings of severity failOn or above count, or with failOnKnownExploited findings that are known to be exploited',
    UPGRADE,
  ),
  Compliant: normal(
    'the ImageScan is compliant: every image has a result, and no finding reaches the severity failOn or, with failOnKnownExploited, is known to be exploited',
  ),
  ExceptionExpires: warning(`the named exception ends within ${durationInWords(EXCEPTION_NOTICE_MS)}`, EXTEND),
  ExceptionEnded: warning('the named exception has ended, and its findings count again', EXTEND),
} as const satisfies Record<string, EventInfo>;

export type EventReason = keyof typeof EVENT_REASONS;
