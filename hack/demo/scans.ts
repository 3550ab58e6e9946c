import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ImageScan } from '../../src/api/imagescan.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { rfc3339 } from '../../src/text/rfc3339.ts';
import { image } from '../images/image.ts';
import type { Files } from '../images/layer.ts';
import { debian } from '../images/packages/dpkg.ts';
import { npmPackage } from '../images/packages/npm.ts';
import { push } from '../images/push.ts';
import type { Registry } from '../registry/start.ts';
import { type RunningContainer, runPod } from '../running-pod.ts';
import { openScanStage, type ScanStage } from '../scan-stage.ts';
import { pushDatabase } from '../trivydb/database.ts';
import { exampleDatabase } from '../trivydb/example.ts';
import type { DatabaseFixture } from '../trivydb/fixture.ts';

export const NAMESPACE = 'warehouse';
export const SAMPLE = 'samples/imagescans/nightly.yaml';

const HOUR_MS = 3_600_000;
const ACCOUNT = { username: 'robot', password: 'not in the cluster' };

const hoursAgo = (hours: number): string => rfc3339(Date.now() - hours * HOUR_MS);

const WEB: Files = debian('12.11', [
  { name: 'libssl3', version: '3.0.15-1~deb12u1', source: 'openssl' },
  { name: 'zlib1g', version: '1:1.2.13.dfsg-1', source: 'zlib' },
]);
const API: Files = { ...debian('12.11', []), ...npmPackage('app', 'lodash', '4.17.20') };

/** The database of the next day: the unfixed finding in zlib is now critical, and has a fix. */
const NEXT_DAY: DatabaseFixture = {
  ...exampleDatabase,
  advisories: {
    ...exampleDatabase.advisories,
    'debian 12': {
      ...exampleDatabase.advisories['debian 12'],
      zlib: { 'CVE-2099-0003': { fixed: '1:1.2.13.dfsg-1+deb12u1' } },
    },
  },
  vulnerabilities: {
    ...exampleDatabase.vulnerabilities,
    'CVE-2099-0003': {
      Title: 'zlib: remote code execution',
      Severity: 'CRITICAL',
      VendorSeverity: { nvd: 'CRITICAL' },
    },
  },
};

/** The environment of scans: a public registry, a registry that requires an account, a vulnerability database, and Trivy. */
export class DemoScans {
  readonly stage: ScanStage;
  readonly #locked: Registry;

  private constructor(stage: ScanStage, locked: Registry) {
    this.stage = stage;
    this.#locked = locked;
  }

  static async open(undo: AsyncDisposableStack): Promise<DemoScans> {
    const stage = undo.use(await openScanStage({ updatedAt: hoursAgo(12) }));
    return new DemoScans(stage, await stage.privateRegistry(ACCOUNT));
  }

  /** Flags of the operator. */
  async flags(): Promise<Record<string, string>> {
    return {
      trivy: this.stage.trivy,
      'trivy-db-repository': await pushDatabase(this.stage.registry, this.stage.database),
      'trivy-db-interval': '1s',
      'report-dir': join(this.stage.directory, 'reports'),
      'allowed-registries': [this.stage.registry, this.#locked].map(({ host }) => host).join(','),
    };
  }

  /** Creates pods with the status that a node would report. */
  async runPods(admin: KubeClient): Promise<void> {
    const [web, api, ledger] = await Promise.all([
      this.#push('shop/web', WEB),
      this.#push('shop/api', API),
      this.#push('shop/ledger', WEB, this.#locked),
    ]);
    const run = (name: string, container: RunningContainer) =>
      runPod(admin, { namespace: NAMESPACE, name, containers: [container] });
    for (const name of ['web-0', 'web-1', 'web-2']) await run(name, web);
    await run('api-0', api);
    await run('ledger-0', ledger);
  }

  /** Publishes the database of the next day in the repository of --trivy-db-repository. */
  async updateDatabase(): Promise<string> {
    return await pushDatabase(this.stage.registry, await this.stage.newDatabase(NEXT_DAY, hoursAgo(1)));
  }

  async #push(repository: string, files: Files, registry = this.stage.registry): Promise<RunningContainer> {
    const digest = await push(
      registry,
      repository,
      await image({ layers: [{ ...files, 'etc/repository': repository }] }),
      '1.0',
    );
    const name = `${registry.host}/${repository}`;
    return { reference: `${name}:1.0`, imageID: `${name}@${digest}` };
  }
}

/** The ImageScan of samples/, as a user would apply it. */
export const readSampleScan = async (): Promise<ImageScan> =>
  parse(await readFile(join(import.meta.dirname, '../..', SAMPLE), 'utf8'));
