import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ReflectorMetrics } from './cache/reflector-options.ts';
import { type Clock, monotonicClock } from './clock.ts';
import type { RequestEvent } from './rest/client.ts';
import type { QueueMetrics } from './workqueue/work-queue.ts';

interface Watching {
  resource: string;
  stalenessSeconds: (now: number) => number;
}

/** Prometheus metrics under the names of client-go and controller-runtime, so that existing dashboards work. */
export class KubeMetrics implements ReflectorMetrics {
  readonly #depth: Gauge<'name'>;
  readonly #adds: Counter<'name'>;
  readonly #retries: Counter<'name'>;
  readonly #work: Histogram<'name'>;
  readonly #wait: Histogram<'name'>;
  readonly #requests: Counter<'method' | 'host' | 'code'>;
  readonly #relists: Counter<'resource'>;
  readonly #watching = new Set<Watching>();
  readonly #handling = new Map<string, () => readonly number[]>();

  constructor(registry: Registry, clock: Clock = monotonicClock) {
    const registers = [registry];
    const labelNames = ['name'] as const;
    const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
    // From 1 ms to 10 minutes: a queue in trouble must not look like one at the last bucket.
    const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600];
    const seconds = (name: string, help: string) => new Histogram({ name, help, labelNames, buckets, registers });
    this.#depth = new Gauge({ name: 'workqueue_depth', help: 'Keys waiting for a worker', labelNames, registers });
    this.#adds = counter('workqueue_adds_total', 'Keys added');
    this.#retries = counter('workqueue_retries_total', 'Keys that failed and will be retried');
    this.#work = seconds('workqueue_work_duration_seconds', 'Duration of a reconcile');
    this.#wait = seconds('workqueue_queue_duration_seconds', 'Time that a key waits for a worker');
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server, by HTTP status or "<error>"',
      labelNames: ['method', 'host', 'code'],
      registers,
    });
    this.#relists = new Counter({
      name: 'reflector_relists_total',
      help: 'Complete lists taken from the API server, the first included',
      labelNames: ['resource'],
      registers,
    });
    this.#registerStaleness(registry, clock);
    const unfinished = 'Sum of the durations so far of all running reconciles';
    this.#registerHandling(registry, 'workqueue_unfinished_work_seconds', unfinished, (seconds) =>
      seconds.reduce((sum, one) => sum + one, 0),
    );
    const longest = 'Duration so far of the longest running reconcile';
    this.#registerHandling(registry, 'workqueue_longest_running_processor_seconds', longest, (seconds) =>
      Math.max(0, ...seconds),
    );
  }

  #registerHandling(
    registry: Registry,
    name: string,
    help: string,
    figure: (seconds: readonly number[]) => number,
  ): void {
    const handling = this.#handling;
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        for (const [queue, seconds] of handling) this.set({ name: queue }, figure(seconds()));
      },
    });
  }

  #registerStaleness(registry: Registry, clock: Clock): void {
    const watching = this.#watching;
    new Gauge({
      name: 'watch_staleness_seconds',
      help: 'Time since the API server last showed that a watch is up to date; idle watches reach about 60',
      labelNames: ['resource'],
      registers: [registry],
      collect() {
        this.reset();
        const worst = new Map<string, number>();
        for (const { resource, stalenessSeconds } of watching) {
          worst.set(resource, Math.max(worst.get(resource) ?? 0, stalenessSeconds(clock.now())));
        }
        for (const [resource, value] of worst) this.set({ resource }, value);
      },
    });
  }

  /** The metrics of one work queue, distinguished by its name. */
  queue(name: string): QueueMetrics {
    const labels = { name };
    this.#depth.set(labels, 0);
    this.#adds.inc(labels, 0);
    this.#retries.inc(labels, 0);
    this.#work.zero(labels);
    this.#wait.zero(labels);
    return {
      depth: (keys) => this.#depth.set(labels, keys),
      added: () => this.#adds.inc(labels),
      retried: () => this.#retries.inc(labels),
      waited: (seconds) => this.#wait.observe(labels, seconds),
      worked: (seconds) => this.#work.observe(labels, seconds),
      handling: (seconds) => this.#handling.set(name, seconds),
    };
  }

  /** For KubeClient's `onRequest`. */
  readonly onRequest = ({ method, host, code }: RequestEvent): void => {
    this.#requests.inc({ method, host, code: code === 'error' ? '<error>' : String(code) });
  };

  relisted(resource: string): void {
    this.#relists.inc({ resource });
  }

  watching(resource: string, stalenessSeconds: (now: number) => number): () => void {
    const entry = { resource, stalenessSeconds };
    this.#watching.add(entry);
    this.#relists.inc({ resource }, 0);
    return () => this.#watching.delete(entry);
  }
}
