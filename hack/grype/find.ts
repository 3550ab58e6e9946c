import { BinaryCache } from '../binaries/cache.ts';
import { grypeSource } from './source.ts';

/** Absolute path of the program that applies VEX documents as grype does: in the cache, or built. */
export async function findGrypeVex(): Promise<string> {
  return (await new BinaryCache("grype's code for VEX", 'grype', [grypeSource]).binaries())['grype-vex'];
}
