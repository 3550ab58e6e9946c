import { fetch } from 'undici';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import { readBounded } from '../../../text/read-bounded.ts';
import type { DatabaseVersion } from '../../database-version.ts';
import { ScanError } from '../../scan-error.ts';
import { type Database, type DatabaseHandle, databaseVersionIn, Listeners } from './database.ts';

interface ServerDatabaseOptions {
  /** Base URL, http or https, without credentials. */
  readonly url: URL;
  /** Milliseconds that the server has to answer. */
  readonly answerMs?: number;
}

const ANSWER_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** The vulnerability database of a Trivy server, which updates it by itself. */
export class ServerDatabase implements Database {
  readonly #options: ServerDatabaseOptions;
  readonly #listeners = new Listeners();
  readonly #refreshes = new KeyedMutex();
  #current: DatabaseVersion | undefined;
  #problem: string | undefined;

  constructor(options: ServerDatabaseOptions) {
    this.#options = options;
  }

  current(): DatabaseVersion | undefined {
    return this.#current;
  }

  problem(): string | undefined {
    return this.#problem;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  acquire(): DatabaseHandle {
    const { url } = this.#options;
    if (this.#current === undefined) {
      const message = `the Trivy server ${url} has not reported its vulnerability database yet: check --trivy-server and that the server runs`;
      throw new ScanError('DatabaseMissing', this.#problem ?? message);
    }
    return {
      version: this.#current,
      // Trivy appends its paths as they are: two slashes would be answered with a redirect that it does not follow.
      args: ['--server', url.href.replace(/\/+$/, '')],
      server: url,
      release: () => {},
    };
  }

  /** The server repairs its own database. */
  async discardDamaged(): Promise<boolean> {
    return false;
  }

  refresh(signal: AbortSignal): Promise<boolean> {
    return this.#refreshes.run('database', () => this.#listeners.callAfter(this, () => this.#refresh(signal)));
  }

  async #refresh(signal: AbortSignal): Promise<boolean> {
    const version = await this.#ask(signal);
    this.#problem = undefined;
    if (version.updatedAt === this.#current?.updatedAt) return false;
    this.#current = version;
    return true;
  }

  async #ask(signal: AbortSignal): Promise<DatabaseVersion> {
    const { url, answerMs = ANSWER_MS } = this.#options;
    try {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
      const response = await fetch(new URL('version', withSlash(url)), { signal: bound, redirect: 'error' });
      const bytes = await readBounded(response.body ?? [], MOST_BYTES);
      if (bytes === undefined) throw new Error('its answer is too long');
      if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
      const version = databaseVersionIn(JSON.parse(bytes.toString()));
      if (version === undefined) throw new Error('it names no vulnerability database');
      return version;
    } catch (error) {
      signal.throwIfAborted();
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      this.#problem = `the Trivy server ${url} did not report its version (${why}): check --trivy-server`;
      throw new ScanError('ScannerFailed', this.#problem, { cause: error });
    }
  }
}

const withSlash = (url: URL): string => (url.href.endsWith('/') ? url.href : `${url.href}/`);
