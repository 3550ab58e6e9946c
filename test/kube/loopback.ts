import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Loopback {
  url: string;
  config: KubeConfig;
  asked: Asked[];
  /** Connections that are open now. */
  open(): number;
  /** How many connections there ever were. */
  connections(): number;
  close(): Promise<void>;
}

export type Answerer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown;

/** A server on loopback that misbehaves as its test says. */
export async function loopback(answer: Answerer): Promise<Loopback> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://loopback');
    let body = '';
    for await (const part of request) body += part;
    const query = Object.fromEntries(url.searchParams);
    const one = { method: request.method!, path: url.pathname, query, headers: request.headers, body };
    asked.push(one);
    await answer(one, response, request);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, asked, config: configFor(url) },
    open: () => sockets.size,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A kubeconfig for a server; the token is 'secret'. */
export function configFor(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u', token: 'secret' });
  return config;
}

export function json(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A refusal as the API server writes it. */
export function status(code: number, reason: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: reason, reason, code, details };
}
