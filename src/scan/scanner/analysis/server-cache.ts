import { fetch } from 'undici';
import { printableAscii } from '../../../text/printable.ts';
import { readBounded } from '../../../text/read-bounded.ts';
import { ScanError } from '../../scan-error.ts';
import type { CacheCall } from './server-records.ts';

const SERVICE = 'twirp/trivy.cache.v1.Cache/';
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * Puts what Trivy found in an image into the cache of a Trivy server (Twirp, as JSON), as `trivy image --server` would.
 * @throws ScanError; the signal's reason
 */
export async function putRecords(
  server: URL,
  calls: readonly CacheCall[],
  what: string,
  timeMs: number,
  signal: AbortSignal,
): Promise<void> {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(timeMs)]);
  const base = server.href.replace(/\/*$/, '/');
  try {
    // One after another: a server has other clients.
    for (const { method, body } of calls) await call(new URL(SERVICE + method, base), body, bound);
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    const why = printableAscii(cause instanceof Error ? cause.message : message);
    throw new ScanError(
      'ScannerFailed',
      `${what}: the Trivy server gave an unexpected response: check --trivy-server and that the server runs (${why})`,
      { cause: error },
    );
  }
}

const call = async (url: URL, body: string, signal: AbortSignal): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  const answer = await readBounded(response.body ?? [], MOST_ANSWER_BYTES);
  if (response.status !== 200) throw new Error(`HTTP status ${response.status} ${answer ?? ''}`);
};
