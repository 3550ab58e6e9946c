import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { ScanError } from '../scan-error.ts';
import { egressLookup, type Reach, redirectTarget, type Target } from './egress-policy.ts';
import { networkError } from './network-error.ts';

export interface TransportOptions {
  /** As parseAllowedRegistries gives them; empty: every registry. */
  readonly allowedRegistries: readonly string[];
  /** A registry that sends nothing for so long has failed, milliseconds. Default 30000. */
  readonly idleMs?: number;
  /** Default: the system's. */
  readonly lookup?: LookupFunction;
}

/** A GET: no other method is used. */
interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the host of the target, never to one that a redirect leads to. */
  readonly authorization?: string | undefined;
  /** Names the content in messages. */
  readonly what: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** From where it came, after redirects. */
  readonly url: URL;
  readonly body: Dispatcher.ResponseData['body'];
  /** The header of that name, several of them joined; undefined without it. */
  header(name: string): string | undefined;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const CONNECT_MS = 10_000;
const IDLE_MS = 30_000;
const USER_AGENT = 'palisade';

const headerOf = (headers: Dispatcher.ResponseData['headers'], name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

const SHORT_BODY_BYTES = 16 * 1024;

/** Discards a body: a short one is read to its end, so that the connection can be used again. */
export const discard = ({ body }: HttpAnswer): void => {
  body.dump({ limit: SHORT_BODY_BYTES }).catch(() => undefined);
};

/** HTTP GET for registries, under the egress policy at every redirect. */
export class Transport {
  readonly #allowed: readonly string[];
  readonly #agents: Readonly<Record<Reach, Agent>>;

  constructor({ allowedRegistries, idleMs = IDLE_MS, lookup }: TransportOptions) {
    this.#allowed = allowedRegistries;
    const agent = (reach: Reach) =>
      new Agent({
        allowH2: false,
        headersTimeout: idleMs,
        bodyTimeout: idleMs,
        connect: { lookup: egressLookup(reach, lookup), timeout: Math.min(CONNECT_MS, idleMs) },
      });
    this.#agents = { any: agent('any'), private: agent('private'), public: agent('public') };
  }

  /**
   * Sends a request and follows redirects.
   * @param registry whose rules hold for redirects, as registryTarget gives it
   * @returns the first answer that is no redirect; its body must be read or discarded
   * @throws ScanError NotAllowed or Unreachable
   */
  async send(registry: Target, target: Target, request: HttpRequest): Promise<HttpAnswer> {
    let at = target;
    let authorization = request.authorization;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#sendOnce(at, request, authorization);
      const location = REDIRECTS.includes(answer.status) ? answer.header('location') : undefined;
      if (location === undefined) return answer;
      discard(answer);
      if (redirects === MOST_REDIRECTS) {
        throw new ScanError(
          'Unreachable',
          `${request.what}: ${registry.url.host} redirects more than ${MOST_REDIRECTS} times; check the registry`,
        );
      }
      const next = this.redirect(location, at.url, registry, request.what);
      if (next.url.origin !== at.url.origin) authorization = undefined;
      at = next;
    }
  }

  /** The target to which a registry refers its clients. @throws ScanError NotAllowed */
  redirect(text: string, from: URL, registry: Target, what: string): Target {
    try {
      return redirectTarget(text, from, registry, this.#allowed);
    } catch (error) {
      throw networkError(error, what, from.host);
    }
  }

  async #sendOnce(
    { url, reach }: Target,
    request: HttpRequest,
    authorization: string | undefined,
  ): Promise<HttpAnswer> {
    const { headers, what, signal } = request;
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await this.#agents[reach].request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': USER_AGENT, ...headers, ...(authorization !== undefined && { authorization }) },
        signal,
      });
      return { status: statusCode, url, body, header: (name) => headerOf(answered, name) };
    } catch (error) {
      signal.throwIfAborted();
      throw networkError(error, what, url.host);
    }
  }

  /** Ends every connection, also those in use. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#agents).map((agent) => agent.destroy()));
  }
}
