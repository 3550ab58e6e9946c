import { isAbsolute, resolve } from 'node:path';
import { parseReference } from '../../api/image-reference.ts';
import type { EnrichmentPlace } from './enrichment-source.ts';

/** @param text the setting --enrichment @throws naming what would be right */
export const parseEnrichmentPlace = (text: string): EnrichmentPlace => {
  if (isAbsolute(text) || /^\.{1,2}(\/|$)/.test(text)) return { path: resolve(text) };
  const parsed = parseReference(text);
  if (parsed === undefined) {
    throw new Error(
      `"${text}" is neither a path, as in /enrichment, nor an artifact, as in registry.example.com/enrichment:1`,
    );
  }
  const { registry, repository, digest, tag = 'latest' } = parsed;
  const reference = digest ?? tag;
  const name = `${registry}/${repository}${digest === undefined ? ':' : '@'}${reference}`;
  return { repository: { registry, repository }, reference, name };
};
