import { findRegistry } from './registry/find.ts';
import { findTrivy } from './trivy/find.ts';
import { findTrivydb } from './trivydb/find.ts';

/** Absolute paths of the programs that scanning is tested and shown with. */
export interface ScanParts {
  readonly trivy: string;
  readonly registry: string;
  readonly trivydb: string;
}

/** At once when they are in the cache. One after another, since each build uses the whole machine. */
export async function findScanParts(): Promise<ScanParts> {
  const trivydb = await findTrivydb();
  const registry = await findRegistry();
  return { trivydb, registry, trivy: await findTrivy() };
}
