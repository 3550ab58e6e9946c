import type { Job } from 'kubernetes-types/batch/v1.js';
import type { ContainerState, Pod, PodStatus } from 'kubernetes-types/core/v1.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jobStateOf } from '../../../../../src/scan/scanner/analysis/job/job-state.ts';

const outcome = suite('the outcome of a Job');

const job = (type?: string, reason?: string, message?: string): Job => ({
  spec: { template: {}, activeDeadlineSeconds: 90 },
  status: type === undefined ? {} : { conditions: [{ type, status: 'True', reason, message } as never] },
});
const pod = (status: PodStatus, metadata: Pod['metadata'] = {}): Pod => ({ metadata, status });
const container = (state: ContainerState, more: PodStatus = {}, metadata: Pod['metadata'] = {}): Pod =>
  pod({ containerStatuses: [sidecar, { ...sidecar, name: 'sbom', state }], ...more }, metadata);
const sidecar = { name: 'proxy', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } };
const exited = (exitCode: number, reason?: string) => ({
  terminated: { exitCode, ...(reason !== undefined && { reason }) },
});
const deleted = { deletionTimestamp: '2026-01-02T03:04:05Z' };
const EXPIRED = job('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline');
const FAILED = job('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');

for (const [what, seen, expected] of [
  ['no pod yet', { job: job(), pod: undefined }, 'Starting'],
  ['no container yet', { job: job(), pod: pod({ phase: 'Pending' }) }, 'Starting'],
  ['creating', { job: job(), pod: container({ waiting: { reason: 'ContainerCreating' } }) }, 'Starting'],
  [
    'its image cannot be pulled',
    { job: job(), pod: container({ waiting: { reason: 'ErrImagePull', message: 'denied' } }) },
    'Starting: ErrImagePull: denied: check --job-image, and that the nodes can pull it',
  ],
  [
    'no room',
    {
      job: job(),
      pod: pod({
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
      }),
    },
    'Starting: Unschedulable: 0/3 nodes: free resources for its requests, or add a node',
  ],
  [
    'its image has an impossible name',
    { job: job(), pod: container({ waiting: { reason: 'InvalidImageName', message: 'bad' } }) },
    'Failed: ScannerFailed: app: its pod cannot start (InvalidImageName: bad): check --job-image, and that the nodes can pull it',
  ],
  ['running', { job: job(), pod: container({ running: {} }) }, 'Running'],
  ['done, with another container that runs on', { job: job(), pod: container(exited(0)) }, 'Exited 0'],
  ['done, and its Job is gone', { job: undefined, pod: container(exited(0), {}, deleted) }, 'Exited 0'],
  ['failed', { job: FAILED, pod: container(exited(1)) }, 'Exited 1'],
  [
    'another client deleted the Job',
    { job: undefined, pod: container({ running: {} }) },
    'Lost: ScannerFailed: app: another client deleted its Job: a new one is created',
  ],
  ['its pod ends, for an unknown reason so far', { job: job(), pod: container(exited(143), {}, deleted) }, 'Running'],
  [
    'its deadline has passed, its pod still ends',
    { job: EXPIRED, pod: container(exited(143), {}, deleted) },
    'Failed: Timeout: app: its Job did not end within 90 s: allow more time',
  ],
  [
    'its deadline has passed, its pod is gone',
    { job: EXPIRED, pod: undefined },
    'Failed: Timeout: app: its Job did not end within 90 s: allow more time',
  ],
  [
    'its pod was deleted',
    { job: FAILED, pod: undefined },
    'Lost: ScannerFailed: app: its pod ended before it was done (Job has reached the specified backoff limit)',
  ],
  [
    'no memory',
    { job: FAILED, pod: container(exited(137, 'OOMKilled'), { phase: 'Failed' }) },
    'Failed: TooLarge: app: its pod needs more memory than one scan may: make it smaller, or allow more',
  ],
  [
    'no disk of its own',
    {
      job: FAILED,
      pod: container(exited(137), {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". ',
      }),
    },
    'Failed: TooLarge: app: its pod needs more disk than one scan may (Usage of EmptyDir volume "scratch" exceeds the limit "1Gi".): make it smaller, or allow more',
  ],
  [
    'its node has no disk',
    {
      job: FAILED,
      pod: pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage. ' }),
    },
    'Failed: ScannerFailed: app: its node ended its pod: Evicted (The node was low on resource: ephemeral-storage.)',
  ],
  [
    "its pod's own deadline",
    { job: FAILED, pod: pod({ phase: 'Failed', reason: 'DeadlineExceeded' }) },
    'Failed: Timeout: app: its pod did not end in time: allow more time',
  ],
  [
    'its node went',
    { job: FAILED, pod: pod({ phase: 'Failed', reason: 'NodeLost', message: 'gone' }) },
    'Failed: ScannerFailed: app: its node ended its pod: NodeLost (gone)',
  ],
] as const) {
  outcome(what, () => {
    const found = jobStateOf('app', seen);
    const more = 'why' in found && found.why !== undefined ? `: ${found.why}` : '';
    const text =
      'error' in found
        ? `${found.state}: ${found.error.reason}: ${found.error.message}`
        : `${found.state}${found.state === 'Exited' ? ` ${found.exitCode}` : more}`;
    assert.is(text, expected);
  });
}

outcome.run();
