import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import { FIELD_MANAGERS, FINALIZER } from '../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import { type Clock, monotonicClock } from '../kube/clock.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import type { EventRecorder } from '../kube/record/event-recorder.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import type { Result, WorkQueue } from '../kube/workqueue/work-queue.ts';
import { writeUnlessGone } from '../kube/workqueue/write-unless-gone.ts';
import { ADMISSION_POLICIES, admissionPolicyState } from '../policy/admission-policies.ts';
import { type CachedPolicy, type PolicyCaches, toCachedPolicy } from '../policy/caches.ts';
import { PolicyController } from '../policy/controller.ts';
import { Leftovers } from '../policy/leftovers.ts';
import { PolicyMetrics, registerAdmissionPolicyMetrics } from '../policy/metrics.ts';
import type { PolicyWriter } from '../policy/policy-writer.ts';
import { createSections } from '../policy/sections/list.ts';
import { parseDnsSetting } from '../policy/sections/network/dns.ts';
import { NetworkFacts } from '../policy/sections/network/facts.ts';
import { connectTriggers } from '../policy/triggers.ts';
import { NetworkChecks } from '../policy/warnings/checks.ts';
import { runCheck } from '../policy/warnings/run-check.ts';
import type { WorldCaches } from '../policy/warnings/world.ts';
import type { NamespaceSeries } from '../telemetry/namespace-series.ts';
import type { ObjectIdentity } from './dot-i.ts';
import { applyStatus, type Feature } from './feature.ts';
import { defaultReservedNamespaces, type OperatorSettings } from './settings.ts';

interface PolicyFeatureOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches & WorldCaches;
  readonly settings: Pick<
    OperatorSettings,
    'namespaces' | 'reservedNamespaces' | 'dnsPeers' | 'dnsService' | 'childLabels'
  >;
  /** Of the operator's own pod; empty: it does not run in a pod. */
  readonly nameservers: readonly string[];
  /** Must not be set back. */
  readonly clock: Clock;
  readonly handleFinalizer: PolicyWriter['handleFinalizer'];
  readonly events: EventRecorder;
  readonly registry: Registry;
  readonly namespaceSeries: NamespaceSeries;
  readonly log: Logger;
}

/** Enforces ContainerSecurityPolicies. */
export class PolicyFeature implements Feature<CachedPolicy> {
  readonly resource = CONTAINER_SECURITY_POLICY;
  readonly logField = 'policy';
  readonly #client: KubeClient;
  readonly #caches: PolicyCaches;
  readonly #controller: PolicyController;
  readonly #leftovers: Leftovers;
  readonly #facts: NetworkFacts;
  readonly #checks: NetworkChecks;
  readonly #log: Logger;

  constructor(options: PolicyFeatureOptions) {
    const { client, caches, settings, nameservers, clock, handleFinalizer, events, registry, namespaceSeries, log } =
      options;
    this.#client = client;
    this.#caches = caches;
    const reservedNamespaces = settings.reservedNamespaces ?? defaultReservedNamespaces();
    this.#leftovers = new Leftovers({ client, caches, reservedNamespaces });
    this.#log = log;
    this.#facts = new NetworkFacts({
      caches,
      dns: parseDnsSetting(settings.dnsPeers),
      dnsService: settings.dnsService,
      nameservers,
      clock,
    });
    this.#checks = new NetworkChecks({
      ...{ caches, facts: this.#facts, reservedNamespaces, clock: monotonicClock, log, run: runCheck },
      isWhole: settings.namespaces.length === 0,
    });
    this.#controller = new PolicyController({
      client,
      caches,
      checks: this.#checks,
      sections: createSections({ client, caches }, this.#facts),
      policyWriter: {
        handleFinalizer,
        removeFinalizer: ({ metadata }) => this.setFinalizers(metadata, []),
        setStatus: (policy, status) => this.#setStatus(policy, status),
      },
      events,
      metrics: new PolicyMetrics(registry, () => caches.policies.list(), namespaceSeries),
      reservedNamespaces,
      childLabels: settings.childLabels,
    });
    registerAdmissionPolicyMetrics(registry, ADMISSION_POLICIES, (policy) => admissionPolicyState(policy, caches));
  }

  get store(): PolicyCaches['policies'] {
    return this.#caches.policies;
  }

  connect(queue: WorkQueue): () => void {
    this.#logDns();
    const stops = [
      connectTriggers(this.#caches, this.#facts, queue),
      this.#leftovers.connect(queue),
      this.#checks.connect(queue),
      this.#facts.subscribe(({ dns }) => {
        if (dns) this.#logDns();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #logDns(): void {
    const { state, message } = this.#facts.current.dns;
    this.#log[state === 'Unknown' ? 'warn' : 'info']({ dns: state }, `DNS of the cluster: ${message}`);
  }

  /** An ownerReference may name anything as the policy, a name with slashes too. */
  async gone(key: string, log: Logger): Promise<void> {
    const [namespace = '', ...name] = key.split('/');
    await this.#leftovers.collect({ namespace, name: name.join('/') }, log);
  }

  async reconcile(policy: CachedPolicy, log: Logger): Promise<Result> {
    await this.#leftovers.collect(policy.metadata, log);
    return await this.#controller.reconcile(policy, log);
  }

  async #setStatus(policy: ContainerSecurityPolicy, status: PolicyStatus): Promise<void> {
    this.store.upsert(toCachedPolicy(await applyStatus(this.#client, this.resource, policy, status)));
  }

  /** Adds or removes our finalizer only; those of others stay. @throws ApiError, RetryError when the policy has changed */
  async setFinalizers(identity: ObjectIdentity, finalizers: readonly string[]): Promise<void> {
    const policy = this.store.get(objectKey({ metadata: identity }));
    if (policy === undefined || policy.metadata.uid !== identity.uid) return;
    await writeUnlessGone('the policy', async () => {
      const object = await (finalizers.includes(FINALIZER)
        ? this.#addFinalizer(policy)
        : this.#removeFinalizer(policy));
      const gone = object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
      if (gone) this.store.remove(toCachedPolicy(object));
      else this.store.upsert(toCachedPolicy(object));
    });
  }

  async #addFinalizer({ apiVersion, kind, metadata }: ContainerSecurityPolicy): Promise<KubeObject> {
    const { name, namespace, uid } = metadata;
    const body = { apiVersion, kind, metadata: { name, namespace, uid, finalizers: [FINALIZER] } };
    return (await this.#client.apply<KubeObject>(this.resource, body, { fieldManager: FIELD_MANAGERS.finalizer }))
      .object;
  }

  /** Not by apply: a manifest that was exported with the finalizer and applied again owns it too, and would keep it. */
  async #removeFinalizer({ metadata }: ContainerSecurityPolicy): Promise<KubeObject> {
    const { name, namespace, resourceVersion, finalizers = [] } = metadata;
    const patch = { metadata: { resourceVersion, finalizers: finalizers.filter((f) => f !== FINALIZER) } };
    const options = { namespace, type: 'merge', fieldManager: FIELD_MANAGERS.finalizer } as const;
    return (await this.#client.patch<KubeObject>(this.resource, name, patch, options)).object;
  }
}
