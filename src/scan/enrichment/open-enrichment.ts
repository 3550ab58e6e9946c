import type { Clock } from '../../kube/clock.ts';
import { RegistryClient } from '../registry/client.ts';
import type { Compute } from '../threads/compute.ts';
import { EnrichmentSource } from './enrichment-source.ts';
import { parseEnrichmentPlace } from './place.ts';

/** EPSS and KEV, and their connections. */
export interface Enrichments {
  readonly source: EnrichmentSource;
  close(): Promise<void>;
}

/** Reads nothing yet. @returns undefined without the setting */
export const openEnrichment = (
  { enrichment }: { readonly enrichment?: string },
  clock: Clock,
  compute: Compute,
): Enrichments | undefined => {
  if (enrichment === undefined) return undefined;
  const place = parseEnrichmentPlace(enrichment);
  // The operator's own setting: its registry is allowed by being named.
  const allowedRegistries = 'path' in place ? [] : [place.repository.registry];
  const client = new RegistryClient({ allowedRegistries, clock });
  return { source: new EnrichmentSource({ place, client, compute }), close: () => client.close() };
};
