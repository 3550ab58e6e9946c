import { join } from 'node:path';
import { BinaryCache, type CacheOptions, isExecutable } from '../binaries/cache.ts';
import { type Component, components, controlPlaneSources, type Mirrors, officialMirrors } from './components.ts';

/** Absolute paths. */
export type Binaries = Record<Component, string>;

export interface BinaryOptions extends CacheOptions<Component> {
  readonly mirrors?: Mirrors;
}

/** Finds etcd, kube-apiserver and kube-controller-manager: KUBEBUILDER_ASSETS, the cache, a download, a build. */
export async function findBinaries(options: BinaryOptions = {}): Promise<Binaries> {
  const assets = (options.environment ?? process.env).KUBEBUILDER_ASSETS;
  if (assets) return fromAssets(assets);
  const sources = controlPlaneSources(options.mirrors ?? officialMirrors);
  return new BinaryCache('the control plane', 'controlplane', sources, options).binaries();
}

async function fromAssets(directory: string): Promise<Binaries> {
  for (const component of components) {
    if (await isExecutable(join(directory, component))) continue;
    throw new Error(
      `KUBEBUILDER_ASSETS=${directory} has no executable ${component}: put it there, or unset KUBEBUILDER_ASSETS and it is downloaded or built (setup-envtest does not bring kube-controller-manager)`,
    );
  }
  return Object.fromEntries(components.map((component) => [component, join(directory, component)])) as Binaries;
}
