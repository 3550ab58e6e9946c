import { BinaryCache, type CacheOptions } from '../binaries/cache.ts';
import { trivydbSource } from './source.ts';

/** Absolute path of the maker of databases: in the cache, or built. */
export async function findTrivydb(options: CacheOptions<'trivydb'> = {}): Promise<string> {
  return (await new BinaryCache('the maker of databases', 'trivydb', [trivydbSource], options).binaries()).trivydb;
}
