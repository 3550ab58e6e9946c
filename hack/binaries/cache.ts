import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { say, step } from '../controlplane/progress.ts';
import { Supervisor } from '../controlplane/supervisor.ts';
import { buildFromSource, recipeHash } from './build.ts';
import { cacheDirectory } from './directory.ts';
import { Downloader, defaultPatience, type Patience } from './download.ts';
import { withLock } from './lock.ts';
import { type Platform, thisPlatform } from './platform.ts';
import { downloadRelease } from './release.ts';
import { namesOf, type Source } from './source.ts';

export interface CacheOptions<Name extends string = string> {
  readonly environment?: NodeJS.ProcessEnv;
  readonly patience?: Patience;
  readonly build?: typeof buildFromSource<Name>;
  /** Platform of the programs; default: this machine's. */
  readonly platform?: Platform;
}

/** Programs that survive a checkout: found in the cache, else downloaded, else built. */
export class BinaryCache<Name extends string> {
  readonly #what: string;
  readonly #directory: string;
  readonly #sources: readonly Source<Name>[];
  readonly #names: readonly Name[];
  readonly #patience: Patience;
  readonly #build: typeof buildFromSource<Name>;
  readonly #platform: Platform;

  /**
   * @param what name of the programs in messages
   * @param folder of the cache
   */
  constructor(what: string, folder: string, sources: readonly Source<Name>[], options: CacheOptions<Name> = {}) {
    this.#what = what;
    this.#directory = join(cacheDirectory(options.environment), folder);
    this.#sources = sources;
    this.#names = sources.flatMap(namesOf);
    this.#patience = options.patience ?? defaultPatience;
    this.#build = options.build ?? buildFromSource;
    this.#platform = options.platform ?? thisPlatform();
  }

  /** Absolute paths. */
  async binaries(): Promise<Record<Name, string>> {
    const found = await this.#found();
    if (found.size < this.#names.length) {
      await mkdir(this.#directory, { recursive: true });
      const waiting = () => say(`waiting for another process that prepares ${this.#what}…`);
      await withLock(join(this.#directory, 'lock'), waiting, () => this.#prepare(found));
    }
    return Object.fromEntries(this.#names.map((name) => [name, found.get(name)])) as Record<Name, string>;
  }

  async #found(): Promise<Map<Name, string>> {
    const found = new Map<Name, string>();
    for (const source of this.#sources) {
      const entries = [this.#released(source), await this.#built(source)];
      for (const name of namesOf(source)) {
        const paths = entries.map((entry) => entry(name));
        const usable = await Promise.all(paths.map(isExecutable));
        const path = paths[usable.indexOf(true)];
        if (path !== undefined) found.set(name, path);
      }
    }
    return found;
  }

  async #prepare(found: Map<Name, string>): Promise<void> {
    // The previous owner of the lock may have done the work.
    for (const [name, path] of await this.#found()) found.set(name, path);
    const lacking = (source: Source<Name>) => namesOf(source).filter((name) => !found.has(name));
    const scratch = await mkdtemp(join(this.#directory, 'new-'));
    const supervisor = new Supervisor(scratch);
    try {
      await Promise.all(this.#sources.map((source) => this.#download(source, lacking(source), scratch, found)));
      for (const source of this.#sources) {
        const rest = lacking(source);
        if (rest.length > 0) await this.#buildInto(source, rest, scratch, supervisor, found);
      }
    } finally {
      await supervisor.close();
    }
  }

  /** A program that cannot be downloaded is built. */
  async #download(
    source: Source<Name>,
    wanted: readonly Name[],
    scratch: string,
    found: Map<Name, string>,
  ): Promise<void> {
    const downloader = new Downloader(this.#patience);
    try {
      for (const name of wanted) {
        const release = source.release?.(name, this.#platform);
        if (release === undefined) continue;
        const directory = await mkdtemp(join(scratch, 'download-'));
        const what = `downloading ${name} ${source.version}`;
        const file = await step(what, () => downloadRelease(release, downloader, directory));
        found.set(name, await place(file, this.#released(source)(name)));
      }
    } catch (error) {
      const rest = wanted.filter((name) => !found.has(name));
      say(`no download of ${rest.join(' and ')}: ${(error as Error).message}`);
    } finally {
      await downloader.close();
    }
  }

  async #buildInto(
    source: Source<Name>,
    wanted: readonly Name[],
    scratch: string,
    supervisor: Supervisor,
    found: Map<Name, string>,
  ): Promise<void> {
    const directory = await mkdtemp(join(scratch, 'build-'));
    const what = `building ${wanted.join(' and ')} ${source.version} from source (first time only, ${source.coldBuild})`;
    const built = await step(what, () => this.#build(source, wanted, directory, supervisor));
    const entry = await this.#built(source);
    for (const [name, file] of built) found.set(name, await place(file, entry(name)));
  }

  #released(source: Source<Name>): (name: Name) => string {
    return (name) => this.#entry(source, name, 'release');
  }

  async #built(source: Source<Name>): Promise<(name: Name) => string> {
    const hash = await recipeHash(source);
    return (name) => this.#entry(source, name, `built-${hash}`);
  }

  #entry(source: Source<Name>, name: Name, origin: string): string {
    const { os, arch } = this.#platform;
    return join(this.#directory, `${name}-${source.version}-${os}-${arch}-${origin}`);
  }
}

/** Writes a file under its final name only when it is complete. */
async function place(file: string, target: string): Promise<string> {
  const handle = await open(file, 'r');
  await handle.sync();
  await handle.close();
  await rename(file, target);
  return target;
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
