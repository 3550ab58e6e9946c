import type { FailureReason } from '../../scan-error.ts';
import { endsPause, waitsForChange } from './backoff-by-reason.ts';
import type { ScanPriority } from './scan-request.ts';

/**
 * - Waiting: in the queue for a free place
 * - Running: its scan is under way
 * - BackingOff: its scan failed, and is tried again after a pause
 * - Paused: its registry asked to wait
 * - Failed: its scan failed, and waits for a change
 */
export type Phase = 'Waiting' | 'Running' | 'BackingOff' | 'Paused' | 'Failed';

/** An event of a key in the queue. */
export type QueueEvent =
  | { readonly kind: 'Requested'; readonly priority: ScanPriority }
  | { readonly kind: 'Started' | 'RegistryPaused' | 'WaitEnded' | 'Changed' | 'DatabaseArrived' | 'Removed' }
  /** `requested`: another scan was requested meanwhile. */
  | { readonly kind: 'Succeeded'; readonly requested: boolean }
  /** `answered`: the cause of the failure has changed meanwhile. */
  | { readonly kind: 'Failed'; readonly reason: FailureReason; readonly answered: boolean };

type Next = Phase | 'Forgotten';
type Rule<Event> = Next | ((event: Event, phase: Phase, failure: FailureReason | undefined) => Next);
type Rules = { readonly [Kind in QueueEvent['kind']]?: Rule<Extract<QueueEvent, { kind: Kind }>> };

const ifUrgent: Rules['Requested'] = ({ priority }, phase, failure) =>
  failure !== undefined && endsPause(failure, priority) ? 'Waiting' : phase;

const ifDatabaseWasMissing: Rules['DatabaseArrived'] = (_, phase, failure) =>
  failure === 'DatabaseMissing' ? 'Waiting' : phase;

const afterFailure: Rules['Failed'] = ({ reason, answered }) => {
  if (answered) return 'Waiting';
  if (reason === 'RateLimited') return 'Paused';
  return waitsForChange(reason) ? 'Failed' : 'BackingOff';
};

/** By phase and event, the next phase. An event that is not listed changes nothing. */
const TRANSITIONS: Readonly<Record<Phase, Rules>> = {
  Waiting: { Started: 'Running', RegistryPaused: 'Paused', Removed: 'Forgotten' },
  Running: { Succeeded: ({ requested }) => (requested ? 'Waiting' : 'Forgotten'), Failed: afterFailure },
  BackingOff: { Requested: ifUrgent, WaitEnded: 'Waiting', Changed: 'Waiting', Removed: 'Forgotten' },
  // A key that is paused may be free to ask another registry after a change.
  Paused: { Requested: ifUrgent, WaitEnded: 'Waiting', Changed: 'Waiting', Removed: 'Forgotten' },
  Failed: { Requested: ifUrgent, Changed: 'Waiting', DatabaseArrived: ifDatabaseWasMissing, Removed: 'Forgotten' },
};

/** @param failure why the last scan of the key failed; RateLimited also when its registry asked others to wait */
export const nextPhase = (phase: Phase, event: QueueEvent, failure?: FailureReason): Next => {
  const rule = TRANSITIONS[phase][event.kind] as Rule<QueueEvent> | undefined;
  if (rule === undefined) return phase;
  return typeof rule === 'function' ? rule(event, phase, failure) : rule;
};
