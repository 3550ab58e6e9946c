import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import { boundConnections } from './connections.ts';

/** A health check. Returns the problem; undefined: healthy. */
export type Check = () => string | undefined;

export interface Listening {
  /** The actual `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** `host:port`, `:port` for all addresses, `[::1]:port`. */
const parse = (address: string): { host?: string; port: number } => {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  return { port: Number(address.slice(at + 1)), ...(host !== '' && { host }) };
};

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/**
 * For untrusted clients: none can hold connections open with next to no work. Each server has its own: what a client does
 * at one port delays no other port.
 */
const BOUNDS = {
  maxHeaderSize: 16_384,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  // Node looks twice a minute by default, and until then has no timeout.
  connectionsCheckingInterval: 1_000,
};
const MAX_HEADERS = 100;
const MAX_CONNECTIONS = 128;
/** A connection without traffic for this long is closed, also while its client does not read the answer. */
const IDLE_MS = 30_000;

/** Starts an HTTP server. @throws Error that names an address on which it cannot listen */
export const listen = async (address: string, handler: RequestListener): Promise<Listening> => {
  const server = createServer(BOUNDS, handler);
  server.maxHeadersCount = MAX_HEADERS;
  server.timeout = IDLE_MS;
  boundConnections(server, MAX_CONNECTIONS);
  try {
    server.listen(parse(address));
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(
      `cannot listen on ${address}: ${(cause as Error).message}: choose another address, or stop the process that uses it`,
      { cause },
    );
  }
  const bound = server.address();
  const where = typeof bound === 'object' && bound !== null ? `${bound.address}:${bound.port}` : address;
  return { address: where, close: () => close(server) };
};

/** Serves the registry's metrics in the Prometheus text format on /metrics. */
export const serveMetrics = (address: string, registry: Registry): Promise<Listening> =>
  listen(address, (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

/** Serves each check under its path: 200 `ok`, or 503 and the problem. */
export const serveHealth = (address: string, checks: Readonly<Record<string, Check>>): Promise<Listening> =>
  listen(address, (request, response) => {
    const check = checks[request.url ?? ''];
    if (check === undefined) {
      response.writeHead(404).end();
      return;
    }
    const problem = check();
    response.writeHead(problem === undefined ? 200 : 503, { 'content-type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
  });
