import { randomBytes } from 'node:crypto';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Logger } from 'pino';
import { MANAGED_BY } from '../../../../api/keys.ts';
import { type Clock, sleep } from '../../../../kube/clock.ts';
import { JOBS, SECRETS } from '../../../../kube/kinds.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import type { KubeClient } from '../../../../kube/rest/client.ts';
import { classify } from '../../../../kube/rest/errors.ts';
import { ifExists } from '../../../../kube/rest/if-exists.ts';
import { backoffMs } from '../../../../kube/workqueue/backoff.ts';
import { printableAscii } from '../../../../text/printable.ts';
import { type ImageId, imageKey } from '../../../image.ts';
import { ScanError } from '../../../scan-error.ts';
import { asBuffer } from '../../../threads/bytes.ts';
import { type Compute, TaskTooLarge } from '../../../threads/compute.ts';
import { fromThread } from '../../../threads/thread-error.ts';
import type { ScanLimits } from '../../process/limits.ts';
import type { AnalysisRequest } from '../../scanner.ts';
import type { Analyzer } from '../../trivy/trivy-scanner.ts';
import { credentialsSecret } from './credentials-secret.ts';
import {
  CONTAINER,
  deadlineMs,
  isSbomJob,
  RUN_LABEL,
  SBOM_JOB_LABELS,
  type SbomJob,
  type SbomJobSettings,
  sbomJob,
  secretName,
  withCredentials,
} from './sbom-job.ts';
import { type EndedPod, untilEnded } from './until-ended.ts';

export interface JobAnalyzerOptions {
  readonly client: KubeClient;
  /** Of one operator alone; with config/job-scanner in it. */
  readonly namespace: string;
  /** Our own image. */
  readonly image: string;
  readonly limits: ScanLimits;
  /** As parseAllowedRegistries gives them. */
  readonly allowedRegistries: readonly string[];
  /** The repository of the index of jars; absent: Jobs use none. */
  readonly jarIndex?: string;
  readonly clock: Clock;
  readonly compute: Compute;
  readonly log: Logger;
  /** How long a pod may take to start. Default 5 minutes. */
  readonly startMs?: number;
}

type KubeJob = KubeObject & Job;

const START_MS = 300_000;
/** The program in the Job ends by itself before its deadline, and both are seen in the API. */
const SLACK_MS = 30_000;
const DELETE_MS = 5_000;
const GONE_MS = 30_000;
const LOOK_MS = 250;
/** The message of an admission policy names the cure. */
const MOST_REFUSAL = 1000;
const LOG_TRIES = 4;
const LOG_BACKOFF = { baseMs: 500, maxMs: 4_000 };
const SWEEP_BACKOFF = { baseMs: 1_000, maxMs: 300_000 };
/** Compressed analyses are far smaller than that, even as base64. */
const mostLogBytes = ({ outputBytes }: ScanLimits): number => outputBytes + 2 ** 20;

/**
 * Analyzes each image in a Kubernetes Job: it pulls the image, runs Trivy and prints the analysis into its log.
 * So no pod with rights or other credentials pulls or unpacks a hostile image, and any node with room can run the Job. The
 * caller decides how many run at once.
 *
 * Analyses are not matched in Jobs: that reads no image, and the 1000 rescans after a new database would be 1000 Jobs.
 */
export class JobAnalyzer implements Analyzer {
  readonly #options: JobAnalyzerOptions;
  readonly #settings: SbomJobSettings;

  constructor(options: JobAnalyzerOptions) {
    const { namespace, image, limits, allowedRegistries, jarIndex, startMs = START_MS } = options;
    this.#options = options;
    const run = randomBytes(8).toString('hex');
    this.#settings = {
      ...{ namespace, image, limits, allowedRegistries, startMs, run },
      ...(jarIndex && { jarIndex }),
    };
  }

  async analyze(request: AnalysisRequest, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const what = imageKey(request.image);
    const secret = secretName(request);
    const job = await this.#create(request, secret, what, signal);
    try {
      signal.throwIfAborted();
      await this.#createSecret(request, job, secret, what);
      const { client, clock, log } = this.#options;
      const mostMs = deadlineMs(request, this.#settings) + SLACK_MS;
      const options = { client, clock, log, what, startMs: this.#settings.startMs, mostMs };
      const pod = await untilEnded(job, options, signal);
      return await this.#read(await this.#log(pod, what, signal), pod, request.image);
    } finally {
      await this.#delete(job);
    }
  }

  /** Deletes Jobs of an operator that was killed. Returns when that is done, or the signal ends; never rejects. */
  async removeLeftovers(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#options;
    const { namespace, run } = this.#settings;
    const ours = Object.entries(SBOM_JOB_LABELS).map(([key, value]) => `${key}=${value}`);
    const labelSelector = [...ours, `${RUN_LABEL}!=${run}`].join(',');
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const { items } = await client.list<KubeJob>(JOBS, { namespace, labelSelector, signal });
        for (const job of items) await this.#deleteNow(job, signal);
        if (items.length > 0) log.info({ jobs: items.length, namespace }, 'deleted Jobs of an earlier operator');
        return;
      } catch (error) {
        if (!signal.aborted) log.warn(`the Jobs of an earlier operator were not deleted: ${(error as Error).message}`);
        await sleep(clock, backoffMs(failures, SWEEP_BACKOFF, Math.random), signal);
      }
    }
  }

  /** @throws ScanError */
  async #create(request: AnalysisRequest, secret: string, what: string, signal: AbortSignal): Promise<KubeJob> {
    const { client } = this.#options;
    const { namespace } = this.#settings;
    const body = sbomJob(request, this.#settings, secret);
    // Not with the signal: a Job whose creation is not awaited would never be deleted.
    const create = () => client.create<KubeJob>(JOBS, body, { namespace, fieldManager: MANAGED_BY });
    try {
      return await create();
    } catch (error) {
      if (classify(error) !== 'AlreadyExists') throw await this.#refused(error, body, what);
    }
    await this.#makeRoom(request, body, what, signal);
    return create().catch(async (error) => Promise.reject(await this.#refused(error, body, what)));
  }

  /** Deletes a Job of ours that has the name, and waits until it is gone. @throws ScanError when it is another's */
  async #makeRoom(request: AnalysisRequest, { metadata }: SbomJob, what: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const until = clock.now() + GONE_MS;
    for (let job = await this.#get(metadata.name, signal); job !== undefined; ) {
      const where = `Job ${job.metadata.namespace}/${job.metadata.name}`;
      if (!isSbomJob(job, request)) {
        throw new ScanError('ScannerFailed', `${what}: ${where} exists and was not created by Palisade: delete it`);
      }
      if (clock.now() > until) throw new ScanError('ScannerFailed', `${what}: the earlier ${where} is not deleted yet`);
      await this.#deleteNow(job, signal);
      await sleep(clock, LOOK_MS, signal);
      job = await this.#get(metadata.name, signal);
    }
    signal.throwIfAborted();
  }

  async #get(name: string, signal: AbortSignal): Promise<KubeJob | undefined> {
    return await ifExists(this.#options.client.get<KubeJob>(JOBS, name, this.#settings.namespace, { signal }));
  }

  async #refused(error: unknown, { metadata }: SbomJob, what: string): Promise<ScanError> {
    const { namespace } = this.#settings;
    // It may have been created all the same.
    if (classify(error) === 'Network') await this.#deleteUnanswered(metadata.name);
    const kept = ['Forbidden', 'NotFound'].includes(classify(error));
    const cure = kept ? `: apply config/job-scanner in namespace ${namespace}` : '';
    const message = `${what}: its Job could not be created: ${printableAscii((error as Error).message, MOST_REFUSAL)}${cure}`;
    return new ScanError('ScannerFailed', message, { cause: error });
  }

  async #deleteUnanswered(name: string): Promise<void> {
    const job = await this.#get(name, AbortSignal.timeout(DELETE_MS)).catch(() => undefined);
    if (job?.metadata.labels?.[RUN_LABEL] === this.#settings.run) await this.#delete(job);
  }

  /** After the Job, so that it goes with it whatever happens; kubelet waits for it. */
  async #createSecret(request: AnalysisRequest, job: KubeJob, name: string, what: string): Promise<void> {
    if (withCredentials(request).length === 0) return;
    const { namespace } = this.#settings;
    const body = credentialsSecret(request, job, name);
    try {
      await this.#options.client.create(SECRETS, body, { namespace, fieldManager: MANAGED_BY });
    } catch (error) {
      // Not as a cause: the error may show the credentials that were sent.
      const cure = classify(error) === 'Forbidden' ? `: apply config/job-scanner in namespace ${namespace}` : '';
      throw new ScanError('ScannerFailed', `${what}: its Secret could not be created (${classify(error)})${cure}`);
    }
  }

  async #log(pod: EndedPod, what: string, signal: AbortSignal): Promise<string> {
    const { client, clock, limits } = this.#options;
    const options = { container: CONTAINER, maxBytes: mostLogBytes(limits), signal };
    for (let tries = 1; ; tries += 1) {
      try {
        return await client.podLog(pod.name, this.#settings.namespace, options);
      } catch (error) {
        signal.throwIfAborted();
        const message = printableAscii((error as Error).message);
        if (tries === LOG_TRIES)
          throw new ScanError('ScannerFailed', `${what}: the log of its pod could not be read: ${message}`);
        await sleep(clock, backoffMs(tries, LOG_BACKOFF, Math.random), signal);
      }
    }
  }

  async #read(log: string, { exitCode }: EndedPod, image: ImageId): Promise<Buffer> {
    const { compute, limits } = this.#options;
    const what = imageKey(image);
    const mostBytes = limits.outputBytes;
    let result: Awaited<ReturnType<typeof compute<'readFramed'>>>;
    try {
      result = await compute('readFramed', { log, mostBytes });
    } catch (error) {
      if (error instanceof TaskTooLarge) throw error;
      const cure = 'check that its nodes keep logs of that size (containerLogMaxSize of the kubelet)';
      throw new ScanError('ScannerFailed', `${what}: the log of its pod ${(error as Error).message}: ${cure}`);
    }
    if (result === undefined) {
      const said = printableAscii(log.trimEnd().split('\n').at(-1) ?? '');
      const end = `its pod ended with exit status ${exitCode} and no result in its log${said && `: ${said}`}`;
      throw new ScanError('ScannerFailed', `${what}: ${end}`);
    }
    if ('failure' in result) throw fromThread(result.failure);
    if (!(await compute('isAnalysisOf', { analysis: result.content, image, mostBytes }))) {
      const cure = 'run Jobs with the image of this operator (--job-image)';
      throw new ScanError(
        'ScannerFailed',
        `${what}: the result of its pod is not its analysis by this version of Palisade: ${cure}`,
      );
    }
    return asBuffer(result.content);
  }

  /** Regardless of the signal, which may have ended. A Job that cannot be deleted now expires minutes after its end. */
  async #delete(job: KubeJob): Promise<void> {
    try {
      await this.#deleteNow(job, AbortSignal.timeout(DELETE_MS));
    } catch (error) {
      const { name, namespace } = job.metadata;
      this.#options.log.warn(`Job ${namespace}/${name} was not deleted: ${(error as Error).message}`);
    }
  }

  async #deleteNow({ metadata }: KubeJob, signal: AbortSignal): Promise<void> {
    const { name, uid } = metadata;
    const options = { namespace: this.#settings.namespace, uid, propagationPolicy: 'Background', signal } as const;
    await this.#options.client.delete(JOBS, name, options);
  }
}
