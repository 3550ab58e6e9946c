import type { Logger } from 'pino';
import { withSecretProblems } from '../registry/error-response.ts';
import type { FinishedScan } from './queue/scan-state.ts';
import { logFields } from './scan-target.ts';

/**
 * One line about a finished scan. Its message does not repeat the image, which is a field.
 * @param secretProblems of every ImageScan that needs the image: a status has those of its own alone
 */
export const logFinished = (
  log: Logger,
  { key, startedAt, endedAt, failure }: FinishedScan,
  secretProblems: readonly string[],
): void => {
  const fields = { ...logFields(key), ms: Math.round(endedAt - startedAt) };
  if (failure === undefined) log.debug(fields, 'scanned');
  if (failure === undefined || failure.isLogged === true) return;
  const { reason, message } = withSecretProblems(failure, secretProblems);
  const named = `${fields.image}: `;
  // A missing database is usual at the first start, while it is downloaded; a failed download is logged there.
  const level = reason === 'DatabaseMissing' ? 'info' : 'warn';
  log[level](
    { ...fields, reason },
    `scan failed: ${message.startsWith(named) ? message.slice(named.length) : message}`,
  );
};
