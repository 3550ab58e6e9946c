import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { type Dispatcher, request as undiciRequest } from 'undici';
import { readBounded } from '../../text/read-bounded.ts';
import { monotonicClock } from '../clock.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { ApiError, NetworkError, NotLeadingError, type Verb } from './errors.ts';
import { type Resource, resourceName } from './resource.ts';
import { parseStatus } from './status.ts';
import { parseWarnings } from './warnings.ts';
import { checkingPermission, type WritePermission } from './write-permission.ts';

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
  /** Without the permission a write is not sent, or is cut off, with NotLeadingError. Absent: always permitted. */
  writes?: WritePermission | undefined;
  request?: typeof undiciRequest;
}

type Response = Dispatcher.ResponseData;
type Query = Record<string, string | number | boolean | undefined>;

/** One request as the verbs of KubeClient describe it. */
export interface Call {
  verb: Verb;
  resource: Resource;
  path: string;
  query?: Query;
  body?: unknown;
  contentType?: string;
  /** Default: JSON. */
  accept?: string;
  /** Further ones. */
  headers?: Readonly<Record<string, string>>;
  /** A longer answer is an error. Default: any length. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  request: string;
  code: number;
  text: string;
  warnings: string[];
}

const METHODS: Readonly<Record<Verb, HttpMethod>> = {
  get: HttpMethod.GET,
  list: HttpMethod.GET,
  watch: HttpMethod.GET,
  create: HttpMethod.POST,
  apply: HttpMethod.PATCH,
  patch: HttpMethod.PATCH,
  delete: HttpMethod.DELETE,
};

/** HTTP to one API server: authentication, deadlines, the permission to write, and errors. KubeClient has the verbs. */
export class Transport {
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

  /** Sends a request and reads its whole answer. @throws ApiError, NetworkError, NotLeadingError */
  async send(call: Call): Promise<Answer> {
    return await this.stream(call, async (response) => ({
      request: requestOf(call),
      code: response.statusCode,
      text: await readText(response, call),
      warnings: parseWarnings(response.headers.warning),
    }));
  }

  /** Sends a request, and has its answer read as it arrives, all within the deadline. @throws as send does */
  async stream<R>(call: Call, read: (response: Response) => Promise<R>): Promise<R> {
    const started = monotonicClock.now();
    const deadline = startDeadline(this.#timeoutMs, this.#signalOf(call));
    let code: number | 'error' = 'error';
    try {
      const response = await this.#requestOnce(call, deadline.signal);
      if (!isOk(response)) {
        const text = await readText(response, call);
        code = response.statusCode;
        throw refusal(call, response, text);
      }
      const answer = await read(response);
      code = response.statusCode;
      return answer;
    } catch (error) {
      throw this.#explain(error, call, deadline);
    } finally {
      deadline.done();
      this.#report(call, code, started);
    }
  }

  #permission({ verb }: Call): WritePermission | undefined {
    return METHODS[verb] === HttpMethod.GET ? undefined : this.#writes;
  }

  #signalOf(call: Call): AbortSignal | undefined {
    const revoked = this.#permission(call)?.revoked;
    return revoked === undefined || call.signal === undefined
      ? (revoked ?? call.signal)
      : AbortSignal.any([revoked, call.signal]);
  }

  /** Opens a stream that outlives the deadline, which is that of the headers only. */
  async openWatch(call: Call, stream: AbortController): Promise<Response> {
    const started = monotonicClock.now();
    const headers = startDeadline(this.#timeoutMs, stream.signal);
    // Until the headers arrive, their deadline ends the stream too.
    const end = () => stream.abort(headers.signal.reason);
    headers.signal.addEventListener('abort', end, { once: true });
    let code: number | 'error' = 'error';
    try {
      const response = await this.#requestOnce(call, stream.signal);
      code = response.statusCode;
      if (!isOk(response)) throw refusal(call, response, await response.body.text());
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
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    const context = new RequestContext(url.toString(), METHODS[call.verb]);
    context.setHeaderParam('Accept', call.accept ?? 'application/json');
    context.setHeaderParam('User-Agent', this.#userAgent);
    if (call.contentType !== undefined) context.setHeaderParam('Content-Type', call.contentType);
    for (const [name, value] of Object.entries(call.headers ?? {})) context.setHeaderParam(name, value);
    await abortable(signal, this.#config.applySecurityAuthentication(context));
    const permission = this.#permission(call);
    if (permission?.granted() === false) throw new NotLeadingError(requestOf(call));
    const pool = context.getDispatcher() as unknown as Dispatcher | undefined;
    const dispatcher = pool && permission ? checkingPermission(pool, permission.granted) : pool;
    const request = this.#request(url, {
      method: METHODS[call.verb],
      headers: context.getHeaders(),
      signal,
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      ...(dispatcher !== undefined && { dispatcher }),
    });
    return await abortable(signal, request);
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
    const seconds = (monotonicClock.now() - started) / 1000;
    const host = URL.parse(this.#config.getCurrentCluster()?.server ?? '')?.host ?? '';
    this.#onRequest({ method: METHODS[call.verb], host, resource: resourceName(call.resource), code, seconds });
  }
}

// A credential plugin may hang, and client-node gives it no deadline; undici heeds the signal only once it is connected.
function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

export const requestOf = (call: Call): string => `${METHODS[call.verb]} ${call.path}`;

async function readText(response: Response, call: Call): Promise<string> {
  const { maxBytes } = call;
  if (maxBytes === undefined) return await response.body.text();
  const bytes = await readBounded(response.body, maxBytes);
  if (bytes === undefined) throw new NetworkError(`${requestOf(call)}: more than ${maxBytes} bytes`);
  return bytes.toString();
}

const isOk = ({ statusCode }: Response): boolean => statusCode >= 200 && statusCode < 300;

function refusal(call: Call, { statusCode, headers }: Response, text: string): ApiError {
  const retryAfterSeconds = parseRetryAfter(headers['retry-after']);
  return new ApiError(parseStatus(statusCode, text), requestOf(call), { verb: call.verb, retryAfterSeconds });
}

// Only seconds: the API server never sends a date.
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

export function asNetworkError(error: unknown, call: Call): Error {
  if (error instanceof ApiError || error instanceof NetworkError || error instanceof NotLeadingError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
  return new NetworkError(`${requestOf(call)}: ${why}`, { cause: error });
}
