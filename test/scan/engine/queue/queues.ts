import { ScanQueue } from '../../../../src/scan/engine/queue/scan-queue.ts';
import type { ScanQueueOptions } from '../../../../src/scan/engine/queue/scan-queue-options.ts';
import type { ScanPriority, ScanRequest } from '../../../../src/scan/engine/queue/scan-request.ts';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { spyLog } from '../../../kube/spy-log.ts';

export interface ManualScan {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/** A running queue whose scans a test ends one by one. Keys are `registry/image`. */
export function started(options: Partial<ScanQueueOptions> = {}) {
  const clock = new FakeClock();
  const { log, lines } = spyLog();
  const scans: ManualScan[] = [];
  const queue = new ScanQueue({
    limit: 1,
    handler: (key, signal) => new Promise((end, fail) => scans.push({ key, signal, end, fail })),
    log,
    clock,
    random: () => 0.5,
    registriesOf: (key) => (key.split('/')[1] ? [key.split('/')[0]!] : []),
    namespacesOf: () => [],
    nameOf: (key) => `image ${key}`,
    ...options,
  });
  const stop = new AbortController();
  const done = queue.run(stop.signal);
  return { queue, clock, lines, scans, stop, done, keys: () => scans.map((scan) => scan.key) };
}

export const asks = (priority: ScanPriority, cause = 'cause', by = 'shop'): ScanRequest =>
  priority === 'NeverScanned' || priority === 'Scheduled' ? { priority, by } : { priority, cause, by };
