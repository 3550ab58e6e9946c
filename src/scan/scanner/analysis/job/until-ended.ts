import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Logger } from 'pino';
import { Reflector } from '../../../../kube/cache/reflector.ts';
import { Store } from '../../../../kube/cache/store.ts';
import type { Clock } from '../../../../kube/clock.ts';
import { CORE_EVENTS, JOBS, PODS } from '../../../../kube/kinds.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import type { KubeClient } from '../../../../kube/rest/client.ts';
import { printableAscii } from '../../../../text/printable.ts';
import { ScanError } from '../../../scan-error.ts';
import { type JobState, jobStateOf } from './job-state.ts';

interface WaitOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** The image, for messages. */
  readonly what: string;
  readonly startMs: number;
  /** Limit for the case that the end of the Job at its own deadline is not seen, milliseconds. */
  readonly mostMs: number;
}

/** The pod of a Job that has ended by itself. */
export interface EndedPod {
  readonly name: string;
  readonly exitCode: number;
}

type KubePod = KubeObject & Pod;
type KubeJob = KubeObject & Job;

/** By the Job controller, on every pod of a Job; a Job's name may come again. */
const JOB_UID_LABEL = 'batch.kubernetes.io/controller-uid';

/** Watches a Job until its pod has ended. @throws ScanError; the signal's reason */
export const untilEnded = async (job: KubeJob, options: WaitOptions, signal: AbortSignal): Promise<EndedPod> => {
  const { client, log } = options;
  const { name, namespace = '', uid } = job.metadata;
  const jobs = new Store<KubeJob>();
  const pods = new Store<KubePod>();
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const reflectors = [
    new Reflector({ client, resource: JOBS, namespace, fieldSelector: `metadata.name=${name}`, store: jobs, log }),
    new Reflector({ client, resource: PODS, namespace, labelSelector: `${JOB_UID_LABEL}=${uid}`, store: pods, log }),
  ];
  const runs = reflectors.map((reflector) => reflector.run(running));
  const synced = Promise.all(reflectors.map((reflector) => reflector.synced));
  try {
    return await new Watch(job, { jobs, pods, synced }, options).ended(signal);
  } finally {
    stop.abort();
    await Promise.all(runs);
  }
};

interface Known {
  readonly jobs: Store<KubeJob>;
  readonly pods: Store<KubePod>;
  readonly synced: Promise<unknown>;
}

class Watch {
  readonly #job: KubeJob;
  readonly #known: Known;
  readonly #options: WaitOptions;
  readonly #end = Promise.withResolvers<EndedPod>();
  #last: JobState = { state: 'Starting' };
  #listed = false;
  #confirming = false;

  constructor(job: KubeJob, known: Known, options: WaitOptions) {
    this.#job = job;
    this.#known = known;
    this.#options = options;
  }

  async ended(signal: AbortSignal): Promise<EndedPod> {
    const { clock, startMs, mostMs } = this.#options;
    const { jobs, pods, synced } = this.#known;
    const { promise, reject } = this.#end;
    const giveUp = () => reject(signal.reason);
    const check = () => this.#check(signal);
    signal.addEventListener('abort', giveUp, { once: true });
    const undo = [
      jobs.subscribe(check),
      pods.subscribe(check),
      clock.after(startMs, () => this.#checkStarted(signal).catch(reject)),
      clock.after(mostMs, () => reject(this.#error('Timeout', `did not end within ${mostMs / 1000} s`))),
      () => signal.removeEventListener('abort', giveUp),
    ];
    if (signal.aborted) giveUp();
    synced.then(() => {
      this.#listed = true;
      check();
    });
    return promise.finally(() => {
      for (const one of undo) one();
    });
  }

  #check(signal: AbortSignal): void {
    // Before the first list, a missing object may still exist.
    if (!this.#listed) return;
    this.#settle(this.#known.pods.list());
    if (this.#last.state !== 'Lost' || this.#confirming) return;
    this.#confirming = true;
    this.#confirm(signal)
      .catch(this.#end.reject)
      .finally(() => {
        this.#confirming = false;
      });
  }

  /** Lists the pods again: the Job's end may be seen before that of its pod, which has more detail. */
  async #confirm(signal: AbortSignal): Promise<void> {
    const { namespace, uid } = this.#job.metadata;
    const options = { namespace, labelSelector: `${JOB_UID_LABEL}=${uid}`, signal };
    const { items } = await this.#options.client.list<KubePod>(PODS, options);
    this.#settle(items);
    if (this.#last.state === 'Lost') this.#end.reject(this.#last.error);
  }

  #settle(pods: readonly KubePod[]): void {
    const job = this.#known.jobs.list().find(({ metadata }) => metadata.uid === this.#job.metadata.uid);
    const [pod] = pods.toSorted((a, b) => created(b) - created(a));
    this.#last = jobStateOf(this.#options.what, { job, pod });
    if (this.#last.state === 'Failed') this.#end.reject(this.#last.error);
    if (this.#last.state === 'Exited' && pod !== undefined) {
      this.#end.resolve({ name: pod.metadata.name, exitCode: this.#last.exitCode });
    }
  }

  async #checkStarted(signal: AbortSignal): Promise<void> {
    if (this.#last.state !== 'Starting') return;
    const why = this.#last.why ?? (await this.#lastWarning(signal)) ?? 'the reason is unknown';
    throw this.#error('ScannerFailed', `had no running pod within ${this.#options.startMs / 1000} s: ${why}`);
  }

  #error(reason: 'Timeout' | 'ScannerFailed', message: string): ScanError {
    const { name, namespace } = this.#job.metadata;
    return new ScanError(reason, `${this.#options.what}: Job ${namespace}/${name} ${message}`);
  }

  /** Only Events show why the Job controller creates no pod. */
  async #lastWarning(signal: AbortSignal): Promise<string | undefined> {
    const { uid, namespace } = this.#job.metadata;
    const fieldSelector = `involvedObject.uid=${uid},type=Warning`;
    const options = { namespace, fieldSelector, limit: 10, signal };
    const events = await this.#options.client
      .list<KubeObject & { reason?: string; message?: string }>(CORE_EVENTS, options)
      .catch(() => undefined);
    const last = events?.items.at(-1);
    return last === undefined ? undefined : `${last.reason}: ${printableAscii(last.message ?? '')}`;
  }
}

const created = ({ metadata }: KubePod): number => Date.parse(metadata.creationTimestamp ?? '');
