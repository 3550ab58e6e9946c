import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import dotI, { type ResourceEvent, ResourceEventType, type ResourceMeta, ResourceMetaImpl } from '@dot-i/k8s-operator';
import type { KubernetesObject, V1CustomResourceDefinition } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { parse } from 'yaml';
import { CONTAINER_SECURITY_POLICY, GROUP, IMAGE_SCAN } from '../api/group.ts';
import type { ImageScan, ScanStatus } from '../api/imagescan.ts';
import { FIELD_MANAGERS, FINALIZER, MANAGED_BY } from '../api/keys.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import type { Reflector } from '../kube/cache/reflector.ts';
import { BY_NAMESPACE } from '../kube/cache/store.ts';
import { type Clock, monotonicClock, systemClock } from '../kube/clock.ts';
import { KubeMetrics } from '../kube/metrics.ts';
import { type Applied, type KubeObject, objectKey } from '../kube/object.ts';
import { EventRecorder } from '../kube/record/event-recorder.ts';
import { AccessReviews } from '../kube/rest/access-reviews.ts';
import { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import type { PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import { resourcePath } from '../kube/rest/resource.ts';
import { type Handler, type Result, RetryError, WorkQueue } from '../kube/workqueue/work-queue.ts';
import { ADMISSION_POLICIES, admissionPolicyState, describeInactive } from '../policy/admission-policies.ts';
import { createCaches, toCachedPolicy } from '../policy/caches.ts';
import { PolicyController } from '../policy/controller.ts';
import { PolicyMetrics, registerAdmissionPolicyMetrics } from '../policy/metrics.ts';
import type { PolicyWriter } from '../policy/policy-writer.ts';
import { parseDnsPeers } from '../policy/sections/network/dns.ts';
import { connectTriggers } from '../policy/triggers.ts';
import { createScanCaches, toCachedScan } from '../scan/imagescan/caches.ts';
import { registerImageScanMetrics } from '../scan/imagescan/metrics.ts';
import { sameStatus, withoutScannerStatus } from '../scan/imagescan/status/status.ts';
import { reportEndpoint } from '../scan/report/endpoint/endpoint.ts';
import { Scanning, type ScanningOptions, type ScanTools } from '../scan/scanning.ts';
import { type LeaderElectionSettings, Leadership, standbyMessage } from './leadership.ts';
import type { CachedPod } from './pods.ts';
import { defaultReservedNamespaces, type OperatorSettings } from './settings.ts';
import { UnreadNamespaces } from './unread-namespaces.ts';
import { createWatches } from './watches.ts';

export interface OperatorOptions {
  readonly kubeConfig: PooledKubeConfig;
  readonly settings: Pick<OperatorSettings, 'namespaces' | 'reservedNamespaces' | 'workers' | 'resyncMs' | 'dnsPeers'>;
  /**
   * Opens what scans images, which belongs to one process at a time: called when this operator leads. Text: why there is
   * nothing that scans, with the cure. Throws what must end the operator. Absent: ImageScans are left alone.
   */
  readonly openScanTools?: (signal: AbortSignal, client: KubeClient) => Promise<ScanTools | string>;
  /** Absent: this is the only operator. */
  readonly leaderElection?: LeaderElectionSettings;
  /** By which images are scanned: the time of day, and waits too. Default systemClock and monotonicClock. */
  readonly clock?: Clock;
  readonly registry: Registry;
  readonly log: Logger;
}

const CRDS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Running work may go on for so long after a stop, so that the process ends within 10 s: the Lease is given away after it. */
const DRAIN_MS = 6_000;

/**
 * After so long a key is never done. Every request has a deadline of 15 s, and a policy with all that its schema allows
 * makes about a hundred, one after the other: an API server that answers none of them keeps it for less.
 */
const STUCK_MS = 1_800_000;

type EventHandler = (event: ResourceEvent, log: Logger) => Promise<void>;

/**
 * Palisade's operator. The base class gives it its lifecycle, its vocabulary of events and its handling of finalizers.
 * Its talking to the API server is replaced: on client-node 2 its requests do not work, its watch has no list and no
 * cache and ends the process on an idle connection, and its writers swallow errors.
 */
export class PalisadeOperator extends dotI.default {
  readonly #log: Logger;
  readonly #settings: OperatorOptions['settings'];
  readonly #client: KubeClient;
  /** For questions that change nothing and that a standby asks too. */
  readonly #asking: KubeClient;
  readonly #leadership: Leadership | undefined;
  readonly #caches = createCaches<CachedPod>();
  readonly #scanCaches = createScanCaches(this.#caches.pods);
  readonly #events: EventRecorder;
  readonly #controller: PolicyController;
  readonly #openScanTools: OperatorOptions['openScanTools'];
  readonly #startScanning: (tools: ScanTools) => Scanning;
  #scanning: Scanning | undefined;
  /** Why there is no scanner. */
  #withoutScanner: string | undefined;
  readonly #policyQueue: WorkQueue;
  readonly #scanQueue: WorkQueue;
  readonly #reflectors: readonly Reflector<never>[];
  readonly #unread: UnreadNamespaces;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  readonly #onEvent = new Map<string, EventHandler>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: OperatorOptions) {
    const { kubeConfig, settings, openScanTools, leaderElection, registry, log } = options;
    const clocks = { clock: options.clock ?? systemClock, monotonic: options.clock ?? monotonicClock };
    super({
      debug: (message) => log.debug(message),
      info: (message) => log.info(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    });
    const metrics = new KubeMetrics(registry);
    this.kubeConfig = kubeConfig;
    this.#log = log;
    this.#settings = settings;
    const leadership =
      leaderElection && new Leadership({ kubeConfig, settings: leaderElection, registry, metrics, log });
    this.#leadership = leadership;
    const requests = { userAgent: 'palisade', onRequest: metrics.onRequest };
    this.#asking = new KubeClient(kubeConfig, requests);
    this.#client = new KubeClient(kubeConfig, { ...requests, writes: leadership?.writes });
    this.#events = new EventRecorder({
      client: this.#client,
      component: `${GROUP}/palisade`,
      instance: process.env.HOSTNAME ?? 'palisade',
      log,
    });
    this.#controller = new PolicyController({
      client: this.#client,
      caches: this.#caches,
      policyWriter: this.#policyWriter(),
      events: this.#events,
      metrics: new PolicyMetrics(registry, () => this.#caches.policies.list()),
      dnsPeers: parseDnsPeers(settings.dnsPeers),
      reservedNamespaces: settings.reservedNamespaces ?? defaultReservedNamespaces(),
    });
    registerAdmissionPolicyMetrics(registry, ADMISSION_POLICIES, (policy) =>
      admissionPolicyState(policy, this.#caches),
    );
    registerImageScanMetrics(registry, () => this.#scanCaches.scans.list());
    // Whoever does not ask is not ended by it.
    this.#ended.promise.catch(() => {});
    this.#openScanTools = openScanTools;
    this.#startScanning = (tools) => this.#createScanning(tools, registry, clocks);
    const queue = (
      kind: 'policy' | 'imageScan',
      name: string,
      handler: Handler,
      by: Clock = monotonicClock,
    ): WorkQueue => {
      const { workers } = settings;
      const logOf = (key: string) => log.child({ reconcile: randomUUID().slice(0, 8), [kind]: key });
      return new WorkQueue({
        workers,
        drainMs: DRAIN_MS,
        handler,
        metrics: metrics.queue(name),
        clock: by,
        log,
        logOf,
      });
    };
    this.#policyQueue = queue('policy', 'containersecuritypolicy', (key, context) =>
      this.#handle(CONTAINER_SECURITY_POLICY.plural, this.#caches.policies.get(key), context.log),
    );
    const handleScan: Handler = (key, context) =>
      this.#handle(IMAGE_SCAN.plural, this.#scanCaches.scans.get(key), context.log);
    this.#scanQueue = queue('imageScan', 'imagescan', handleScan, clocks.monotonic);
    const { namespaces, resyncMs } = settings;
    const watches = createWatches({
      client: this.#client,
      caches: this.#caches,
      scanCaches: this.#scanCaches,
      namespaces,
      resyncMs,
      metrics,
      log,
    });
    this.#reflectors = [...watches.cluster, ...[...watches.byNamespace.values()].flat()];
    this.#unread = new UnreadNamespaces(watches, log, (namespace) => this.#catchUp(namespace));
  }

  /** Resolves when the caches are filled, and policies are being reconciled unless another operator leads; rejects when stopped before. */
  override async start(): Promise<void> {
    await super.start();
    const { signal } = this.#stop;
    const reflectors = [...this.#reflectors.map((r) => r.run(signal)), this.#leadership?.watch(signal)];
    this.#running = Promise.all(reflectors);
    await Promise.race([Promise.all(this.#reflectors.map((r) => r.synced)), this.#running]);
    signal.throwIfAborted();
    this.#log.info(
      {
        policies: this.#caches.policies.list().length,
        imageScans: this.#scanCaches.scans.list().length,
        workers: this.#settings.workers,
      },
      'caches are filled',
    );
    this.#unread.report();
    const inactive = describeInactive(ADMISSION_POLICIES, this.#caches);
    if (inactive !== undefined) this.#log.warn(`admission policies: ${inactive}`);
    this.#running = Promise.all([...reflectors, this.#lead(signal)]);
  }

  /** Resolves when this process led, and another may lead now; rejects with what openScanTools threw. It should end then. */
  get ended(): Promise<void> {
    return this.#ended.promise;
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
    const scanning = this.#scan(working).catch((error: unknown) => {
      if (!signal.aborted) failed.abort(error);
    });
    await Promise.all([this.#enforce(working), this.#events.run(working), scanning]);
    failed.signal.throwIfAborted();
  }

  /** A standby has no use for a queue. */
  async #enforce(signal: AbortSignal): Promise<void> {
    const disconnect = connectTriggers(this.#caches, this.#policyQueue);
    for (const policy of this.#caches.policies.list()) this.#policyQueue.add(objectKey(policy));
    await this.#policyQueue.run(signal).finally(disconnect);
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const tools = await this.#openScanTools?.(signal, this.#client);
    signal.throwIfAborted();
    if (tools === undefined) return;
    const queue = this.#scanQueue;
    const { scans } = this.#scanCaches;
    if (typeof tools === 'string') this.#withoutScanner = tools;
    else this.#scanning = this.#startScanning(tools);
    const disconnect = this.#scanning?.connect(queue) ?? scans.subscribe(({ object }) => queue.add(objectKey(object)));
    for (const scan of scans.list()) queue.add(objectKey(scan));
    try {
      await Promise.all([queue.run(signal), this.#scanning?.run(signal)]);
    } finally {
      disconnect();
    }
  }

  /** Ends watches and work; `stopped` tells when all has ended. */
  override stop(): void {
    this.#stop.abort(new Error('stopped'));
  }

  /** Resolves when everything that was started has ended. */
  async stopped(): Promise<void> {
    await this.#running;
  }

  /** What is not filled yet; undefined when everything is. */
  waitingFor(): string | undefined {
    const waiting = this.#reflectors.filter((r) => !r.hasSynced()).map((r) => r.name);
    return waiting.length === 0 ? undefined : `waiting for the first list of ${[...new Set(waiting)].join(', ')}`;
  }

  /** What will never move again unless the process is started anew; undefined: nothing. @param now by monotonicClock */
  stuck(now: number = monotonicClock.now()): string | undefined {
    const watches = this.#reflectors.filter((r) => r.isStuck(now)).map((r) => `the watch of ${r.name}`);
    const keys = [this.#policyQueue, this.#scanQueue].flatMap((queue) => queue.handledLongerThan(STUCK_MS, now));
    const stuck = [...new Set(watches), ...keys];
    return stuck.length === 0 ? undefined : `stuck: ${stuck.join(', ')}`;
  }

  /** Answers requests for reports of ImageScans. */
  reportEndpoint(): RequestListener {
    const reports = {
      unavailable: () => this.waitingFor() ?? this.#standby() ?? this.#withoutScanner ?? this.#opening(),
      find: async (scan: { namespace: string; name: string }) => await this.#scanning?.report(scan),
    };
    return reportEndpoint({ access: new AccessReviews(this.#asking), reports, log: this.#log });
  }

  /** Reports are with whoever scans. */
  #standby(): string | undefined {
    if (this.#leadership === undefined || this.#leadership.leads()) return undefined;
    return standbyMessage(this.#leadership.leader);
  }

  #opening(): string | undefined {
    if (this.#openScanTools === undefined || this.#scanning !== undefined) return undefined;
    return 'the report store is being opened: try again';
  }

  protected override async init(): Promise<void> {
    const { group, version, plural } = CONTAINER_SECURITY_POLICY;
    await this.watchResource(group, version, plural, (event, log) => this.#reconcilePolicy(event, log));
    await this.watchResource(group, version, IMAGE_SCAN.plural, (event, log) => this.#reconcileScan(event, log));
  }

  /** The caches are filled by reflectors, and the queues make one event per object of what they see: its latest state. */
  protected override async watchResource(
    _group: string,
    _version: string,
    plural: string,
    onEvent: EventHandler,
  ): Promise<void> {
    this.#onEvent.set(plural, onEvent);
  }

  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const server = this.kubeConfig.getCurrentCluster()?.server ?? '';
    return server + resourcePath({ group, version, plural, kind: '', namespaced: namespace !== undefined }, namespace);
  }

  protected override async registerCustomResourceDefinition(file: string) {
    const crd = parse(await readFile(file, 'utf8')) as V1CustomResourceDefinition & Applied;
    await this.#client.apply(CRDS, crd, { fieldManager: MANAGED_BY, force: true });
    const { group, names, versions } = crd.spec;
    return { group, versions, plural: names.plural };
  }

  /** Sets the whole status; what it leaves out is released. @throws ApiError */
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { apiVersion, kind, name, namespace, resourceVersion } = meta;
    const body = {
      apiVersion,
      kind,
      metadata: { name, ...(namespace !== undefined && { namespace }), resourceVersion },
      status,
    };
    const options = { fieldManager: FIELD_MANAGERS.status, force: true, subresource: 'status' };
    const isScan = kind === IMAGE_SCAN.kind;
    const resource = isScan ? IMAGE_SCAN : CONTAINER_SECURITY_POLICY;
    const { object } = await this.#client.apply<KubeObject>(resource, body, options);
    if (isScan) this.#scanCaches.scans.upsert(toCachedScan(object));
    else this.#caches.policies.upsert(toCachedPolicy(object));
    return toMeta(object);
  }

  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    return await this.setResourceStatus(meta, status);
  }

  /** Adds or removes our finalizer only; those of others stay. @throws ApiError, RetryError when the policy has changed */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const policy = this.#caches.policies.get(objectKey({ metadata: meta }));
    if (policy === undefined || policy.metadata.uid !== (meta as PolicyMeta).uid) return;
    try {
      const object = await (finalizers.includes(FINALIZER) ? this.#hold(policy) : this.#release(policy));
      const gone = object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
      if (gone) this.#caches.policies.remove(toCachedPolicy(object));
      else this.#caches.policies.upsert(toCachedPolicy(object));
    } catch (error) {
      const failure = classify(error);
      if (failure === 'Conflict') throw new RetryError('the policy has changed since it was read', { cause: error });
      if (failure !== 'NotFound') throw error;
    }
  }

  async #hold({ apiVersion, kind, metadata }: ContainerSecurityPolicy): Promise<KubeObject> {
    const { name, namespace, uid } = metadata;
    const body = { apiVersion, kind, metadata: { name, namespace, uid, finalizers: [FINALIZER] } };
    const options = { fieldManager: FIELD_MANAGERS.finalizer };
    return (await this.#client.apply<KubeObject>(CONTAINER_SECURITY_POLICY, body, options)).object;
  }

  /** Not by apply: a manifest that was exported with the finalizer and applied again owns it too, and would keep it. */
  async #release({ metadata }: ContainerSecurityPolicy): Promise<KubeObject> {
    const { name, namespace, resourceVersion, finalizers = [] } = metadata;
    const patch = { metadata: { resourceVersion, finalizers: finalizers.filter((f) => f !== FINALIZER) } };
    const options = { namespace, type: 'merge', fieldManager: FIELD_MANAGERS.finalizer } as const;
    return (await this.#client.patch<KubeObject>(CONTAINER_SECURITY_POLICY, name, patch, options)).object;
  }

  #policyWriter(): PolicyWriter {
    return {
      handleFinalizer: (policy, withdraw) => this.handleResourceFinalizer(toEvent(policy), FINALIZER, withdraw),
      removeFinalizer: (policy) => this.setResourceFinalizers(toEvent(policy).meta, []),
      setStatus: async (policy, status) => {
        await this.setResourceStatus(toEvent(policy).meta, status);
      },
    };
  }

  #createScanning(
    tools: ScanTools,
    registry: Registry,
    clocks: Pick<ScanningOptions, 'clock' | 'monotonic'>,
  ): Scanning {
    const options = {
      client: this.#client,
      caches: this.#scanCaches,
      events: this.#events,
      setStatus: async (scan: ImageScan, status: ScanStatus) => {
        await this.setResourceStatus(toEvent(scan).meta, status);
      },
      registry,
      ...clocks,
      log: this.#log,
    };
    return new Scanning(options, tools);
  }

  async #handle(plural: string, object: ContainerSecurityPolicy | ImageScan | undefined, log: Logger): Promise<void> {
    if (object === undefined) log.info({ reason: 'Gone' }, 'there is no such object any more');
    else if (this.#unread.has(object.metadata.namespace)) log.debug('waits until all of its namespace may be read');
    else await this.#onEvent.get(plural)?.(toEvent(object), log);
  }

  /** What waited until all of its namespace was read. */
  #catchUp(namespace: string): void {
    for (const policy of this.#caches.policies.byIndex(BY_NAMESPACE, namespace))
      this.#policyQueue.add(objectKey(policy));
    for (const scan of this.#scanCaches.scans.byIndex(BY_NAMESPACE, namespace)) this.#scanQueue.add(objectKey(scan));
  }

  async #reconcilePolicy({ object }: ResourceEvent, log: Logger): Promise<void> {
    const policy = object as object as ContainerSecurityPolicy;
    await this.#reconcile(policy, this.#policyQueue, log, (its) => this.#controller.reconcile(policy, its));
  }

  async #reconcileScan({ object }: ResourceEvent, log: Logger): Promise<void> {
    const scan = object as object as ImageScan;
    await this.#reconcile(scan, this.#scanQueue, log, async (its) => {
      if (this.#scanning !== undefined) return await this.#scanning.reconcile(scan, its);
      const status = withoutScannerStatus(scan, this.#withoutScanner ?? '', Date.now());
      if (!sameStatus(scan.status, status)) await this.setResourceStatus(toEvent(scan).meta, status);
    });
  }

  async #reconcile(
    { metadata }: ContainerSecurityPolicy | ImageScan,
    queue: WorkQueue,
    runLog: Logger,
    reconcile: (log: Logger) => Promise<Result>,
  ): Promise<void> {
    const key = objectKey({ metadata });
    const log = runLog.child({ generation: metadata.generation });
    const started = performance.now();
    const result = await reconcile(log);
    log.debug({ ms: Math.round(performance.now() - started), ...result }, 'reconciled');
    if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
  }
}

interface PolicyMeta extends ResourceMeta {
  readonly uid: string;
}

const pluralOf = ({ kind }: KubeObject): string =>
  kind === IMAGE_SCAN.kind ? IMAGE_SCAN.plural : CONTAINER_SECURITY_POLICY.plural;

// client-node's types say Date where the JSON has a string; nothing here reads one.
const toMeta = (object: KubeObject): PolicyMeta =>
  Object.assign(ResourceMetaImpl.createWithPlural(pluralOf(object), object as object as KubernetesObject), {
    uid: object.metadata.uid,
  });

/** A copy: the base class adds the finalizer to the very list that it is given. */
const toEvent = (resource: ContainerSecurityPolicy | ImageScan): ResourceEvent => ({
  meta: toMeta(resource),
  type: ResourceEventType.Modified,
  object: structuredClone(resource) as object as KubernetesObject,
});
