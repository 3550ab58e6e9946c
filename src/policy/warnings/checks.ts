import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '../../kube/clock.ts';
import { objectKey } from '../../kube/object.ts';
import type { WorkQueue } from '../../kube/workqueue/work-queue.ts';
import { isAtRest } from '../at-rest.ts';
import type { CachedPolicy, PolicyCaches } from '../caches.ts';
import { previewedSections } from '../preview.ts';
import { isReserved } from '../reserved-namespaces.ts';
import type { NetworkFacts } from '../sections/network/facts.ts';
import { type Checked, saysAll, unchecked } from '../status/warnings.ts';
import type { PolicyToCheck } from './check.ts';
import type { runCheck } from './run-check.ts';
import { buildWorld, type OperatorWorld, type WorldCaches } from './world.ts';

/** Changes come in groups, as those of a rollout. */
const SETTLE_MS = 1000;
/**
 * After a check it waits this many times as long as the check took. So rules, which users write and wait for, take at most a
 * tenth of one processor, and pods, which come and go all day, a fiftieth of it,
 */
const PAUSES = { rules: 10, pods: 50 } as const;
/** unless a preview would get older than this. */
const MOST_AGE_MS = 60_000;

/** A change at the start of a check waits for its end, for the pause, and for the next check. */
const pauseAfter = (tookMs: number, pauses: number): number =>
  Math.max(tookMs, Math.min(pauses * tookMs, MOST_AGE_MS - 2 * tookMs));

interface NetworkChecksOptions {
  readonly caches: WorldCaches & Pick<PolicyCaches, 'policies' | 'readServices'>;
  readonly facts: Pick<NetworkFacts, 'current' | 'subscribe'>;
  readonly reservedNamespaces: readonly string[];
  /** The operator watches every namespace. */
  readonly isWhole: boolean;
  readonly run: typeof runCheck;
  /** Must not be set back. */
  readonly clock: Clock;
  readonly log: Logger;
}

interface Result {
  readonly generation: number | undefined;
  readonly checked: Checked;
}

/** Of a policy without rules. */
const NOTHING: Checked = { network: {}, preview: {} };

const NO_SERVICES =
  'the operator may not read Services: grant list and watch on services, as config/rbac/operator.yaml does, and restart it';

const tooLarge = (namespace: string, name: string): string =>
  `NetworkPolicy ${namespace}/${name} is larger than 32 KiB, so the operator does not keep its rules: split it, or name fewer peers`;

/** The rules of a policy that are in force, and those that are previewed; undefined: it has none that count. */
export const toCheck = (policy: CachedPolicy, reserved: readonly string[]): PolicyToCheck | undefined => {
  const { metadata, spec } = policy;
  const { uid, namespace, name, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined || isAtRest(policy) || isReserved(namespace, reserved)) return undefined;
  const network = spec.mode === 'Audit' ? undefined : spec.network;
  const sections = previewedSections(policy);
  const previewed = sections && (sections.network ?? null);
  if (network === undefined && (previewed ?? undefined) === undefined) return undefined;
  return { uid, namespace, name, ...(network && { network }), ...(previewed !== undefined && { previewed }) };
};

/**
 * Checks the rules of all policies against the world again after each change of it, a few seconds later at most unless a check
 * takes long. A policy whose status does not say what was found is reconciled.
 */
export class NetworkChecks {
  readonly #options: NetworkChecksOptions;
  #results: ReadonlyMap<string, Result> = new Map();
  #digest = '';
  #stop = new AbortController();
  #cancel: (() => void) | undefined;
  #isRunning = false;
  #last = { ended: 0, tookMs: 0 };
  /** The shortest pause of the changes that are not checked yet. */
  #pauses: number | undefined;
  /** When the next check starts. */
  #next: number | undefined;

  constructor(options: NetworkChecksOptions) {
    this.#options = options;
  }

  /** The result for this spec of a policy, if it has been checked. */
  of({ metadata: { uid, generation } }: CachedPolicy): Checked | undefined {
    const result = this.#results.get(uid);
    return result?.generation === generation ? result?.checked : undefined;
  }

  /** Adds policies to the queue whose status does not say what was found. @returns a function that stops it */
  connect(queue: Pick<WorkQueue, 'add'>): () => void {
    const { caches, facts } = this.#options;
    this.#stop = new AbortController();
    const due = (change: keyof typeof PAUSES = 'rules'): void => this.#schedule(queue, PAUSES[change]);
    const stores = [caches.namespaces, caches.services, caches.children.NetworkPolicy];
    const stops = [
      ...stores.map((store) => store.subscribe(({ type }: { type: string }) => type !== 'Resynced' && due())),
      caches.pods.subscribe(({ type, object, old }) => {
        if (type === 'Deleted') due('pods');
        else if (type === 'Resynced' || this.#pauses !== undefined) return;
        else if (!isDeepStrictEqual(old?.reach, object.reach)) due('pods');
      }),
      caches.policies.subscribe(({ type, object, old }) => {
        const isOther = type === 'Deleted' || old?.metadata.generation !== object.metadata.generation;
        if (type !== 'Resynced' && isOther) due();
        // A status that was computed before the last check may be written after it.
        if (type !== 'Deleted') this.#reportOne(object, queue);
      }),
      ...Object.values(caches.workloads).map((store) =>
        store.subscribe(({ type, object, old }) => {
          const isSame = isDeepStrictEqual([old?.planned, old?.owner], [object.planned, object.owner]);
          if (type === 'Deleted' || (type !== 'Resynced' && !isSame)) due('pods');
        }),
      ),
      facts.subscribe(() => due()),
    ];
    due();
    return () => {
      for (const stop of stops) stop();
      this.#cancel?.();
      [this.#cancel, this.#next] = [undefined, undefined];
      this.#stop.abort();
    };
  }

  #schedule(queue: Pick<WorkQueue, 'add'>, pauses: number): void {
    const { clock } = this.#options;
    this.#pauses = Math.min(this.#pauses ?? pauses, pauses);
    if (this.#isRunning) return;
    const { ended, tookMs } = this.#last;
    const now = clock.now();
    const at = Math.max(now + SETTLE_MS, ended + pauseAfter(tookMs, this.#pauses));
    if (this.#next !== undefined && this.#next <= at) return;
    this.#cancel?.();
    this.#next = at;
    this.#cancel = clock.after(at - now, () => void this.#round(queue, this.#stop.signal));
  }

  async #round(queue: Pick<WorkQueue, 'add'>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    [this.#isRunning, this.#pauses, this.#next, this.#cancel] = [true, undefined, undefined, undefined];
    const started = clock.now();
    try {
      await this.#check(signal);
      if (signal.aborted) return;
      this.#report(queue);
    } catch (err) {
      log.error({ err }, 'network rules are not checked for warnings: the next change is checked again');
    } finally {
      this.#isRunning = false;
      this.#last = { ended: clock.now(), tookMs: clock.now() - started };
    }
    const left: number | undefined = this.#pauses;
    if (left !== undefined && !signal.aborted) this.#schedule(queue, left);
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { caches, facts, isWhole, reservedNamespaces, run, log, clock } = this.#options;
    const started = clock.now();
    const { world, digest, large } = await buildWorld(caches, isWhole);
    const { context } = facts.current;
    const policies = caches.policies.list();
    const generations = new Map(policies.map(({ metadata }) => [metadata.uid, metadata.generation]));
    const all = policies.flatMap((policy) => toCheck(policy, reservedNamespaces) ?? []);
    const input = JSON.stringify([digest, context, [...generations].sort(), [...caches.readServices].sort()]);
    if (input === this.#digest) return;
    const unknown = new Map(all.map(({ uid, namespace }) => [uid, this.#unknown(namespace, large)]));
    const checked = await run({ world, context, policies: all.filter(({ uid }) => !unknown.get(uid)) }, signal);
    if (signal.aborted) return;
    const resultOf = (uid: string): Checked => {
      const why = unknown.get(uid);
      return why === undefined ? (checked.get(uid) ?? NOTHING) : unchecked(why);
    };
    this.#results = new Map([...generations].map(([uid, generation]) => [uid, { generation, checked: resultOf(uid) }]));
    this.#digest = input;
    log.debug(
      { ms: Math.round(clock.now() - started), policies: all.length, pods: world.pods.length },
      'network rules are checked',
    );
  }

  /** Why the rules of a namespace cannot be checked. */
  #unknown(namespace: string, large: OperatorWorld['large']): string | undefined {
    const { readServices } = this.#options.caches;
    if (!readServices.has('') && !readServices.has(namespace)) return NO_SERVICES;
    const name = large.get(namespace);
    return name === undefined ? undefined : tooLarge(namespace, name);
  }

  #report(queue: Pick<WorkQueue, 'add'>): void {
    for (const policy of this.#options.caches.policies.list()) this.#reportOne(policy, queue);
  }

  #reportOne(policy: CachedPolicy, queue: Pick<WorkQueue, 'add'>): void {
    const checked = this.of(policy);
    if (checked !== undefined && !saysAll(policy.status ?? {}, checked)) queue.add(objectKey(policy));
  }
}
