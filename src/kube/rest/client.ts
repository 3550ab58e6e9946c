import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { type Dispatcher, request as undiciRequest } from 'undici';
import { PODS } from '../kinds.ts';
import type { Applied, KubeObject } from '../object.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { ApiError, NetworkError, NotLeadingError, type Verb } from './errors.ts';
import { readLines } from './lines.ts';
import type {
  ApplyOptions,
  CreateOptions,
  DeleteOptions,
  List,
  ListOptions,
  PatchOptions,
  PodLogOptions,
  WatchOptions,
} from './request-options.ts';
import { apiVersion, type Resource, resourceName, resourcePath } from './resource.ts';
import { parseStatus } from './status.ts';
import { parseWarnings } from './warnings.ts';
import { parseWatchEvent, type WatchEvent } from './watch-event.ts';
import { askingAtTheStart, type WritePermission } from './write-permission.ts';

export type * from './request-options.ts';
export type { WatchEvent } from './watch-event.ts';

/** One finished request. `resource` is 'plural.group', `seconds` the time until the answer was read. */
export interface RequestEvent {
  method: string;
  /** Of the API server, with its port unless it is 443. */
  host: string;
  resource: string;
  code: number | 'error';
  seconds: number;
}

export interface ClientOptions {
  /** Deadline of every request but a watch; of a watch, the deadline of its response headers. Default 15000. */
  timeoutMs?: number;
  userAgent?: string;
  onRequest?: (event: RequestEvent) => void;
  /** Without it a request that is not a read is not sent, or is cut off, and NotLeadingError is thrown. Absent: it may write. */
  writes?: WritePermission | undefined;
  request?: typeof undiciRequest;
}

type Response = Dispatcher.ResponseData;
type Query = Record<string, string | number | boolean | undefined>;

interface Call {
  verb: Verb;
  method: HttpMethod;
  resource: Resource;
  path: string;
  query: Query;
  body?: unknown;
  contentType?: string;
  /** Default: JSON. */
  accept?: string;
  /** A longer answer is an error. Default: any length. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
}

interface Answer {
  request: string;
  code: number;
  text: string;
  warnings: string[];
}

const STRICT = { fieldValidation: 'Strict' };
const dryRunAll = (dryRun: boolean | undefined) => ({ dryRun: dryRun ? 'All' : undefined });
const PATCH_TYPES = { merge: 'application/merge-patch+json', json: 'application/json-patch+json' };

/**
 * Requests to one API server. Authentication, proxies and TLS are client-node's (KubeConfig); deadlines, errors and
 * warnings are here. A refusal is an ApiError, everything else that goes wrong a NetworkError; when the caller's own
 * signal ends, its reason is thrown.
 */
export class KubeClient {
  readonly #config: KubeConfig;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  readonly #onRequest: (event: RequestEvent) => void;
  readonly #writes: WritePermission | undefined;
  /** Not fetch, whose streams and signals are half of the work of a request. */
  readonly #request: typeof undiciRequest;

  constructor(config: KubeConfig, options: ClientOptions = {}) {
    this.#config = config;
    this.#timeoutMs = options.timeoutMs ?? 15_000;
    this.#userAgent = options.userAgent ?? 'kube-client';
    this.#onRequest = options.onRequest ?? (() => undefined);
    this.#writes = options.writes;
    this.#request = options.request ?? undiciRequest;
  }

  async get<T extends object = KubeObject>(
    resource: Resource,
    name: string,
    namespace?: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const path = resourcePath(resource, namespace, name);
    return parseBody(await this.#send({ verb: 'get', method: HttpMethod.GET, resource, path, query: {}, ...options }));
  }

  /** One page. Items carry apiVersion and kind, which the API server leaves out in lists of built-in kinds. */
  async list<T extends object = KubeObject>(resource: Resource, options: ListOptions = {}): Promise<List<T>> {
    const { namespace, signal, ...query } = options;
    const path = resourcePath(resource, namespace);
    const answer = await this.#send({
      verb: 'list',
      method: HttpMethod.GET,
      resource,
      path,
      query: { ...query },
      signal,
    });
    const list = parseBody<List<T>>(answer);
    const type = { apiVersion: apiVersion(resource), kind: resource.kind };
    return { metadata: list.metadata, items: (list.items ?? []).map((item) => ({ ...type, ...item })) };
  }

  /**
   * Events until the server closes the watch. Ends quietly at a clean close; throws an ApiError when the watch is
   * refused and a NetworkError when the stream breaks, is cut inside a line, or carries something that is no event.
   */
  async *watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    const { namespace, signal, onOpen, ...query } = options;
    const path = resourcePath(resource, namespace);
    const call: Call = { verb: 'watch', method: HttpMethod.GET, resource, path, query: { watch: true, ...query } };
    const stream = new AbortController();
    const giveUp = () => stream.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const response = await this.#openWatch(call, stream);
      onOpen?.();
      for await (const line of readLines(response.body)) yield parseWatchEvent(line);
    } catch (error) {
      signal.throwIfAborted();
      throw asNetworkError(error, call);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async create<T extends object = KubeObject>(
    resource: Resource,
    body: object,
    options: CreateOptions = {},
  ): Promise<T> {
    const { namespace, name, subresource, fieldManager, signal } = options;
    const path = resourcePath(resource, namespace, name, subresource);
    const query = { ...STRICT, fieldManager, ...dryRunAll(options.dryRun) };
    const contentType = 'application/json';
    return parseBody(
      await this.#send({ verb: 'create', method: HttpMethod.POST, resource, path, query, body, contentType, signal }),
    );
  }

  /** Server-side apply. An object that is gone is made again unless `body.metadata.uid` is set (then: Conflict). */
  async apply<T extends object = KubeObject>(
    resource: Resource,
    body: Applied,
    options: ApplyOptions,
  ): Promise<{ object: T; created: boolean; warnings: string[] }> {
    const { fieldManager, force, subresource, signal } = options;
    const path = resourcePath(resource, body.metadata.namespace, body.metadata.name, subresource);
    const query = { ...STRICT, fieldManager, force: force ?? false, ...dryRunAll(options.dryRun) };
    const contentType = 'application/apply-patch+yaml';
    const answer = await this.#send({
      verb: 'apply',
      method: HttpMethod.PATCH,
      resource,
      path,
      query,
      body,
      contentType,
      signal,
    });
    return { object: parseBody(answer), created: answer.code === 201, warnings: answer.warnings };
  }

  async patch<T extends object = KubeObject>(
    resource: Resource,
    name: string,
    patch: object,
    options: PatchOptions,
  ): Promise<{ object: T; warnings: string[] }> {
    const { namespace, type, fieldManager, subresource, signal } = options;
    const path = resourcePath(resource, namespace, name, subresource);
    const query = { ...STRICT, fieldManager, ...dryRunAll(options.dryRun) };
    const contentType = PATCH_TYPES[type];
    const answer = await this.#send({
      verb: 'patch',
      method: HttpMethod.PATCH,
      resource,
      path,
      query,
      body: patch,
      contentType,
      signal,
    });
    return { object: parseBody(answer), warnings: answer.warnings };
  }

  /** Deletes, or finds it gone: NotFound is success, and so is another object (uid) under the name. */
  async delete(resource: Resource, name: string, options: DeleteOptions = {}): Promise<void> {
    const { namespace, uid, resourceVersion, propagationPolicy, signal } = options;
    const path = resourcePath(resource, namespace, name);
    const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
    const contentType = 'application/json';
    try {
      await this.#send({
        verb: 'delete',
        method: HttpMethod.DELETE,
        resource,
        path,
        query: {},
        body,
        contentType,
        signal,
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const replaced = error.code === 409 && error.status.message.includes('the UID in the precondition');
      if (error.code !== 404 && !replaced) throw error;
    }
  }

  /** What a container has written; of a long log only its newest file, since kubelet rotates it. */
  async podLog(name: string, namespace: string, options: PodLogOptions): Promise<string> {
    const { container, maxBytes, signal } = options;
    const path = resourcePath(PODS, namespace, name, 'log');
    // A log that cannot be had is a Status, which is JSON.
    const accept = 'text/plain, application/json';
    const query = { container };
    return (
      await this.#send({ verb: 'get', method: HttpMethod.GET, resource: PODS, path, query, accept, maxBytes, signal })
    ).text;
  }

  async #send(call: Call): Promise<Answer> {
    const started = performance.now();
    const deadline = startDeadline(this.#timeoutMs, this.#bound(call));
    let code: number | 'error' = 'error';
    try {
      const response = await this.#requestOnce(call, deadline.signal);
      const text = await readText(response, call);
      code = response.statusCode;
      refuse(call, response, text);
      return { request: requestOf(call), code, text, warnings: parseWarnings(response.headers.warning) };
    } catch (error) {
      throw this.#explain(error, call, deadline);
    } finally {
      deadline.done();
      this.#report(call, code, started);
    }
  }

  #permission({ method }: Call): WritePermission | undefined {
    return method === HttpMethod.GET ? undefined : this.#writes;
  }

  #bound(call: Call): AbortSignal | undefined {
    const ended = this.#permission(call)?.ended;
    return ended === undefined || call.signal === undefined
      ? (ended ?? call.signal)
      : AbortSignal.any([ended, call.signal]);
  }

  async #openWatch(call: Call, stream: AbortController): Promise<Response> {
    const started = performance.now();
    const headers = startDeadline(this.#timeoutMs, stream.signal);
    // The stream outlives the deadline of its headers, so the deadline only ends it until they are there.
    const end = () => stream.abort(headers.signal.reason);
    headers.signal.addEventListener('abort', end, { once: true });
    let code: number | 'error' = 'error';
    try {
      const response = await this.#requestOnce(call, stream.signal);
      code = response.statusCode;
      if (code !== 200) refuse(call, response, await response.body.text());
      return response;
    } catch (error) {
      throw this.#explain(error, call, headers);
    } finally {
      headers.signal.removeEventListener('abort', end);
      headers.done();
      this.#report(call, code, started);
    }
  }

  async #requestOnce(call: Call, signal: AbortSignal): Promise<Response> {
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) throw new NetworkError('the kubeconfig has no current cluster');
    const url = new URL(server.replace(/\/+$/, '') + call.path);
    for (const [name, value] of Object.entries(call.query)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    const context = new RequestContext(url.toString(), call.method);
    context.setHeaderParam('Accept', call.accept ?? 'application/json');
    context.setHeaderParam('User-Agent', this.#userAgent);
    if (call.contentType !== undefined) context.setHeaderParam('Content-Type', call.contentType);
    await endingWith(signal, this.#config.applySecurityAuthentication(context));
    const permission = this.#permission(call);
    if (permission?.granted() === false) throw new NotLeadingError(requestOf(call));
    const pool = context.getDispatcher() as unknown as Dispatcher | undefined;
    const dispatcher = pool && permission ? askingAtTheStart(pool, permission.granted) : pool;
    const request = this.#request(url, {
      method: call.method,
      headers: context.getHeaders(),
      signal,
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(dispatcher !== undefined && { dispatcher }),
    });
    return await endingWith(signal, request);
  }

  #explain(error: unknown, call: Call, deadline: Deadline): unknown {
    if (deadline.expired()) {
      return new NetworkError(`${requestOf(call)}: no answer within ${this.#timeoutMs} ms`, { cause: error });
    }
    if (call.signal?.aborted) return call.signal.reason;
    if (this.#permission(call)?.granted() === false) return new NotLeadingError(requestOf(call));
    return asNetworkError(error, call);
  }

  #report(call: Call, code: number | 'error', started: number): void {
    const seconds = (performance.now() - started) / 1000;
    const host = URL.parse(this.#config.getCurrentCluster()?.server ?? '')?.host ?? '';
    this.#onRequest({ method: call.method, host, resource: resourceName(call.resource), code, seconds });
  }
}

// A credential plugin may hang, and client-node gives it no deadline; undici heeds the signal only once it is connected.
function endingWith<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

const requestOf = (call: Call): string => `${call.method} ${call.path}`;

async function readText(response: Response, call: Call): Promise<string> {
  const { maxBytes } = call;
  if (maxBytes === undefined) return await response.body.text();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NetworkError(`${requestOf(call)}: more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function refuse(call: Call, response: Response, text: string): void {
  const { statusCode, headers } = response;
  if (statusCode >= 200 && statusCode < 300) return;
  const retryAfterSeconds = parseRetryAfter(headers['retry-after']);
  throw new ApiError(parseStatus(statusCode, text), requestOf(call), { verb: call.verb, retryAfterSeconds });
}

// Only seconds: the API server never sends a date.
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

function asNetworkError(error: unknown, call: Call): Error {
  if (error instanceof ApiError || error instanceof NetworkError || error instanceof NotLeadingError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
  return new NetworkError(`${requestOf(call)}: ${why}`, { cause: error });
}

function parseBody<T>(answer: Answer): T {
  try {
    const body: unknown = JSON.parse(answer.text);
    if (typeof body === 'object' && body !== null) return body as T;
  } catch {
    // Falls through: said below, with the beginning of what came instead.
  }
  const got = answer.text.slice(0, 100);
  throw new NetworkError(`${answer.request}: HTTP ${answer.code} with something that is not an object: ${got}`);
}
