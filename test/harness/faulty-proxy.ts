import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PooledKubeConfig } from '../../src/kube/kubeconfig.ts';

/** An HTTP proxy on loopback in front of the API server, which plays faults that are between it and an operator. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #target: URL;
  readonly #ca: Buffer;
  readonly #watches = new Set<ServerResponse>();
  #frozen = false;
  #refusing = false;
  readonly #written: string[] = [];

  private constructor(target: URL, ca: Buffer) {
    this.#target = target;
    this.#ca = ca;
    this.#server = createServer((from, to) => this.#pass(from, to));
  }

  /** `config` is pointed at the proxy. */
  static async inFrontOf(config: PooledKubeConfig): Promise<FaultyProxy> {
    const { server, caData = '' } = config.getCurrentCluster()!;
    const proxy = new FaultyProxy(new URL(server), Buffer.from(caData, 'base64'));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    // Without it client-node refuses plain HTTP.
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: url, skipTLSVerify: true }));
    return proxy;
  }

  /** Watches tell nothing any more: who watches lags behind. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Ends the watches, so that they are begun again from where they were. */
  thaw(): void {
    this.#frozen = false;
    for (const watch of this.#watches) watch.end();
  }

  /** Writes are answered with 503. */
  refuseWrites(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /** What the API server accepted so far but dry runs, as in `POST /api/v1/namespaces`: also what is undone soon after. */
  get written(): readonly string[] {
    return this.#written;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(from: IncomingMessage, to: ServerResponse): void {
    const isRead = from.method === 'GET';
    if (!isRead && this.#refusing) {
      from.resume();
      to.writeHead(503, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"refused by a test"}');
      return;
    }
    const { pathname, searchParams } = new URL(from.url ?? '', this.#target);
    const watch = isRead && searchParams.has('watch');
    const send = this.#target.protocol === 'https:' ? secureRequest : request;
    const headers = { ...from.headers, host: this.#target.host };
    const options = { method: from.method, headers, ca: this.#ca };
    const onward = send(new URL(from.url ?? '', this.#target), options, (answer) => {
      const { statusCode = 502 } = answer;
      if (!isRead && statusCode < 300 && !searchParams.has('dryRun')) this.#written.push(`${from.method} ${pathname}`);
      to.writeHead(statusCode, answer.headers);
      if (!watch) return void answer.pipe(to);
      to.flushHeaders();
      this.#watches.add(to);
      answer.on('data', (chunk) => this.#frozen || to.write(chunk)).on('end', () => to.end());
    });
    onward.on('error', () => to.destroy());
    to.on('close', () => {
      this.#watches.delete(to);
      onward.destroy();
    });
    from.pipe(onward);
  }
}
