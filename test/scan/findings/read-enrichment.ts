import { type Enrichment, readEnrichment } from '../../../src/scan/findings/enrichment.ts';

/** Reads files that are whole. @throws Error of the first that is not */
export const readFiles = (
  key: string,
  { epss, kev }: { readonly epss?: string; readonly kev?: string },
): Enrichment => {
  const { enrichment, problems } = readEnrichment(key, {
    ...(epss !== undefined && { epss: () => epss }),
    ...(kev !== undefined && { kev: () => kev }),
  });
  const [problem] = Object.values(problems);
  if (problem !== undefined) throw new Error(problem);
  return enrichment;
};
