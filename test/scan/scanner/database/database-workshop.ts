import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { image } from '../../../../hack/images/image.ts';
import { npmPackage } from '../../../../hack/images/packages/npm.ts';
import { type Registry, startRegistry } from '../../../../hack/registry/start.ts';
import { makeDatabase, pushDatabase } from '../../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../../hack/trivydb/example.ts';
import { systemClock } from '../../../../src/kube/clock.ts';
import { RegistryClient } from '../../../../src/scan/registry/client.ts';
import {
  type DatabaseRepository,
  parseDatabaseRepository,
} from '../../../../src/scan/scanner/database/database-repository.ts';
import { LocalDatabase } from '../../../../src/scan/scanner/database/local-database.ts';
import { TrivyScanner } from '../../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';
import { never, requestFor, Workshop } from '../workshop.ts';

export const OLD = '2026-01-02T03:04:05Z';
export const NEW = '2026-01-03T03:04:05Z';

/** A repository of databases, with OLD in it, and a directory for those that are downloaded. */
export interface Place {
  readonly directory: string;
  readonly repository: DatabaseRepository;
  /** The registry's log line of a download of OLD. */
  readonly download: string;
  open(): Promise<LocalDatabase>;
  /** Puts another one into the repository. @param validHours what else differs, though nothing that is in it does */
  publish(updatedAt: string, validHours?: number): Promise<string>;
}

/** A real registry with real databases, and a real Trivy. */
export class DatabaseWorkshop {
  readonly workshop: Workshop;
  readonly registry: Registry;
  readonly client: RegistryClient;
  /** An analysis with one finding, in both. */
  readonly lodash: Buffer;
  #count = 0;

  private constructor(workshop: Workshop, registry: Registry, lodash: Buffer) {
    this.lodash = lodash;
    this.workshop = workshop;
    this.registry = registry;
    this.client = new RegistryClient({ allowedRegistries: [registry.host], clock: systemClock });
  }

  static async open(): Promise<DatabaseWorkshop> {
    const workshop = await Workshop.open();
    const what = await image({ layers: [npmPackage('app', 'lodash', '4.17.20')] });
    const lodash = await (await workshop.analyzer([what])).analyze(requestFor(what), never);
    return new DatabaseWorkshop(workshop, await startRegistry(), lodash);
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.registry.stop();
    await this.workshop.close();
  }

  /** @param isEmpty nothing was published yet */
  async place({ isEmpty = false } = {}): Promise<Place> {
    const { workshop, client } = this;
    this.#count += 1;
    const name = `db${this.#count}`;
    const directory = join(workshop.root, 'databases', name);
    await mkdir(directory, { recursive: true });
    const repository = parseDatabaseRepository(`${this.registry.host}/${name}:2`);
    const publish = (updatedAt: string, validHours = 24) => this.#publish(name, updatedAt, validHours);
    const options = {
      directory,
      repository,
      client,
      trivy: workshop.trivy(),
      tempDirectories: workshop.tempDirectories,
    };
    const download = isEmpty ? '' : await publish(OLD);
    return { directory, repository, download, open: () => LocalDatabase.open(options), publish };
  }

  async scannerOf(database: LocalDatabase): Promise<TrivyScanner> {
    return new TrivyScanner({
      trivy: this.workshop.trivy(),
      version: { name: 'trivy', version: '0.74.0' },
      analyzer: await this.workshop.analyzer([]),
      database,
      tempDirectories: this.workshop.tempDirectories,
      limits: defaultScanLimits,
      compute: computeHere,
    });
  }

  async #publish(name: string, updatedAt: string, validHours: number): Promise<string> {
    const directory = join(this.workshop.root, `made-${name}-${updatedAt}-${validHours}`);
    const made = await makeDatabase(directory, exampleDatabase, { updatedAt, validHours });
    await pushDatabase(this.registry, made, name);
    return `GET /v2/${name}/blobs/${made.blobs.at(-1)!.descriptor.digest}`;
  }
}
