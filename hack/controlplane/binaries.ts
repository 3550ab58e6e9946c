import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFromSource, recipeHash } from './build.ts';
import { cacheDirectory } from './cache.ts';
import { type Component, components, type Source, sources, versionOf } from './components.ts';
import { Downloader, defaultPatience, type Patience } from './download.ts';
import { withLock } from './lock.ts';
import { type Platform, thisPlatform } from './platform.ts';
import { say, step } from './progress.ts';
import { downloadRelease, type Mirrors, officialMirrors } from './release.ts';
import { Supervisor } from './supervisor.ts';

/** Absolute paths. */
export type Binaries = Record<Component, string>;

export interface BinaryOptions {
  environment?: NodeJS.ProcessEnv;
  mirrors?: Mirrors;
  patience?: Patience;
  build?: typeof buildFromSource;
}

/** Finds etcd, kube-apiserver and kube-controller-manager: KUBEBUILDER_ASSETS, the cache, a download, a build. */
export async function findBinaries(options: BinaryOptions = {}): Promise<Binaries> {
  const environment = options.environment ?? process.env;
  const assets = environment.KUBEBUILDER_ASSETS;
  if (assets) return fromAssets(assets);
  return new BinaryCache(join(cacheDirectory(environment), 'controlplane'), options).binaries();
}

async function fromAssets(directory: string): Promise<Binaries> {
  for (const component of components) {
    if (await isExecutable(join(directory, component))) continue;
    throw new Error(
      `KUBEBUILDER_ASSETS=${directory} has no executable ${component}: put it there, or unset KUBEBUILDER_ASSETS and it is downloaded or built (setup-envtest does not bring kube-controller-manager)`,
    );
  }
  return toBinaries((component) => join(directory, component));
}

class BinaryCache {
  readonly #directory: string;
  readonly #mirrors: Mirrors;
  readonly #patience: Patience;
  readonly #build: typeof buildFromSource;
  readonly #platform: Platform = thisPlatform();

  constructor(directory: string, options: BinaryOptions) {
    this.#directory = directory;
    this.#mirrors = options.mirrors ?? officialMirrors;
    this.#patience = options.patience ?? defaultPatience;
    this.#build = options.build ?? buildFromSource;
  }

  async binaries(): Promise<Binaries> {
    const found = await this.#found();
    if (found.size < components.length) {
      await mkdir(this.#directory, { recursive: true });
      const waiting = () => say('waiting for another process that prepares the control plane…');
      await withLock(join(this.#directory, 'lock'), waiting, () => this.#prepare(found));
    }
    return toBinaries((component) => found.get(component)!);
  }

  async #found(): Promise<Map<Component, string>> {
    const found = new Map<Component, string>();
    for (const source of sources) {
      const entries = [this.#released, await this.#built(source)];
      for (const component of componentsOf(source)) {
        const paths = entries.map((entry) => entry(component));
        const usable = await Promise.all(paths.map(isExecutable));
        const path = paths[usable.indexOf(true)];
        if (path !== undefined) found.set(component, path);
      }
    }
    return found;
  }

  async #prepare(found: Map<Component, string>): Promise<void> {
    // Whoever held the lock before may have done the work.
    for (const [component, path] of await this.#found()) found.set(component, path);
    const scratch = await mkdtemp(join(this.#directory, 'new-'));
    const supervisor = new Supervisor(scratch);
    try {
      const lacking = sources.map((source) => ({
        source,
        wanted: componentsOf(source).filter((component) => !found.has(component)),
      }));
      await Promise.all(lacking.map(({ wanted }) => this.#download(wanted, scratch, found)));
      for (const { source, wanted } of lacking) {
        const rest = wanted.filter((component) => !found.has(component));
        if (rest.length > 0) await this.#buildInto(source, rest, scratch, supervisor, found);
      }
    } finally {
      await supervisor.close();
    }
  }

  /** What fails here is left to the build. */
  async #download(wanted: readonly Component[], scratch: string, found: Map<Component, string>): Promise<void> {
    const downloader = new Downloader(this.#patience);
    try {
      for (const component of wanted) {
        const directory = await mkdtemp(join(scratch, 'download-'));
        const what = `downloading ${component} ${versionOf(component)}`;
        const file = await step(what, () =>
          downloadRelease(component, this.#platform, this.#mirrors, downloader, directory),
        );
        found.set(component, await place(file, this.#released(component)));
      }
    } catch (error) {
      const rest = wanted.filter((component) => !found.has(component));
      say(`no download of ${rest.join(' and ')}: ${(error as Error).message}`);
    } finally {
      await downloader.close();
    }
  }

  async #buildInto(
    source: Source,
    wanted: readonly Component[],
    scratch: string,
    supervisor: Supervisor,
    found: Map<Component, string>,
  ): Promise<void> {
    const directory = await mkdtemp(join(scratch, 'build-'));
    const what = `building ${wanted.join(' and ')} ${source.version} from source (first time only, ${source.coldBuild})`;
    const built = await step(what, () => this.#build(source, wanted, directory, supervisor));
    const entry = await this.#built(source);
    for (const [component, file] of built) found.set(component, await place(file, entry(component)));
  }

  #released = (component: Component): string => this.#entry(component, 'release');

  async #built(source: Source): Promise<(component: Component) => string> {
    const hash = await recipeHash(source);
    return (component) => this.#entry(component, `built-${hash}`);
  }

  #entry(component: Component, origin: string): string {
    const { os, arch } = this.#platform;
    return join(this.#directory, `${component}-${versionOf(component)}-${os}-${arch}-${origin}`);
  }
}

/** A file is either whole under its final name or not there. */
async function place(file: string, target: string): Promise<string> {
  const handle = await open(file, 'r');
  await handle.sync();
  await handle.close();
  await rename(file, target);
  return target;
}

function componentsOf(source: Source): Component[] {
  return components.filter((component) => source.packages[component] !== undefined);
}

function toBinaries(path: (component: Component) => string): Binaries {
  return Object.fromEntries(components.map((component) => [component, path(component)])) as Binaries;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
