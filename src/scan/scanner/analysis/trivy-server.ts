import { fetch, type Response } from 'undici';
import { printableAscii } from '../../../text/printable.ts';
import { readBounded } from '../../../text/read-bounded.ts';
import { ScanError } from '../../scan-error.ts';
import type { ServerProbe } from './server-probe.ts';
import type { CacheCall } from './server-records.ts';

const CACHE = 'twirp/trivy.cache.v1.Cache/';
const SCAN = 'twirp/trivy.scanner.v1.Scanner/Scan';
const MOST_ANSWER_BYTES = 64 * 1024;
/** Findings come early in an answer. */
const MOST_READ_OF_SCAN = 2 ** 20;

interface TrivyServerOptions {
  readonly url: URL;
  /** The image, for messages. */
  readonly what: string;
  readonly timeMs: number;
}

/** The service of a Trivy server (Twirp, as JSON) for one image. Every method throws ScanError, or its signal's reason. */
export class TrivyServer {
  readonly #options: TrivyServerOptions;

  constructor(options: TrivyServerOptions) {
    this.#options = options;
  }

  /** Puts what Trivy found in an image into the cache of the server, as `trivy image --server` would. */
  put(calls: readonly CacheCall[], signal: AbortSignal): Promise<void> {
    return this.#within(signal, (bound) => this.#put(calls, bound));
  }

  /** Whether the server finds anything in made-up packages. */
  findsAny({ calls, scan }: ServerProbe, signal: AbortSignal): Promise<boolean> {
    return this.#within(signal, async (bound) => {
      await this.#put(calls, bound);
      return hasFindings(await this.#post(SCAN, scan, bound));
    });
  }

  async #put(calls: readonly CacheCall[], signal: AbortSignal): Promise<void> {
    // One after another: a server has other clients.
    for (const { method, body } of calls) await end(await this.#post(CACHE + method, body, signal));
  }

  async #post(path: string, body: string, signal: AbortSignal): Promise<Response> {
    const url = new URL(path, this.#options.url.href.replace(/\/*$/, '/'));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (response.status === 200) return response;
    throw new Error(`HTTP status ${response.status} ${(await end(response)) ?? ''}`);
  }

  async #within<T>(signal: AbortSignal, work: (bound: AbortSignal) => Promise<T>): Promise<T> {
    const { what, timeMs } = this.#options;
    try {
      return await work(AbortSignal.any([signal, AbortSignal.timeout(timeMs)]));
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
}

const end = (response: Response): Promise<Buffer | undefined> => readBounded(response.body ?? [], MOST_ANSWER_BYTES);

async function hasFindings(response: Response): Promise<boolean> {
  let text = '';
  for await (const part of response.body ?? []) {
    text += Buffer.from(part as Uint8Array).toString('latin1');
    if (/"vulnerabilities":\s*\[\s*\{/.test(text)) return true;
    if (text.length > MOST_READ_OF_SCAN) throw new Error('its answer is too long');
  }
  return false;
}
