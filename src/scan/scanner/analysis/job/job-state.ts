import type { Job } from 'kubernetes-types/batch/v1.js';
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';
import { printableAscii } from '../../../../text/printable.ts';
import { type FailureReason, ScanError } from '../../../scan-error.ts';
import { CONTAINER } from './sbom-job.ts';

/** A Job and its pod as they were last seen. */
interface Seen {
  /** undefined: it is gone. */
  readonly job: Job | undefined;
  /** undefined: it does not exist yet, or no longer. */
  readonly pod: Pod | undefined;
}

/**
 * - Starting: `why` it does not run yet, if that is known
 * - Exited: its result is in its log
 * - Lost: the Job ended or is gone, and its pod does not show why; pods may be seen later than Jobs
 */
export type JobState =
  | { readonly state: 'Starting'; readonly why?: string }
  | { readonly state: 'Running' }
  | { readonly state: 'Exited'; readonly exitCode: number }
  | { readonly state: 'Failed' | 'Lost'; readonly error: ScanError };

/** Reasons of a waiting container that never resolve by waiting. */
const HOPELESS: readonly string[] = ['InvalidImageName', 'ErrImageNeverPull'];
const IMAGE_CURE = 'check --job-image, and that the nodes can pull it';

/**
 * The state of a Job.
 * @param what the image, for messages
 */
export const jobStateOf = (what: string, { job, pod }: Seen): JobState => {
  const failed = (reason: FailureReason, message: string): JobState => ({
    state: 'Failed',
    error: new ScanError(reason, `${what}: ${message}`),
  });
  const status = statusOf(pod);
  const exit = status?.state?.terminated;
  if (exit?.exitCode === 0) return { state: 'Exited', exitCode: 0 };
  if (job === undefined) return lost(what, 'another client deleted its Job: a new one is created');
  const end = endOfJob(job);
  if (end?.reason === 'DeadlineExceeded') {
    return failed('Timeout', `its Job did not end within ${job.spec?.activeDeadlineSeconds} s: allow more time`);
  }
  const ended = endOfPod(pod, exit?.reason);
  if (ended !== undefined) return failed(...ended);
  // A Job whose pod is deleted shows the reason a moment later.
  if (exit !== undefined && pod?.metadata?.deletionTimestamp === undefined) {
    return { state: 'Exited', exitCode: exit.exitCode };
  }
  if (end !== undefined) {
    return lost(what, `its pod ended before it was done (${printableAscii(end.message ?? end.reason ?? '')})`);
  }
  return progress(failed, pod, status);
};

const lost = (what: string, message: string): JobState => ({
  state: 'Lost',
  error: new ScanError('ScannerFailed', `${what}: ${message}`),
});

const progress = (
  failed: (reason: FailureReason, message: string) => JobState,
  pod: Pod | undefined,
  status: ContainerStatus | undefined,
): JobState => {
  if (status?.state?.running !== undefined || status?.state?.terminated !== undefined) return { state: 'Running' };
  const { reason = '', message = '' } = status?.state?.waiting ?? {};
  if (HOPELESS.includes(reason)) {
    return failed('ScannerFailed', `its pod cannot start (${reason}: ${printableAscii(message)}): ${IMAGE_CURE}`);
  }
  const why = whyNotRunning(pod, reason, message);
  return { state: 'Starting', ...(why !== undefined && { why }) };
};

const statusOf = (pod: Pod | undefined): ContainerStatus | undefined =>
  pod?.status?.containerStatuses?.find(({ name }) => name === CONTAINER);

/** FailureTarget comes while its pods still end. */
const endOfJob = ({ status }: Job): { reason?: string; message?: string } | undefined =>
  status?.conditions?.find((c) => ['Failed', 'FailureTarget'].includes(c.type) && c.status === 'True');

const endOfPod = (pod: Pod | undefined, exitReason: string | undefined): [FailureReason, string] | undefined => {
  const { reason = '', message = '', phase } = pod?.status ?? {};
  const said = message === '' ? '' : ` (${printableAscii(message)})`;
  // Its own use; a node that runs out of something reports "The node was low on resource".
  if (reason === 'Evicted' && /exceed/i.test(message)) {
    return ['TooLarge', `its pod needs more disk than one scan may${said}: make it smaller, or allow more`];
  }
  if (exitReason === 'OOMKilled') {
    return ['TooLarge', 'its pod needs more memory than one scan may: make it smaller, or allow more'];
  }
  if (reason === 'DeadlineExceeded') return ['Timeout', `its pod did not end in time${said}: allow more time`];
  if (phase !== 'Failed' || reason === '') return undefined;
  return ['ScannerFailed', `its node ended its pod: ${reason}${said}`];
};

const whyNotRunning = (pod: Pod | undefined, reason: string, message: string): string | undefined => {
  const ofImage = /Image|Registry/.test(reason);
  if (ofImage) return `${reason}: ${printableAscii(message)}: ${IMAGE_CURE}`;
  if (reason !== '' && reason !== 'ContainerCreating') return `${reason}: ${printableAscii(message)}`;
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return `${scheduled.reason}: ${printableAscii(scheduled.message ?? '')}: free resources for its requests, or add a node`;
};
