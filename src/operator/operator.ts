import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { GROUP } from '../api/group.ts';
import { FINALIZER } from '../api/keys.ts';
import { type Clock, monotonicClock, systemClock } from '../kube/clock.ts';
import { KubeMetrics } from '../kube/metrics.ts';
import { EventRecorder } from '../kube/record/event-recorder.ts';
import { AccessReviews } from '../kube/rest/access-reviews.ts';
import { KubeClient } from '../kube/rest/client.ts';
import type { PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import { ADMISSION_POLICIES, describeInactive } from '../policy/admission-policies.ts';
import { type CachedPolicy, createCaches } from '../policy/caches.ts';
import { type CachedScan, createScanCaches } from '../scan/imagescan/caches.ts';
import { reportEndpoint } from '../scan/report/endpoint/endpoint.ts';
import type { WantedReport, WantedSbom } from '../scan/report/endpoint/request.ts';
import { NamespaceSeries } from '../telemetry/namespace-series.ts';
import { DotIOperator } from './dot-i.ts';
import { FeatureQueue } from './feature-queue.ts';
import { ImageScanFeature, type OpenScanTools } from './image-scan-feature.ts';
import { type LeaderElectionSettings, Leadership, standbyMessage } from './leadership.ts';
import type { CachedPod } from './pods.ts';
import { PolicyFeature } from './policy-feature.ts';
import type { OperatorSettings } from './settings.ts';
import { UnreadNamespaces } from './unread-namespaces.ts';
import { API_SERVER, createWatches, type Watch } from './watches.ts';
import type { CachedWorkload } from './workloads.ts';

export interface OperatorOptions {
  readonly kubeConfig: PooledKubeConfig;
  readonly settings: Pick<
    OperatorSettings,
    'namespaces' | 'reservedNamespaces' | 'workers' | 'resyncMs' | 'dnsPeers' | 'dnsService' | 'childLabels'
  > &
    Partial<Pick<OperatorSettings, 'metricsPerNamespace'>>;
  /** Addresses at which this pod resolves names; absent: this process does not run in a pod. */
  readonly nameservers?: readonly string[];
  /** The Service of the API server as `namespace/name`; default: API_SERVER. */
  readonly apiServer?: string;
  /** Absent: ImageScans are not reconciled. */
  readonly openScanTools?: OpenScanTools;
  /** Absent: this is the only operator. */
  readonly leaderElection?: LeaderElectionSettings;
  /** Of image scans, the time of day and their waits; of facts about the cluster. Default systemClock and monotonicClock. */
  readonly clock?: Clock;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Palisade's operator: caches, the two features that reconcile from them, and the leader election that permits it. */
export class PalisadeOperator {
  readonly #log: Logger;
  readonly #workers: number;
  readonly #lifecycle: DotIOperator;
  /** For access reviews, which change nothing and which a standby makes too. */
  readonly #reviewer: KubeClient;
  readonly #leadership: Leadership | undefined;
  readonly #caches = createCaches<CachedPod, CachedWorkload>();
  readonly #scanCaches = createScanCaches({ pods: this.#caches.pods, templates: this.#caches.workloads });
  readonly #events: EventRecorder;
  readonly #imageScans: ImageScanFeature;
  readonly #policyQueue: FeatureQueue<CachedPolicy>;
  readonly #scanQueue: FeatureQueue<CachedScan>;
  readonly #reflectors: readonly Watch[];
  readonly #unread: UnreadNamespaces;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: OperatorOptions) {
    const { kubeConfig, settings, nameservers = [], apiServer = API_SERVER } = options;
    const { openScanTools, leaderElection, clock, registry, log } = options;
    this.#log = log;
    this.#workers = settings.workers;
    const metrics = new KubeMetrics(registry);
    const leadership =
      leaderElection && new Leadership({ kubeConfig, settings: leaderElection, registry, metrics, log });
    this.#leadership = leadership;
    const requests = { userAgent: 'palisade', onRequest: metrics.onRequest };
    this.#reviewer = new KubeClient(kubeConfig, requests);
    const client = new KubeClient(kubeConfig, { ...requests, writes: leadership?.writes });
    const caches = this.#caches;
    const scanCaches = this.#scanCaches;
    const instance = process.env.HOSTNAME ?? 'palisade';
    const events = new EventRecorder({ client, component: `${GROUP}/palisade`, instance, log });
    this.#events = events;
    const namespaceSeries = new NamespaceSeries({ registry, most: settings.metricsPerNamespace ?? 0, log });
    const policies = new PolicyFeature({
      client,
      caches,
      settings,
      nameservers,
      clock: clock ?? monotonicClock,
      handleFinalizer: (policy, withdraw) => this.#lifecycle.handleFinalizer(policy, FINALIZER, withdraw),
      events,
      registry,
      namespaceSeries,
      log,
    });
    const scanClocks = { clock: clock ?? systemClock, monotonic: clock ?? monotonicClock };
    this.#imageScans = new ImageScanFeature({
      client,
      caches: scanCaches,
      openScanTools,
      events,
      registry,
      namespaceSeries,
      ...scanClocks,
      log,
    });
    const start = () => this.#start();
    const stop = () => this.#stop.abort(new Error('stopped'));
    const setFinalizers = policies.setFinalizers.bind(policies);
    this.#lifecycle = new DotIOperator(kubeConfig, { start, stop, setFinalizers }, log);
    const isUnread = (namespace: string): boolean => this.#unread.has(namespace);
    const queues = { workers: settings.workers, metrics, isUnread, log };
    this.#policyQueue = new FeatureQueue(policies, { ...queues, clock: monotonicClock });
    this.#scanQueue = new FeatureQueue(this.#imageScans, { ...queues, clock: scanClocks.monotonic });
    const { namespaces, resyncMs, dnsService } = settings;
    const places = { dnsService, apiServer };
    const watches = createWatches({ client, caches, scanCaches, namespaces, resyncMs, ...places, metrics, log });
    this.#reflectors = [...watches.cluster, ...[...watches.byNamespace.values()].flat()];
    this.#unread = new UnreadNamespaces(watches, log, (namespace) => {
      this.#policyQueue.enqueueNamespace(namespace);
      this.#scanQueue.enqueueNamespace(namespace);
    });
    // A rejection must not end the process of a caller that does not wait for it.
    this.#ended.promise.catch(() => {});
  }

  /** Resolves when the caches are filled, and policies are being reconciled unless another operator leads; rejects when stopped before. */
  async start(): Promise<void> {
    await this.#lifecycle.start();
  }

  /** Ends watches and work; `stopped` resolves when all has ended. */
  stop(): void {
    this.#lifecycle.stop();
  }

  /** Resolves when everything that was started has ended. */
  async stopped(): Promise<void> {
    await this.#running;
  }

  /** Resolves when this process has lost the lead; rejects with the error of openScanTools. The process should exit then. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async #start(): Promise<void> {
    const { signal } = this.#stop;
    const reflectors = [...this.#reflectors.map((r) => r.run(signal)), this.#leadership?.watch(signal)];
    this.#running = Promise.all(reflectors);
    await Promise.race([Promise.all(this.#reflectors.map((r) => r.synced)), this.#running]);
    signal.throwIfAborted();
    const policies = this.#caches.policies.list().length;
    const imageScans = this.#scanCaches.scans.list().length;
    this.#log.info({ policies, imageScans, workers: this.#workers }, 'caches are filled');
    this.#unread.report();
    const inactive = describeInactive(ADMISSION_POLICIES, this.#caches);
    if (inactive !== undefined) this.#log.warn(`admission policies: ${inactive}`);
    this.#running = Promise.all([...reflectors, this.#lead(signal)]);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const work = (working: AbortSignal) => this.#work(working);
    try {
      if (this.#leadership === undefined) await work(signal);
      else if (await this.#leadership.work(signal, work)) this.#ended.resolve();
    } catch (error) {
      if (!signal.aborted) this.#ended.reject(error);
    }
  }

  /** Policies do not wait for the scanner. */
  async #work(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const working = AbortSignal.any([signal, failed.signal]);
    const scanning = this.#imageScans
      .run(working, (until) => this.#scanQueue.run(until))
      .catch((error: unknown) => {
        if (!signal.aborted) failed.abort(error);
      });
    await Promise.all([this.#policyQueue.run(working), this.#events.run(working), scanning]);
    failed.signal.throwIfAborted();
  }

  /** Which caches are not filled yet; undefined when all are. */
  waitingFor(): string | undefined {
    const waiting = this.#reflectors.filter((r) => !r.hasSynced()).map((r) => r.name);
    return waiting.length === 0 ? undefined : `waiting for the first list of ${[...new Set(waiting)].join(', ')}`;
  }

  /** Watches and keys that only a restart can continue; undefined: none. @param now by monotonicClock */
  stuck(now: number = monotonicClock.now()): string | undefined {
    const watches = this.#reflectors.filter((r) => r.isStuck(now)).map((r) => `the watch of ${r.name}`);
    const stuck = [...new Set(watches), ...this.#policyQueue.stuck(now), ...this.#scanQueue.stuck(now)];
    return stuck.length === 0 ? undefined : `stuck: ${stuck.join(', ')}`;
  }

  /** Answers requests for reports of ImageScans. */
  reportEndpoint(): RequestListener {
    const reports = {
      unavailable: () => this.waitingFor() ?? this.#standby() ?? this.#imageScans.unavailable(),
      render: (wanted: WantedReport) => this.#imageScans.report(wanted),
      sbom: (wanted: WantedSbom) => this.#imageScans.sbom(wanted),
    };
    return reportEndpoint({ access: new AccessReviews(this.#reviewer), reports, log: this.#log });
  }

  /** Only the leader has reports. */
  #standby(): string | undefined {
    if (this.#leadership === undefined || this.#leadership.leads()) return undefined;
    return standbyMessage(this.#leadership.leader);
  }
}
