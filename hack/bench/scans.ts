import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IMAGE_SCAN } from '../../src/api/group.ts';
import type { ImageScan, ScanTarget } from '../../src/api/imagescan.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { rfc3339 } from '../../src/text/rfc3339.ts';
import { step } from '../controlplane/progress.ts';
import { push } from '../images/push.ts';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { type RunningContainer, runPod } from '../running-pod.ts';
import { openScanStage, type ScanStage } from '../scan-stage.ts';
import { pushDatabase } from '../trivydb/database.ts';
import { until } from '../until.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import { type Figures, quantile } from './figures.ts';
import { inParallel } from './in-parallel.ts';
import { cpuTime, longestDelay, memoryDuring, rss } from './process-use.ts';
import { measureRawTrivy } from './raw-trivy.ts';
import { benchDatabase, benchImage } from './scan-images.ts';
import { isSettled, ScanWatch } from './scan-watch.ts';

/** The operator's own default. */
const CONCURRENCY = 2;
/** How often each command of Trivy alone is run, at most. */
const RAW_RUNS = 50;
/** Pods that come one by one. */
const LATENCIES = 20;
const CROWD = 2000;
/** Requests to the API server and the registry at the same time, while the operator is not measured. */
const LANES = 8;
/** After so long without work memory is what it stays. */
const IDLE_MS = 10_000;

const NAMESPACE = 'bench-scans';
const ONE_BY_ONE = 'bench-one-by-one';
const CROWDED = 'bench-crowd';
const HOUR_MS = 3_600_000;
const WRITES = /method="(POST|PATCH|PUT|DELETE)"/;

const hoursAgo = (hours: number): string => rfc3339(Date.now() - hours * HOUR_MS);
const seconds = (since: number): number => (performance.now() - since) / 1000;
const bytes = (object: unknown): number => Buffer.byteLength(JSON.stringify(object));

interface Phase {
  readonly wall: number;
  readonly ownCpu: number;
  readonly childrenCpu: number;
  readonly requests: number;
  readonly writes: number;
  readonly statusWrites: number;
  readonly averageRss: number;
  readonly peakRss: number;
}

/** A cluster of pods with images in a real registry, and an operator that scans them. */
class ScanBench {
  readonly #admin: KubeClient;
  readonly #stage: ScanStage;
  readonly #operator: OperatorProcess;
  readonly #watch: ScanWatch;

  constructor(admin: KubeClient, stage: ScanStage, operator: OperatorProcess, watch: ScanWatch) {
    this.#admin = admin;
    this.#stage = stage;
    this.#operator = operator;
    this.#watch = watch;
  }

  /** Every pod has an image of its own. */
  async imageScans(n: number): Promise<Figures> {
    const before = await rss(this.#operator.pid);
    const phase = await this.#during(async () => {
      await this.#apply(NAMESPACE, 'all');
      await this.#watch.when('all', (scan) => isSettled(scan, n));
    });
    return {
      'RSS before, MiB': before,
      ...rates('image scans', n, phase),
      'image scans: RSS on average, MiB': phase.averageRss,
      'image scans: RSS at most, MiB': phase.peakRss,
      ...(await this.#idle()),
    };
  }

  /** Once more with another database. */
  async rescans(n: number): Promise<Figures> {
    const updatedAt = hoursAgo(1);
    const database = await this.#stage.newDatabase(benchDatabase(2), updatedAt);
    const started = performance.now();
    await pushDatabase(this.#stage.registry, database);
    let inUse = 0;
    const phase = await this.#during(async () => {
      await until('the new database is in use', () => this.#uses(updatedAt), 600_000);
      inUse = performance.now();
      await this.#watch.when('all', (scan) => isSettled(scan, n, updatedAt));
    });
    const last = seconds(started);
    return {
      'database pushed until it is in use, s': (inUse - started) / 1000,
      'database pushed until the last result is in the status, s': last,
      ...rates('rescans', n, { ...phase, wall: seconds(inUse) }),
    };
  }

  /** ImageScans about 1, 50 and all of the images. */
  async sizes(n: number): Promise<Figures> {
    const figures: Record<string, number> = {};
    for (const count of [1, 50].filter((some) => some < n)) {
      await this.#apply(NAMESPACE, `of-${count}`, { selector: { matchLabels: { [`of-${count}`]: 'true' } } });
      const scan = await this.#watch.when(`of-${count}`, (found) => isSettled(found, count));
      figures[`status of ${count} images, bytes`] = bytes(scan.status);
    }
    const scan = await this.#admin.get<ImageScan>(IMAGE_SCAN, 'all', NAMESPACE);
    figures[`status of ${n} images, bytes`] = bytes(scan.status);
    figures[`ImageScan of ${n} images in etcd, bytes`] = bytes(scan);
    const size = async (kind: string): Promise<number> => {
      const labels = new RegExp(`kind="${kind}"`);
      const files = await this.#operator.metric('palisade_report_store_files', labels);
      return (await this.#operator.metric('palisade_report_store_bytes', labels)) / files;
    };
    return {
      ...figures,
      'store: analysis of an image, bytes': await size('analysis'),
      'store: report of an image, bytes': await size('report'),
      'store: record of an ImageScan, bytes': await size('scan'),
    };
  }

  /** Pods that are created one by one, each with a new image; and again, with known images. */
  async latencies(n: number): Promise<Figures> {
    await createNamespace(this.#admin, ONE_BY_ONE);
    await this.#apply(ONE_BY_ONE, 'one-by-one');
    await this.#watch.when('one-by-one', (scan) => isSettled(scan, 0));
    const images = await pushImages(this.#stage, LATENCIES, n);
    const unseen = await this.#oneByOne('unseen', images);
    for (const i of images.keys()) await this.#admin.delete(KINDS.Pod, `unseen-${i}`, { namespace: ONE_BY_ONE });
    await this.#watch.when('one-by-one', (scan) => isSettled(scan, 0));
    const known = await this.#oneByOne('known', images);
    return {
      'pod with a new image until its result, p50, s': quantile(unseen, 0.5),
      'pod with a new image until its result, p99, s': quantile(unseen, 0.99),
      'pod with a known image until its result, p50, s': quantile(known, 0.5),
      'pod with a known image until its result, p99, s': quantile(known, 0.99),
    };
  }

  /** Pods of a namespace without an ImageScan. */
  async crowd(images: readonly RunningContainer[]): Promise<Figures> {
    await createNamespace(this.#admin, CROWDED);
    const before = await rss(this.#operator.pid);
    const pods = Array.from({ length: CROWD }, (_, i) => i);
    const { memory } = await memoryDuring(this.#operator.pid, () =>
      inParallel(pods, LANES, (i) =>
        runPod(this.#admin, { namespace: CROWDED, name: `pod-${i}`, containers: [images[i % images.length]!] }),
      ),
    );
    await sleep(IDLE_MS);
    const after = await rss(this.#operator.pid);
    return {
      [`RSS before ${CROWD} more pods, MiB`]: before,
      'RSS at most while they come, MiB': memory.peak,
      [`RSS with ${CROWD} more pods, MiB`]: after,
    };
  }

  async #oneByOne(name: string, images: readonly RunningContainer[]): Promise<number[]> {
    const taken: number[] = [];
    for (const [i, image] of images.entries()) {
      const started = performance.now();
      await runPod(this.#admin, { namespace: ONE_BY_ONE, name: `${name}-${i}`, containers: [image] });
      await this.#watch.when('one-by-one', (scan) => isSettled(scan, i + 1));
      taken.push(seconds(started));
    }
    return taken;
  }

  async #idle(): Promise<Figures> {
    const { pid } = this.#operator;
    const { own } = await cpuTime(pid);
    await sleep(IDLE_MS);
    const spent = (await cpuTime(pid)).own - own;
    return {
      'RSS idle after it, MiB': await rss(pid),
      'CPU idle after it, % of a core': (100 * spent) / (IDLE_MS / 1000),
    };
  }

  async #uses(updatedAt: string): Promise<boolean> {
    return (await this.#operator.metric('palisade_database_timestamp_seconds')) * 1000 === Date.parse(updatedAt);
  }

  async #during(work: () => Promise<void>): Promise<Phase> {
    const before = await this.#counters();
    const started = performance.now();
    const { memory } = await memoryDuring(this.#operator.pid, work);
    const wall = seconds(started);
    const after = await this.#counters();
    return {
      wall,
      ownCpu: after.own - before.own,
      childrenCpu: after.children - before.children,
      requests: after.requests - before.requests,
      writes: after.writes - before.writes,
      statusWrites: after.statusWrites - before.statusWrites,
      averageRss: memory.average,
      peakRss: memory.peak,
    };
  }

  async #counters() {
    return {
      ...(await cpuTime(this.#operator.pid)),
      requests: await this.#operator.metric('rest_client_requests_total'),
      writes: await this.#operator.metric('rest_client_requests_total', WRITES),
      statusWrites: this.#watch.changes,
    };
  }

  async #apply(namespace: string, name: string, target?: ScanTarget): Promise<void> {
    const { group, version, kind } = IMAGE_SCAN;
    const spec = { failOn: 'Critical', ...(target !== undefined && { target }) };
    await this.#admin.create(
      IMAGE_SCAN,
      { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace }, spec },
      { namespace },
    );
  }
}

const rates = (what: string, n: number, phase: Phase): Figures => {
  const cpu = phase.ownCpu + phase.childrenCpu;
  return {
    [`${what} per second of one core`]: n / cpu,
    [`${what} per second`]: n / phase.wall,
    [`${what}: CPU of each, s`]: cpu / n,
    [`${what}: CPU of each without Trivy, s`]: phase.ownCpu / n,
    [`${what}: requests to the API server`]: phase.requests,
    [`${what}: of these writes`]: phase.writes,
    [`${what}: of these of status`]: phase.statusWrites,
  };
};

const createNamespace = async (admin: KubeClient, name: string): Promise<void> => {
  await admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
};

/** @param from the first image's number @returns how pods have them */
const pushImages = async ({ registry }: ScanStage, n: number, from = 0): Promise<RunningContainer[]> => {
  const images: RunningContainer[] = [];
  const numbers = Array.from({ length: n }, (_, i) => i);
  await inParallel(numbers, LANES, async (i) => {
    const repository = `shop/app-${from + i}`;
    const digest = await push(registry, repository, await benchImage(from + i), '1.0');
    const name = `${registry.host}/${repository}`;
    images[i] = { reference: `${name}:1.0`, imageID: `${name}@${digest}` };
  });
  return images;
};

const runPods = async (admin: KubeClient, images: readonly RunningContainer[]): Promise<void> => {
  await createNamespace(admin, NAMESPACE);
  await inParallel(images, LANES, async (image, i) => {
    const labels = { ...(i < 1 && { 'of-1': 'true' }), ...(i < 50 && { 'of-50': 'true' }) };
    await runPod(admin, { namespace: NAMESPACE, name: `pod-${i}`, containers: [image], labels });
  });
};

const startOperator = async (
  { kubeconfig, command, directory }: BenchCluster,
  stage: ScanStage,
): Promise<OperatorProcess> => {
  const flags = {
    trivy: stage.trivy,
    'trivy-db-repository': await pushDatabase(stage.registry, stage.database),
    'trivy-db-interval': '1s',
    'report-dir': join(stage.directory, 'reports'),
    'scan-concurrency': String(CONCURRENCY),
    'allowed-registries': stage.registry.host,
  };
  const log = join(directory, 'operator.log');
  return await OperatorProcess.start({ kubeconfig, namespaces: [], log, flags, command });
};

const measure = async (cluster: BenchCluster, stage: ScanStage, n: number): Promise<Figures> => {
  const { admin } = cluster;
  const raw = await step('Trivy alone', () =>
    measureRawTrivy({
      trivy: stage.trivy,
      cache: stage.cacheDirectory,
      directory: join(stage.directory, 'raw'),
      images: Math.min(n, RAW_RUNS),
      concurrency: CONCURRENCY,
    }),
  );
  const images = await step(`${n} images and pods`, async () => {
    const pushed = await pushImages(stage, n);
    await runPods(admin, pushed);
    return pushed;
  });
  const operator = await startOperator(cluster, stage);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => operator.stop());
  const watch = undo.use(new ScanWatch(admin));
  const bench = new ScanBench(admin, stage, operator, watch);
  const hasDatabase = async () => (await operator.metric('palisade_database_timestamp_seconds')) > 0;
  await until('there is a database', hasDatabase, 600_000);
  const scans = await step(`${n} image scans`, () => bench.imageScans(n));
  const rescans = await step(`${n} rescans`, () => bench.rescans(n));
  return {
    images: n,
    concurrency: CONCURRENCY,
    ...raw,
    ...scans,
    ...rescans,
    ...comparison(raw, scans, rescans),
    ...(await step('sizes', () => bench.sizes(n))),
    ...(await step(`${2 * LATENCIES} pods one by one`, () => bench.latencies(n))),
    ...(await step(`${CROWD} more pods`, () => bench.crowd(images))),
    'longest event-loop delay, ms': await longestDelay(operator),
  };
};

const comparison = (raw: Figures, scans: Figures, rescans: Figures): Figures => {
  const of = (figures: Figures, name: string): number => figures[name] ?? Number.NaN;
  const scan = of(scans, 'image scans: CPU of each, s');
  const rescan = of(rescans, 'rescans: CPU of each, s');
  const analysis = of(raw, 'trivy image --format cyclonedx: CPU, s');
  const match = of(raw, 'trivy image of an analysis: CPU, s');
  return {
    'an image scan in rescans, by CPU': scan / rescan,
    'an image scan in runs of Trivy alone, by CPU': scan / (analysis + match),
    'a rescan in runs of Trivy alone, by CPU': rescan / match,
  };
};

/** The cost of scans of N images, new and after a database update, beside Trivy alone. */
export const benchScans = (n: number): Promise<Figures> =>
  withCluster(async (cluster) => {
    await using stage = await openScanStage({ fixture: benchDatabase(1), updatedAt: hoursAgo(2) });
    return await measure(cluster, stage, n);
  });
