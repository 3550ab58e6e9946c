import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ImageScan } from '../api/imagescan.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { BY_NAMESPACE } from '../kube/cache/store.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import { objectKey } from '../kube/object.ts';
import { WorkQueue } from '../kube/workqueue/work-queue.ts';
import type { Feature } from './feature.ts';

/**
 * A key that is handled for longer never finishes. Every request has a deadline of 15 s, and a policy with all that its
 * schema allows makes about a hundred requests in sequence: an API server that answers none of them takes less time.
 */
const STUCK_MS = 1_800_000;

/** A user who may edit an object can change it 50 times a second. Beyond this pace, changes are reconciled together. */
const PACE = { burst: 50, perSecond: 5 };

interface FeatureQueueOptions {
  readonly workers: number;
  readonly clock: Clock;
  readonly metrics: KubeMetrics;
  /** Whether some objects of the namespace cannot be read yet. */
  readonly isUnread: (namespace: string) => boolean;
  readonly log: Logger;
}

/** Reconciles the objects of a feature, each by one worker at a time. */
export class FeatureQueue<T extends ContainerSecurityPolicy | ImageScan> {
  readonly #feature: Feature<T>;
  readonly #queue: WorkQueue;
  readonly #clock: Clock;
  readonly #isUnread: FeatureQueueOptions['isUnread'];

  constructor(feature: Feature<T>, { workers, clock, metrics, isUnread, log }: FeatureQueueOptions) {
    this.#feature = feature;
    this.#clock = clock;
    this.#isUnread = isUnread;
    this.#queue = new WorkQueue({
      workers,
      pace: PACE,
      handler: (key, context) => this.#handle(key, context.log),
      metrics: metrics.queue(feature.resource.kind.toLowerCase()),
      clock,
      log,
      logOf: (key) => log.child({ reconcile: randomUUID().slice(0, 8), [feature.logField]: key }),
    });
  }

  /** A standby replica does not call it. */
  async run(signal: AbortSignal): Promise<void> {
    const disconnect = this.#feature.connect(this.#queue);
    for (const object of this.#feature.store.list()) this.#queue.add(objectKey(object));
    await this.#queue.run(signal).finally(disconnect);
  }

  /** Reconciles the objects of a namespace that could not be read before. */
  enqueueNamespace(namespace: string): void {
    for (const object of this.#feature.store.byIndex(BY_NAMESPACE, namespace)) this.#queue.add(objectKey(object));
  }

  /** Keys whose reconcile will never end. */
  stuck(now: number): string[] {
    return this.#queue.handledLongerThan(STUCK_MS, now);
  }

  async #handle(key: string, runLog: Logger): Promise<void> {
    const object = this.#feature.store.get(key);
    if (object === undefined) {
      runLog.info({ reason: 'Gone' }, 'the object does not exist any more');
      await this.#feature.gone?.(key, runLog);
      return;
    }
    const { namespace, generation } = object.metadata;
    if (this.#isUnread(namespace)) {
      runLog.debug('waiting until every object of the namespace can be read');
      return;
    }
    const log = runLog.child({ generation });
    const started = this.#clock.now();
    const result = await this.#feature.reconcile(object, log);
    log.debug({ ms: Math.round(this.#clock.now() - started), ...result }, 'reconciled');
    if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs);
  }
}
