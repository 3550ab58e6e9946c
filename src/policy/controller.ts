import type { Logger } from 'pino';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import { objectKey } from '../kube/object.ts';
import type { EventRecorder } from '../kube/record/event-recorder.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { classify } from '../kube/rest/errors.ts';
import { type Result, RetryError } from '../kube/workqueue/work-queue.ts';
import type { CachedPolicy, PolicyCaches } from './caches.ts';
import { type Change, ChildWriter } from './children/writer.ts';
import { driftOf, entriesOf, isNewlyRefusedEscalation, readyChange, takenLabels } from './events.ts';
import { hasFinalizer, needsFinalizer } from './finalizer.ts';
import type { PolicyMetrics } from './metrics.ts';
import { failed, type Outcome } from './outcome.ts';
import type { PolicyWriter } from './policy-writer.ts';
import { PreviewStep } from './preview.ts';
import { isReserved, namespaceReserved } from './reserved.ts';
import { runAccessStep } from './sections/access/step.ts';
import { type ImagesResult, ImagesStep } from './sections/images/step.ts';
import { runImageScanStep } from './sections/imagescan/step.ts';
import { apiServerEndpoints } from './sections/network/apiserver.ts';
import type { DnsPeer, NetworkContext } from './sections/network/context.ts';
import { runNetworkStep } from './sections/network/step.ts';
import type { PodSecurityResult } from './sections/podsecurity/report.ts';
import { PodSecurityStep } from './sections/podsecurity/step.ts';
import { computeStatus, type Results, sameStatus, suspendedStatus, unsupportedStatus } from './status.ts';

/** What was refused may have become allowed, and nothing tells: rights on Roles are not watched. */
const STALLED_RECHECK_MS = 300_000;

export interface PolicyControllerOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches;
  readonly policyWriter: PolicyWriter;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly metrics: PolicyMetrics;
  readonly dnsPeers: readonly DnsPeer[];
  /** Where no policy takes effect, as isReserved reads it. */
  readonly reservedNamespaces: readonly string[];
  readonly clock?: () => Date;
}

interface Done {
  readonly results: Results;
  readonly changes: readonly Change[];
  readonly labels: readonly string[];
}

/** Reconciles ContainerSecurityPolicies: reads caches, renders, applies what differs, writes one status. */
export class PolicyController {
  readonly #options: PolicyControllerOptions;
  readonly #writer: ChildWriter;
  readonly #podSecurity: PodSecurityStep;
  readonly #images: ImagesStep;
  readonly #preview: PreviewStep;

  constructor(options: PolicyControllerOptions) {
    const { client, caches } = options;
    this.#options = options;
    this.#writer = new ChildWriter(client, caches);
    this.#podSecurity = new PodSecurityStep(client, caches);
    this.#images = new ImagesStep(client, caches);
    this.#preview = new PreviewStep(client, this.#writer, this.#podSecurity, this.#images);
  }

  /** @throws RetryError when the same policy should be tried again soon. */
  async reconcile(policy: CachedPolicy, log: Logger): Promise<Result> {
    if (policy.metadata.deletionTimestamp !== undefined) {
      await this.#options.policyWriter.handleFinalizer(policy, () => this.#withdraw(policy, log));
      return;
    }
    if (isReserved(policy.metadata.namespace, this.#options.reservedNamespaces)) {
      await this.#leaveAlone(policy, log);
      return;
    }
    if (policy.spec.suspend === true) {
      await this.#writeStatus(policy, suspendedStatus(policy, this.#now()), log);
      return;
    }
    if (policy.unsupported !== undefined) {
      await this.#writeStatus(policy, unsupportedStatus(policy, policy.unsupported, this.#now()), log);
      return;
    }
    const held = this.#namespaceGoes(policy) ? await this.#letGo(policy) : await this.#hold(policy);
    if (held === 'comes back') return;
    const present = 'results' in held ? policy : held;
    const done = 'results' in held ? held : await this.#run(held);
    const status = computeStatus(present, done.results, this.#now());
    this.#tell(present, done, status, log);
    await this.#writeStatus(present, status, log);
    await this.#releaseIfIdle(present, done.results.outcomes);
    return nextTry(done.results.outcomes);
  }

  /** Nothing is written in a reserved namespace but the status that says so; not even an Event. */
  async #leaveAlone(policy: ContainerSecurityPolicy, log: Logger): Promise<void> {
    const outcome = namespaceReserved(policy.metadata.namespace);
    const status = computeStatus(policy, { outcomes: [outcome], sections: {} }, this.#now());
    if (!sameStatus(policy.status, status)) log.warn({ reason: outcome.reason }, outcome.message);
    await this.#writeStatus(policy, status, log);
  }

  /** Nothing is generated that could not be withdrawn in order: the finalizer comes first. @returns the policy with it */
  async #hold(policy: ContainerSecurityPolicy): Promise<'comes back' | Done | ContainerSecurityPolicy> {
    if (!needsFinalizer(policy)) return policy;
    try {
      if (!(await this.#options.policyWriter.handleFinalizer(policy, async () => {}))) return policy;
    } catch (error) {
      const { network, podSecurity, access, images } = policy.status ?? {};
      const sections = {
        ...(network && { network }),
        ...(podSecurity && { podSecurity }),
        ...(access && { access }),
        ...(images && { images }),
      };
      return { results: { outcomes: [failed('Policy', error)], sections }, changes: [], labels: [] };
    }
    return this.#withFinalizer(policy);
  }

  /** The policy as the API server answered; what has changed meanwhile comes back by its watch. @throws RetryError */
  #withFinalizer({ metadata }: ContainerSecurityPolicy): 'comes back' | ContainerSecurityPolicy {
    const now = this.#options.caches.policies.get(objectKey({ metadata }));
    const { uid, generation, deletionTimestamp } = now?.metadata ?? {};
    const isSame = uid === metadata.uid && generation === metadata.generation && deletionTimestamp === undefined;
    if (now === undefined || !isSame) return 'comes back';
    if (!hasFinalizer(now)) throw new RetryError('the finalizer was taken away as soon as it was added');
    this.#writer.confirm(now);
    return now;
  }

  /** Everything goes with the namespace, and a finalizer would only make it wait for us. */
  async #letGo(policy: ContainerSecurityPolicy): Promise<'comes back' | ContainerSecurityPolicy> {
    if (!hasFinalizer(policy)) return policy;
    await this.#options.policyWriter.removeFinalizer(policy);
    return 'comes back';
  }

  #namespaceGoes({ metadata }: ContainerSecurityPolicy): boolean {
    return this.#options.caches.namespaces.get(metadata.namespace)?.metadata.deletionTimestamp !== undefined;
  }

  /** The sections one after the other; a failure in one keeps none of the others back. */
  async #run(policy: ContainerSecurityPolicy): Promise<Done> {
    const audit = policy.spec.mode === 'Audit';
    const { network: wantedNetwork, access: wantedAccess, scan: wantedScan } = audit ? {} : policy.spec;
    const network = await runNetworkStep(policy, wantedNetwork, this.#networkContext(), this.#writer);
    const podSecurity = await this.#runPodSecurity(policy);
    const access = await runAccessStep(policy, wantedAccess, this.#writer);
    const images = await this.#runImages(policy);
    const scan = await runImageScanStep(policy, wantedScan, this.#writer);
    const preview = audit ? await this.#runPreview(policy) : {};
    const outcomes = [network, podSecurity, access, images, scan, preview].flatMap(({ outcome }) => outcome ?? []);
    return {
      results: {
        outcomes,
        sections: {
          ...(network.status && { network: network.status }),
          ...(podSecurity.status && { podSecurity: podSecurity.status }),
          ...(access.status && { access: access.status }),
          ...(images.status && { images: images.status }),
          ...(preview.status && { preview: preview.status }),
        },
      },
      changes: [...network.changes, ...access.changes, ...scan.changes],
      labels: [...podSecurity.changes, ...images.changes],
    };
  }

  async #runPreview(
    policy: ContainerSecurityPolicy,
  ): Promise<{ status?: NonNullable<PolicyStatus['preview']>; outcome?: Outcome }> {
    try {
      return { status: await this.#preview.run(policy, this.#networkContext()) };
    } catch (error) {
      return { outcome: failed('Policy', error) };
    }
  }

  /**
   * Takes away in a safe order what garbage collection would take away in any, rights first. What the API server refuses
   * to change is left behind rather than holding the policy for ever; what may pass is waited for, and the status says so.
   */
  async #withdraw(policy: ContainerSecurityPolicy, log: Logger): Promise<void> {
    if (this.#namespaceGoes(policy) || !this.#options.caches.namespaces.get(policy.metadata.namespace)) return;
    const access = await runAccessStep(policy, undefined, this.#writer);
    const network = await runNetworkStep(policy, undefined, this.#networkContext(), this.#writer);
    const podSecurity = await this.#runPodSecurity(policy);
    const images = await this.#runImages(policy);
    const outcomes = [access, network, podSecurity, images].flatMap(({ outcome }) => outcome ?? []);
    const passing = outcomes.filter(({ state }) => state !== 'Stalled');
    if (passing.length > 0) {
      const status = computeStatus(policy, { outcomes, sections: {} }, this.#now());
      this.#tell(policy, { results: { outcomes, sections: {} }, changes: [], labels: [] }, status, log);
      await this.#writeStatus(policy, status, log);
      throw new RetryError(passing.map(({ message }) => message).join('. '));
    }
    for (const { section, reason, message } of outcomes) {
      log.warn({ section, reason }, `left behind on deletion: ${message}`);
    }
    const gone = [...network.changes, ...access.changes].map(({ object }) => `${object.kind} ${object.metadata.name}`);
    const note = [...gone, ...podSecurity.changes, ...images.changes].join(', ');
    if (note === '') return;
    log.info({ reason: 'Withdrawn' }, note);
    this.#options.events.record({ regarding: policy, type: 'Normal', reason: 'Withdrawn', action: 'Withdraw', note });
  }

  /** A policy that no longer needs an order on deletion is not held any more. */
  async #releaseIfIdle(policy: ContainerSecurityPolicy, outcomes: readonly Outcome[]): Promise<void> {
    if (needsFinalizer(policy) || !hasFinalizer(policy) || outcomes.some((o) => o.state === 'Retrying')) return;
    await this.#options.policyWriter.removeFinalizer(policy);
  }

  async #runPodSecurity(policy: ContainerSecurityPolicy): Promise<PodSecurityResult> {
    try {
      return await this.#podSecurity.run(policy);
    } catch (error) {
      const before = policy.spec.podSecurity && policy.status?.podSecurity;
      return { changes: [], outcome: failed('PodSecurity', error), ...(before !== undefined && { status: before }) };
    }
  }

  async #runImages(policy: ContainerSecurityPolicy): Promise<ImagesResult> {
    try {
      return await this.#images.run(policy);
    } catch (error) {
      const before = policy.spec.images && policy.status?.images;
      return { changes: [], outcome: failed('Images', error), ...(before !== undefined && { status: before }) };
    }
  }

  #tell(policy: ContainerSecurityPolicy, { changes, labels }: Done, status: PolicyStatus, log: Logger): void {
    for (const entry of entriesOf(policy, changes, labels, status)) {
      this.#options.events.record({ regarding: policy, ...entry });
      log[entry.type === 'Normal' ? 'info' : 'warn']({ reason: entry.reason }, entry.note);
    }
    for (const { object, by } of driftOf(policy, changes)) this.#options.metrics.repaired(object.kind, by);
    if (takenLabels(policy, labels).length > 0) this.#options.metrics.repaired('Namespace', ['unknown']);
    if (isNewlyRefusedEscalation(policy, status)) this.#options.metrics.escalationRefused();
  }

  /** The resource version is part of the write, so the status of a deleted policy never lands on a new one of its name. */
  async #writeStatus(policy: ContainerSecurityPolicy, status: PolicyStatus, log: Logger): Promise<void> {
    if (sameStatus(policy.status, status)) return;
    try {
      await this.#options.policyWriter.setStatus(policy, status);
      const ready = readyChange(policy, status);
      if (ready !== undefined) log.info({ reason: ready.reason }, `Ready is ${ready.status}`);
    } catch (error) {
      const failure = classify(error);
      if (failure === 'Conflict') throw new RetryError('the policy has changed since it was read', { cause: error });
      if (failure !== 'NotFound') throw error;
    }
  }

  #now(): Date {
    return this.#options.clock?.() ?? new Date();
  }

  #networkContext(): NetworkContext {
    const { caches, dnsPeers } = this.#options;
    return { dnsPeers, apiServer: apiServerEndpoints(caches.apiServerSlices.list(), caches.apiServerServices.list()) };
  }
}

const nextTry = (outcomes: readonly Outcome[]): Result => {
  const retrying = outcomes.filter((o) => o.state === 'Retrying');
  if (retrying.length > 0) {
    const waits = retrying.flatMap((o) => o.retryAfterMs ?? []);
    const messages = retrying.map((o) => o.message).join('. ');
    throw new RetryError(messages, { afterMs: waits.length === 0 ? undefined : Math.max(...waits) });
  }
  const waits = outcomes.flatMap((o) => o.retryAfterMs ?? (o.state === 'Stalled' ? STALLED_RECHECK_MS : []));
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
};
