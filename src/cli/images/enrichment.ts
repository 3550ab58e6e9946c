import { systemClock } from '../../kube/clock.ts';
import { openEnrichment } from '../../scan/enrichment/open-enrichment.ts';
import type { Enrichment } from '../../scan/findings/enrichment.ts';
import { computeHere } from '../../scan/threads/compute.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readSetting } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';

/**
 * EPSS and KEV of --enrichment. If they cannot be read, a warning says so, and findings have neither, as in the operator.
 * @returns undefined without the setting @throws UsageError; the signal's reason
 */
export const readEnrichmentOf = async (
  flag: string | undefined,
  { env, stderr }: Pick<Terminal, 'env' | 'stderr'>,
  signal: AbortSignal,
): Promise<Enrichment | undefined> => {
  const enrichment = readSetting(OPERATOR_SETTINGS.enrichment, flag, env);
  const opened = openEnrichment(enrichment === undefined ? {} : { enrichment }, systemClock, computeHere);
  if (opened === undefined) return undefined;
  try {
    await opened.source.refresh(signal);
  } catch (error) {
    signal.throwIfAborted();
    writeLine(stderr, `warning: ${(error as Error).message}`);
  } finally {
    await opened.close();
  }
  return opened.source.current();
};
