import type { Logger } from 'pino';
import type { Labels } from '../api/child-labels.ts';
import { TRUSTED_IMAGES_LABEL } from '../api/keys.ts';
import type { PolicyStatus, Sections } from '../api/policy.ts';
import { type Clock, monotonicClock, systemClock } from '../kube/clock.ts';
import { objectKey } from '../kube/object.ts';
import type { Recorder } from '../kube/record/event.ts';
import { type Result, RetryError } from '../kube/workqueue/work-queue.ts';
import { writeUnlessGone } from '../kube/workqueue/write-unless-gone.ts';
import { IMAGE_ADMISSION_POLICIES } from './admission-policies.ts';
import { isAtRest } from './at-rest.ts';
import type { CachedPolicy } from './caches.ts';
import { ChildWriter, type PolicyChildren } from './children/writer.ts';
import type { EventReason } from './event-reasons.ts';
import {
  computeEvents,
  driftOf,
  isNewlyRefusedEscalation,
  type PolicyEvent,
  type Reconciled,
  readyChange,
  removedLabels,
  toLogMessage,
  warned,
  withdrawn,
} from './events.ts';
import { hasFinalizer, needsFinalizer } from './finalizer.ts';
import type { PolicyMetrics } from './metrics.ts';
import type { PolicyWriter } from './policy-writer.ts';
import { type Preview, previewedSections, previewPolicy, proposalStatus } from './preview.ts';
import { RecentPreviews } from './recent-previews.ts';
import { isReserved, namespaceReserved } from './reserved-namespaces.ts';
import { catchErrors } from './sections/catch-errors.ts';
import type { Section, SectionOptions, SectionResult } from './sections/section.ts';
import { inWithdrawalOrder } from './sections/withdrawal-order.ts';
import { failed, type SectionOutcome } from './status/outcome.ts';
import { computeStatus, lastSections, type Results, restingStatus, sameStatus } from './status/status.ts';
import { type Checked, withWarnings } from './status/warnings.ts';

/** A refused write may become allowed without a watch event: the operator's own rights are not watched. */
const STALLED_RECHECK_MS = 300_000;

interface PolicyControllerOptions extends SectionOptions {
  /** In the order in which they are enforced. They may throw. */
  readonly sections: readonly Section[];
  readonly policyWriter: PolicyWriter;
  readonly events: Recorder<EventReason>;
  readonly metrics: PolicyMetrics;
  /** Namespaces in which no policy takes effect, as isReserved reads them. */
  readonly reservedNamespaces: readonly string[];
  /** The last check of a policy's network rules. */
  readonly checks: { of(policy: CachedPolicy): Checked | undefined };
  /** Of every generated object. Default: none. */
  readonly childLabels?: Labels | undefined;
}

/** The results of a reconcile. */
type Report = Results &
  Reconciled & {
    /** The error of a preview that the outcomes do not have. */
    readonly unpreviewed?: SectionOutcome;
    /** The time after which a newer preview is due. */
    readonly previewDueMs?: number;
  };

/** The next step after the finalizer is set. AwaitWatch: the policy changed, and is reconciled again for that. */
type Prepared =
  | { readonly next: 'Enforce'; readonly policy: CachedPolicy; readonly children: PolicyChildren }
  | { readonly next: 'Report'; readonly policy: CachedPolicy; readonly report: Report }
  | { readonly next: 'AwaitWatch' };

/** Reconciles ContainerSecurityPolicies: reads caches, runs the sections one after the other, writes one status. */
export class PolicyController {
  readonly #options: PolicyControllerOptions;
  readonly #writer: ChildWriter;
  readonly #sections: readonly Section[];
  readonly #previews: RecentPreviews;

  constructor(options: PolicyControllerOptions, clock: Clock = monotonicClock) {
    this.#options = options;
    this.#previews = new RecentPreviews(clock, options.caches.policies);
    this.#writer = new ChildWriter(options.client, options.caches, options.childLabels);
    this.#sections = options.sections.map(catchErrors);
  }

  /** @throws RetryError when the same policy should be tried again soon. */
  async reconcile(policy: CachedPolicy, log: Logger): Promise<Result> {
    if (policy.metadata.deletionTimestamp !== undefined) return await this.#finalize(policy, log);
    if (isReserved(policy.metadata.namespace, this.#options.reservedNamespaces))
      return await this.#reportReserved(policy, log);
    if (isAtRest(policy)) return await this.#writeStatus(policy, restingStatus(policy, systemClock.now()), log);
    const prepared = await this.#prepare(policy);
    if (prepared.next === 'AwaitWatch') return undefined;
    const report =
      prepared.next === 'Report' ? prepared.report : await this.#enforce(prepared.policy, prepared.children);
    await this.#publish(prepared.policy, report, log);
    await this.#releaseIfIdle(prepared.policy, report.outcomes);
    const { outcomes, unpreviewed, previewDueMs } = report;
    return nextTry(unpreviewed === undefined ? outcomes : [...outcomes, unpreviewed], previewDueMs);
  }

  /** In a reserved namespace, only the status of the policy is written, with the reason; not even an Event. */
  async #reportReserved(policy: CachedPolicy, log: Logger): Promise<void> {
    const outcome = namespaceReserved(policy.metadata.namespace, this.#enforcesImages(policy));
    const status = computeStatus(policy, { outcomes: [outcome], sections: {} }, systemClock.now());
    if (!sameStatus(policy.status, status)) log.warn({ reason: outcome.reason }, outcome.message);
    await this.#writeStatus(policy, status, log);
  }

  /** The list of reserved namespaces of the API server can differ from ours. */
  #enforcesImages({ metadata: { namespace }, spec }: CachedPolicy): boolean {
    if (spec.images === undefined) return false;
    const { namespaces, admissionPolicies } = this.#options.caches;
    const { name } = IMAGE_ADMISSION_POLICIES[spec.mode ?? 'Enforce'];
    const { reserved = [] } = admissionPolicies.get(name) ?? {};
    return namespaces.get(namespace)?.labels.has(TRUSTED_IMAGES_LABEL) === true && !isReserved(namespace, reserved);
  }

  /** The finalizer comes first, so that everything that is generated can be withdrawn in order. */
  async #prepare(policy: CachedPolicy): Promise<Prepared> {
    if (this.#isNamespaceTerminating(policy)) {
      // Everything is deleted with the namespace, and a finalizer would only delay that.
      if (!hasFinalizer(policy)) return this.#enforceable(policy);
      await this.#options.policyWriter.removeFinalizer(policy);
      return { next: 'AwaitWatch' };
    }
    if (!needsFinalizer(policy)) return this.#enforceable(policy);
    let added: boolean;
    try {
      added = await this.#options.policyWriter.handleFinalizer(policy, async () => {});
    } catch (error) {
      const outcomes = [failed('Policy', error)];
      return {
        next: 'Report',
        policy,
        report: { outcomes, sections: lastSections(policy), changes: [], labels: [] },
      };
    }
    return added ? this.#withFinalizer(policy) : this.#enforceable(policy);
  }

  #enforceable(policy: CachedPolicy, options?: { confirmed: boolean }): Prepared {
    return { next: 'Enforce', policy, children: this.#writer.for(policy, options) };
  }

  /** The policy as the API server answered; a newer change of it arrives by its watch. @throws RetryError */
  #withFinalizer({ metadata }: CachedPolicy): Prepared {
    const now = this.#options.caches.policies.get(objectKey({ metadata }));
    const { uid, generation, deletionTimestamp } = now?.metadata ?? {};
    const isSame = uid === metadata.uid && generation === metadata.generation && deletionTimestamp === undefined;
    if (now === undefined || !isSame) return { next: 'AwaitWatch' };
    if (!hasFinalizer(now)) throw new RetryError('the finalizer was removed as soon as it was added');
    return this.#enforceable(now, { confirmed: true });
  }

  /** Runs the sections one after the other; a failure of one does not stop the others. */
  async #enforce(policy: CachedPolicy, children: PolicyChildren): Promise<Report> {
    const results: SectionResult[] = [];
    for (const section of this.#sections) results.push(await section.enforce(policy, children));
    const wanted = previewedSections(policy);
    if (wanted === undefined) return toReport(results);
    if (policy.spec.mode !== 'Audit') return await this.#previewProposal(policy, wanted, results, children);
    return toReport(results, await previewPolicy(policy, wanted, this.#sections, children));
  }

  async #previewProposal(
    policy: CachedPolicy,
    proposed: Sections,
    results: readonly SectionResult[],
    children: PolicyChildren,
  ): Promise<Report> {
    // What has just changed is in the preview at once.
    const isChanged = results.some(({ changes = [], labels = [] }) => changes.length > 0 || labels.length > 0);
    const recent = isChanged ? undefined : this.#previews.get(policy);
    if (recent !== undefined) return { ...toReport(results, recent), previewDueMs: recent.dueMs };
    const preview = await previewPolicy(policy, proposed, this.#sections, children);
    const status = proposalStatus(policy, proposed, preview);
    if (preview.outcome !== undefined) return { ...toReport(results, { status }), unpreviewed: preview.outcome };
    this.#previews.set(policy, status);
    return toReport(results, { status });
  }

  /** Removes the finalizer of a policy that no longer needs an order on deletion. */
  async #releaseIfIdle(policy: CachedPolicy, outcomes: readonly SectionOutcome[]): Promise<void> {
    if (needsFinalizer(policy) || !hasFinalizer(policy) || outcomes.some((o) => o.state === 'Retrying')) return;
    await this.#options.policyWriter.removeFinalizer(policy);
  }

  async #finalize(policy: CachedPolicy, log: Logger): Promise<void> {
    await this.#options.policyWriter.handleFinalizer(policy, () => this.#withdraw(policy, log));
  }

  /**
   * Removes in a safe order what garbage collection would remove in any order. An object that the API server refuses to
   * change is left behind; otherwise the policy would stay forever. A transient error is retried, and the status shows it.
   */
  async #withdraw(policy: CachedPolicy, log: Logger): Promise<void> {
    if (this.#isNamespaceTerminating(policy) || !this.#options.caches.namespaces.get(policy.metadata.namespace)) return;
    const children = this.#writer.for(policy);
    const results: SectionResult[] = [];
    for (const section of inWithdrawalOrder(this.#sections)) results.push(await section.withdraw(policy, children));
    const { outcomes, sections, changes, labels } = toReport(results);
    const transient = outcomes.filter(({ state }) => state !== 'Stalled');
    if (transient.length > 0) {
      await this.#publish(policy, { outcomes, sections, changes: [], labels: [] }, log);
      throw new RetryError(transient.map(({ message }) => message).join('. '));
    }
    for (const { section, reason, message } of outcomes) {
      log.warn({ section, reason }, `left behind on deletion: ${message}`);
    }
    const event = withdrawn({ changes, labels });
    if (event !== undefined) this.#recordEvent(policy, event, log);
  }

  async #publish(policy: CachedPolicy, report: Report, log: Logger): Promise<void> {
    const sections = withWarnings(report.sections, policy.status, this.#options.checks.of(policy));
    const status = computeStatus(policy, { ...report, sections }, systemClock.now());
    this.#recordEvents(policy, report, status, log);
    await this.#writeStatus(policy, status, log);
  }

  #recordEvent(policy: CachedPolicy, event: PolicyEvent, log: Logger, outcomes: readonly SectionOutcome[] = []): void {
    this.#options.events.record({ regarding: policy, ...event });
    if (!isRetried(event, outcomes)) {
      log[event.type === 'Normal' ? 'info' : 'warn']({ reason: event.reason }, toLogMessage(event));
    }
  }

  #recordEvents(policy: CachedPolicy, report: Report, status: PolicyStatus, log: Logger): void {
    const { metrics } = this.#options;
    const { changes, labels } = report;
    for (const event of [...computeEvents(policy, report), ...warned(policy, status)])
      this.#recordEvent(policy, event, log, report.outcomes);
    for (const { object, by } of driftOf(policy, changes)) metrics.repaired(object.kind, by);
    if (removedLabels(policy, labels).length > 0) metrics.repaired('Namespace', ['unknown']);
    if (isNewlyRefusedEscalation(policy, status)) metrics.escalationRefused();
  }

  /** The resource version is part of the write, so the status of a deleted policy never lands on a new one of its name. */
  async #writeStatus(policy: CachedPolicy, status: PolicyStatus, log: Logger): Promise<void> {
    if (sameStatus(policy.status, status)) return;
    await writeUnlessGone('the policy', async () => {
      await this.#options.policyWriter.setStatus(policy, status);
      const ready = readyChange(policy, status);
      if (ready !== undefined) log.info({ reason: ready.reason }, `Ready is ${ready.status}`);
    });
  }

  #isNamespaceTerminating({ metadata }: CachedPolicy): boolean {
    return this.#options.caches.namespaces.get(metadata.namespace)?.metadata.deletionTimestamp !== undefined;
  }
}

/** The work queue logs the failures that it retries, each try once. */
const isRetried = ({ reason }: PolicyEvent, outcomes: readonly SectionOutcome[]): boolean =>
  outcomes.some((outcome) => outcome.state === 'Retrying' && outcome.reason === reason);

const toReport = (results: readonly SectionResult[], preview: Preview = {}): Report => ({
  outcomes: [...results, preview].flatMap(({ outcome }) => outcome ?? []),
  sections: Object.assign({}, ...results.map(({ status }) => status), preview.status && { preview: preview.status }),
  changes: results.flatMap(({ changes = [] }) => changes),
  labels: results.flatMap(({ labels = [] }) => labels),
});

/** @throws RetryError when a section should be tried again soon */
const nextTry = (outcomes: readonly SectionOutcome[], dueMs?: number): Result => {
  const retrying = outcomes.filter((o) => o.state === 'Retrying');
  if (retrying.length > 0) {
    const waits = retrying.flatMap((o) => o.retryAfterMs ?? []);
    const messages = retrying.map((o) => o.message).join('. ');
    throw new RetryError(messages, { afterMs: waits.length === 0 ? undefined : Math.max(...waits) });
  }
  const rechecks = outcomes.flatMap((o) => o.retryAfterMs ?? (o.state === 'Stalled' ? STALLED_RECHECK_MS : []));
  const waits = dueMs === undefined ? rechecks : [...rechecks, dueMs];
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
};
