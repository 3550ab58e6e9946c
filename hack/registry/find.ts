import { BinaryCache, type CacheOptions } from '../binaries/cache.ts';
import { registrySource } from './source.ts';

export interface FindRegistryOptions extends CacheOptions<'registry'> {
  /** Base URL of its releases. */
  readonly mirror?: string;
}

/** Absolute path of the registry's program: in the cache, downloaded, or built. */
export async function findRegistry(options: FindRegistryOptions = {}): Promise<string> {
  const cache = new BinaryCache('the registry', 'registry', [registrySource(options.mirror)], options);
  return (await cache.binaries()).registry;
}
