import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { endHalfWay, expiredEvent, type Mishap, type Reset, refuse, reset } from './mishap.ts';

/** A request of the operator. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly watch: boolean;
  readonly dryRun: boolean;
  /** The header Range. */
  readonly range?: string;
}

export interface Answered extends Asked {
  /** Milliseconds, of no particular beginning. */
  readonly at: number;
  readonly mishap: Mishap | undefined;
}

type OnTheWayBack = Exclude<Mishap, object | 'unanswered'> | Reset;

/** An HTTP proxy on loopback in front of the API server, which plays faults that are between it and an operator. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #target: URL;
  readonly #ca: Buffer | undefined;
  readonly #watches = new Set<ServerResponse>();
  #frozen = false;
  #refusing = false;
  #fault: (asked: Asked) => Mishap | undefined = () => undefined;
  readonly #written: string[] = [];
  readonly #asked: Answered[] = [];

  private constructor(target: URL, ca?: Buffer) {
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

  /** In front of a server that speaks HTTP, such as a registry. */
  static async inFrontOfServer(target: string): Promise<{ proxy: FaultyProxy; url: string }> {
    const proxy = new FaultyProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return { proxy, url: `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}` };
  }

  /** Watches deliver nothing more: every watcher lags behind. */
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

  /** From now on: what becomes of each request; undefined: it passes. */
  play(fault: (asked: Asked) => Mishap | undefined): void {
    this.#fault = fault;
  }

  /** Every request so far, in order. */
  get asked(): readonly Answered[] {
    return this.#asked;
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
    const { range } = from.headers;
    const dryRun = searchParams.has('dryRun');
    const asked = { method: from.method ?? '', path: pathname, watch, dryRun, ...(range !== undefined && { range }) };
    const mishap = this.#fault(asked);
    this.#asked.push({ ...asked, at: performance.now(), mishap });
    if (typeof mishap === 'object' && 'until' in mishap) {
      void mishap.until.then(() => this.#forward(from, to, undefined));
      return;
    }
    if (typeof mishap === 'object' && 'resetAfter' in mishap) {
      this.#forward(from, to, mishap);
      return;
    }
    if (typeof mishap === 'object' || mishap === 'unanswered') {
      from.resume();
      if (typeof mishap === 'object') refuse(to, mishap);
      return;
    }
    this.#forward(from, to, mishap);
  }

  #forward(from: IncomingMessage, to: ServerResponse, mishap: OnTheWayBack | undefined): void {
    const isRead = from.method === 'GET';
    const { pathname, searchParams } = new URL(from.url ?? '', this.#target);
    const watch = isRead && searchParams.has('watch');
    const send = this.#target.protocol === 'https:' ? secureRequest : request;
    const headers = { ...from.headers, host: this.#target.host };
    const options = { method: from.method, headers, ...(this.#ca && { ca: this.#ca }) };
    const onward = send(new URL(from.url ?? '', this.#target), options, (answer) => {
      const { statusCode = 502 } = answer;
      if (!isRead && statusCode < 300 && !searchParams.has('dryRun')) this.#written.push(`${from.method} ${pathname}`);
      if (mishap === 'answer lost') return void answer.resume();
      to.writeHead(statusCode, answer.headers);
      if (typeof mishap === 'object') return reset(answer, to, mishap);
      if (mishap === 'cut short') return endHalfWay(answer, to);
      if (!watch) return void answer.pipe(to);
      to.flushHeaders();
      if (mishap === 'closed' || mishap === 'expired') return void to.end(mishap === 'expired' ? expiredEvent : '');
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
