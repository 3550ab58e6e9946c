import { join } from 'node:path';
import { image } from '../../hack/images/image.ts';
import type { Files } from '../../hack/images/layer.ts';
import { debian } from '../../hack/images/packages/dpkg.ts';
import { push, type Target } from '../../hack/images/push.ts';
import { type RunningContainer, runPod } from '../../hack/running-pod.ts';
import { openScanStage, type ScanStage } from '../../hack/scan-stage.ts';
import { pushDatabase } from '../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../hack/trivydb/example.ts';
import type { DatabaseFixture } from '../../hack/trivydb/fixture.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { IMAGE_SCAN } from '../../src/api/group.ts';
import type { ImageScan, ScanSpec } from '../../src/api/imagescan.ts';
import { NODES } from '../../src/kube/kinds.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { rfc3339 } from '../../src/text/rfc3339.ts';
import { KINDS } from './install.ts';
import { Palisade, type RunningOperator, type ScanSetup } from './palisade.ts';
import { defaultScanLimits } from './scan-limits.ts';
import { until } from './until.ts';

const HOUR_MS = 3_600_000;

/** RFC 3339, so many hours ago: a database of then is not old. */
export const hoursAgo = (hours: number): string => rfc3339(Date.now() - hours * HOUR_MS);

/** Two packages of Debian 12 with known vulnerabilities, three of which are of openssl and zlib; see hack/trivydb/example.json. */
export const VULNERABLE: Files = debian('12.11', [
  { name: 'libssl3', version: '3.0.15-1~deb12u1', source: 'openssl' },
  { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' },
]);

/** Nothing is known about it. */
export const HARMLESS: Files = debian('12.11', [{ name: 'tzdata', version: '2025b-0+deb12u1', source: 'tzdata' }]);

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

export interface PodOptions {
  readonly labels?: Record<string, string>;
  readonly node?: string;
  readonly init?: readonly RunningContainer[];
  readonly ephemeral?: readonly RunningContainer[];
}

/** A control plane, a registry, a vulnerability database and Trivy, all real; only the test plays the nodes and their containers. */
export class Scans {
  readonly palisade: Palisade;
  readonly stage: ScanStage;
  /** Where the operator gets its database from. */
  readonly databaseRepository: string;
  readonly #nodes = new Set<string>();
  #directories = 0;

  private constructor(palisade: Palisade, stage: ScanStage, databaseRepository: string) {
    this.palisade = palisade;
    this.stage = stage;
    this.databaseRepository = databaseRepository;
  }

  /** @param kubeconfig of a control plane of the test's own */
  static async open(kubeconfig?: string): Promise<Scans> {
    const palisade = await Palisade.open(kubeconfig);
    const stage = await openScanStage({ fixture: exampleDatabase, updatedAt: hoursAgo(2) });
    return new Scans(palisade, stage, await pushDatabase(stage.registry, stage.database));
  }

  async close(): Promise<void> {
    await this.palisade.close();
    await Promise.all([...this.#nodes].map((name) => this.palisade.admin.delete(NODES, name)));
    await this.stage[Symbol.asyncDispose]();
  }

  /** Of an operator with a directory of its own. */
  settings(more: Partial<ScanSetup> = {}): ScanSetup {
    this.#directories += 1;
    return {
      trivy: this.stage.trivy,
      databaseRepository: this.databaseRepository,
      jarIndexRepository: 'auto',
      databaseIntervalMs: 500,
      directory: join(this.stage.directory, `operator-${this.#directories}`),
      storeBytes: 64 * 2 ** 20,
      concurrency: 2,
      allowedRegistries: [this.stage.registry.host],
      openReports: false,
      limits: { ...defaultScanLimits, timeMs: 60_000 },
      ...more,
    };
  }

  operator(settings: ScanSetup, ...namespaces: string[]): Promise<RunningOperator> {
    return this.palisade.scanningOperator(settings, ...namespaces);
  }

  /**
   * Pushes an image of these files, and one that makes it another image than those of other repositories.
   * @param registry default: the one for everybody
   * @returns how a pod has it
   */
  async push(
    repository: string,
    files: Files,
    registry: Target & { host: string } = this.stage.registry,
  ): Promise<RunningContainer> {
    const digest = await push(
      registry,
      repository,
      await image({ layers: [{ ...files, 'etc/repository': repository }] }),
      '1',
    );
    const name = `${registry.host}/${repository}`;
    return { reference: `${name}:1`, imageID: `${name}@${digest}` };
  }

  /** Makes another state of the database and puts it where the operator looks. */
  async updateDatabase(fixture: DatabaseFixture, updatedAt: string): Promise<void> {
    await pushDatabase(this.stage.registry, await this.stage.newDatabase(fixture, updatedAt));
  }

  async node(name: string, architecture: string): Promise<void> {
    this.#nodes.add(name);
    await this.palisade.admin.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
    const status = { nodeInfo: { operatingSystem: 'linux', architecture } };
    await this.palisade.admin.patch(NODES, name, { status }, { type: 'merge', subresource: 'status' });
  }

  /** A pod that runs, as a node would tell. */
  async run(
    namespace: string,
    name: string,
    containers: readonly RunningContainer[],
    options: PodOptions = {},
  ): Promise<void> {
    await runPod(this.palisade.admin, { namespace, name, containers, ...options });
  }

  async stopPod(namespace: string, name: string): Promise<void> {
    await this.palisade.admin.delete(KINDS.Pod, name, { namespace });
  }

  /** Writes an ImageScan as `kubectl apply --server-side` would. */
  async apply(
    namespace: string,
    name: string,
    spec: ScanSpec,
    annotations: Record<string, string> = {},
  ): Promise<ImageScan> {
    const body = {
      apiVersion: `${IMAGE_SCAN.group}/${IMAGE_SCAN.version}`,
      kind: IMAGE_SCAN.kind,
      metadata: { name, namespace, annotations },
      spec,
    };
    const options = { fieldManager: 'test-gitops', force: true };
    return (await this.palisade.admin.apply<ImageScan>(IMAGE_SCAN, body, options)).object;
  }

  get(namespace: string, name: string): Promise<ImageScan> {
    return this.palisade.admin.get<ImageScan>(IMAGE_SCAN, name, namespace);
  }

  /** Waits until the ImageScan is as `holds` says, and its present generation was reconciled. */
  async when(
    namespace: string,
    name: string,
    what: string,
    holds: (scan: ImageScan) => boolean,
    ms = 60_000,
  ): Promise<ImageScan> {
    let seen = 'nothing';
    const found = async (): Promise<ImageScan | undefined> => {
      const scan = await this.get(namespace, name);
      seen = JSON.stringify(scan.status);
      return scan.status?.observedGeneration === scan.metadata.generation && holds(scan) ? scan : undefined;
    };
    return await until(`${namespace}/${name}: ${what}`, found, ms).catch((error: Error) => {
      throw new Error(`${error.message}; last seen: ${seen}`);
    });
  }

  condition(namespace: string, name: string, type: string, status: string, reason?: string): Promise<ImageScan> {
    return this.when(namespace, name, `${type}=${status} ${reason ?? ''}`, (scan) => {
      const condition = findCondition(scan.status?.conditions, type);
      return condition?.status === status && (reason ?? condition.reason) === condition.reason;
    });
  }

  /** Everything is scanned, with the newest database and since the last run of the schedule. */
  async settled(namespace: string, name: string): Promise<ImageScan> {
    await this.condition(namespace, name, 'Ready', 'True');
    return await this.condition(namespace, name, 'Fresh', 'True');
  }

  /** Reason and note of the Events on an ImageScan, sorted; one that was counted up is there as often as that. */
  async events(namespace: string, name: string): Promise<string[]> {
    const { items } = await this.palisade.admin.list<Told>(KINDS.Event, { namespace });
    const own = items.filter(({ regarding }) => regarding.name === name);
    return own.flatMap(({ reason, note, series }) => Array(series?.count ?? 1).fill(`${reason}: ${note}`)).sort();
  }

  /** Waits for so many Events, then gives them: they come after the status. */
  async toldEvents(namespace: string, name: string, count: number): Promise<string[]> {
    await until(`${count} Events`, async () => (await this.events(namespace, name)).length >= count);
    return await this.events(namespace, name);
  }

  /** The requests to the registry about a repository so far, as in `GET /v2/team/app/manifests/1`. */
  async asked(repository: string): Promise<string[]> {
    return (await this.stage.registry.requests()).filter((request) => request.includes(`/v2/${repository}/`));
  }

  /** How often something was downloaded from a repository. */
  async pulls(repository: string): Promise<number> {
    return (await this.asked(repository)).filter((request) => /^GET .*\/blobs\//.test(request)).length;
  }
}
