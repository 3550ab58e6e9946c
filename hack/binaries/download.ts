import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';

/** Milliseconds. */
export interface Patience {
  /** To connect, and then until the first byte. */
  answer: number;
  /** Between two pieces of a body. */
  stall: number;
  total: number;
}

export const defaultPatience: Patience = { answer: 3_000, stall: 10_000, total: 600_000 };

/** One host's worth of downloads: follows redirects and proxies, and gives up early rather than late. */
export class Downloader {
  readonly #agent: EnvHttpProxyAgent;
  readonly #totalMs: number;

  constructor(patience: Patience = defaultPatience) {
    this.#totalMs = patience.total;
    this.#agent = new EnvHttpProxyAgent({
      connect: { timeout: patience.answer },
      headersTimeout: patience.answer,
      bodyTimeout: patience.stall,
    });
  }

  async text(url: string): Promise<string> {
    return this.#attempt(url, async () => (await this.#get(url)).text());
  }

  /** Writes the body to `target`, which must not exist, and refuses it unless its SHA-256 is the expected one. */
  async file(url: string, sha256: string, target: string): Promise<void> {
    await this.#attempt(url, async () => {
      const response = await this.#get(url);
      try {
        const actual = await save(response, target);
        if (actual !== sha256) throw new Error(`its SHA-256 is ${actual}, but ${sha256} was expected`);
      } catch (error) {
        await rm(target, { force: true });
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #get(url: string): Promise<Response> {
    const response = await fetch(url, { dispatcher: this.#agent, signal: AbortSignal.timeout(this.#totalMs) });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    return response;
  }

  async #attempt<T>(url: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new Error(`${url}: ${reasonOf(cause)}`, { cause });
    }
  }
}

async function save(response: Response, target: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(target, 'wx');
  try {
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** undici hides why behind "fetch failed" and "terminated". */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? reasonOf(cause) : message;
}
