import type { KubeConfig } from '@kubernetes/client-node';
import { isObject } from '../../text/is-object.ts';
import { printable } from '../../text/printable.ts';
import { PODS, SERVICES } from '../kinds.ts';
import type { Applied, KubeObject } from '../object.ts';
import { ApiError, isLate, NetworkError, PageTooLarge } from './errors.ts';
import { readLines, TooLong } from './lines.ts';
import { ListReader } from './list-reader.ts';
import type {
  ApplyOptions,
  CreateOptions,
  DeleteOptions,
  List,
  ListMeta,
  ListOptions,
  Page,
  PageOptions,
  PatchOptions,
  PodLogOptions,
  ServiceProxyOptions,
  WatchOptions,
} from './request-options.ts';
import { apiVersion, type Resource, resourcePath } from './resource.ts';
import { type Answer, asNetworkError, type Call, type ClientOptions, requestOf, Transport } from './transport.ts';
import { parseWatchEvent, type WatchEvent } from './watch-event.ts';

export type * from './request-options.ts';
export type { ClientOptions, RequestEvent } from './transport.ts';
export type { WatchEvent } from './watch-event.ts';

const STRICT = { fieldValidation: 'Strict' };
const dryRunAll = (dryRun: boolean | undefined) => ({ dryRun: dryRun ? 'All' : undefined });
const PATCH_TYPES = { merge: 'application/merge-patch+json', json: 'application/json-patch+json' };

/**
 * Bound on a page of a list, and on an event of a watch, bytes. An object has at most 1.5 MB in etcd, and several times
 * that as JSON.
 */
export const MAX_BYTES = 32 << 20;

/**
 * Requests to one API server. Authentication, proxies and TLS are client-node's (KubeConfig); deadlines, errors and
 * warnings are here. A refusal is an ApiError, everything else that goes wrong a NetworkError; when the caller's own
 * signal ends, its reason is thrown.
 */
export class KubeClient {
  readonly #transport: Transport;

  constructor(config: KubeConfig, options: ClientOptions = {}) {
    this.#transport = new Transport(config, options);
  }

  async get<T extends object = KubeObject>(
    resource: Resource,
    name: string,
    namespace?: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const path = resourcePath(resource, namespace, name);
    return parseBody(await this.#transport.send({ verb: 'get', resource, path, ...options }));
  }

  /** One page, all of it in memory. For a list that may be long: listInPages. */
  async list<T extends object = KubeObject>(resource: Resource, options: ListOptions = {}): Promise<List<T>> {
    const items: T[] = [];
    const page = { ...options, maxBytes: Number.POSITIVE_INFINITY };
    const { metadata } = await this.listPage<T>(resource, page, (item) => items.push(item));
    return { metadata, items };
  }

  /**
   * One page, whose items are passed on one by one as they arrive. They carry apiVersion and kind, which the API server
   * leaves out in lists of built-in kinds. @throws PageTooLarge
   */
  async listPage<T extends object = KubeObject>(
    resource: Resource,
    options: PageOptions,
    each: (item: T) => void,
  ): Promise<Page> {
    const { namespace, signal, maxBytes, ...query } = options;
    const call: Call = { verb: 'list', resource, path: resourcePath(resource, namespace), query, signal };
    const type = { apiVersion: apiVersion(resource), kind: resource.kind };
    let items = 0;
    const count = (item: object): void => {
      items += 1;
      each({ ...type, ...item } as T);
    };
    try {
      return await this.#transport.stream(call, ({ body }) => readPage(body, maxBytes, count));
    } catch (error) {
      if (error instanceof TooLong) {
        const what = items === 0 ? 'an object has' : `${items} objects and the next one have`;
        throw new PageTooLarge(`${requestOf(call)}: ${what} ${error.message}`, items, { cause: error });
      }
      if (items > 0 && isLate(error)) throw new PageTooLarge((error as Error).message, items, { cause: error });
      throw error;
    }
  }

  /**
   * Events until the server closes the watch. Ends quietly at a clean close; throws an ApiError when the watch is
   * refused and a NetworkError when the stream breaks, is cut inside a line, or carries something that is no event.
   */
  async *watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    const { namespace, signal, onOpen, maxBytes = MAX_BYTES, ...query } = options;
    const path = resourcePath(resource, namespace);
    const call: Call = { verb: 'watch', resource, path, query: { watch: true, ...query } };
    const stream = new AbortController();
    const giveUp = () => stream.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const response = await this.#transport.openWatch(call, stream);
      onOpen?.();
      for await (const line of readLines(response.body, maxBytes)) yield parseWatchEvent(line);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TooLong) throw new NetworkError(`${requestOf(call)}: an event has ${error.message}`);
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
    return parseBody(await this.#transport.send({ verb: 'create', resource, path, query, body, contentType, signal }));
  }

  /** Server-side apply. A deleted object is created again unless `body.metadata.uid` is set (then: Conflict). */
  async apply<T extends object = KubeObject>(
    resource: Resource,
    body: Applied,
    options: ApplyOptions,
  ): Promise<{ object: T; created: boolean; warnings: string[] }> {
    const { fieldManager, force, subresource, signal } = options;
    const path = resourcePath(resource, body.metadata.namespace, body.metadata.name, subresource);
    const query = { ...STRICT, fieldManager, force: force ?? false, ...dryRunAll(options.dryRun) };
    const contentType = 'application/apply-patch+yaml';
    const answer = await this.#transport.send({ verb: 'apply', resource, path, query, body, contentType, signal });
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
    const answer = await this.#transport.send({
      verb: 'patch',
      resource,
      path,
      query,
      body: patch,
      contentType,
      signal,
    });
    return { object: parseBody(answer), warnings: answer.warnings };
  }

  /** Deletes an object. NotFound is success, and so is another object (uid) of the name. */
  async delete(resource: Resource, name: string, options: DeleteOptions = {}): Promise<void> {
    const { namespace, uid, resourceVersion, propagationPolicy, signal } = options;
    const path = resourcePath(resource, namespace, name);
    const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
    const contentType = 'application/json';
    try {
      await this.#transport.send({ verb: 'delete', resource, path, body, contentType, signal });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const replaced = error.code === 409 && error.status.message.includes('the UID in the precondition');
      if (error.code !== 404 && !replaced) throw error;
    }
  }

  /** The log of a container; of a long log only the newest file, since kubelet rotates it. */
  async podLog(name: string, namespace: string, options: PodLogOptions): Promise<string> {
    const { container, maxBytes, signal } = options;
    const path = resourcePath(PODS, namespace, name, 'log');
    // A refusal is a Status, which is JSON.
    const accept = 'text/plain, application/json';
    const query = { container };
    const call: Call = { verb: 'get', resource: PODS, path, query, accept, maxBytes, signal };
    return (await this.#transport.send(call)).text;
  }

  /**
   * GET from a port of a Service, through the API server.
   * @param service as in `name:port` @throws ApiError, also for an answer of the Service other than 2xx: without a reason
   */
  async serviceProxy(service: string, namespace: string, path: string, options: ServiceProxyOptions): Promise<string> {
    const proxy = resourcePath(SERVICES, namespace, service, 'proxy');
    const accept = 'application/json, text/plain';
    return (await this.#transport.send({ verb: 'get', resource: SERVICES, path: proxy + path, accept, ...options }))
      .text;
  }
}

async function readPage(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  each: (item: object) => void,
): Promise<Page> {
  const reader = new ListReader(each);
  let bytes = 0;
  for await (const chunk of body) {
    reader.write(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLong(maxBytes);
  }
  const { metadata } = reader.end();
  if (!isObject(metadata)) throw new Error('the answer is not a list');
  return { metadata: metadata as unknown as ListMeta, bytes };
}

function parseBody<T>(answer: Answer): T {
  try {
    const body: unknown = JSON.parse(answer.text);
    if (typeof body === 'object' && body !== null) return body as T;
  } catch {
    // Reported below, with the beginning of the body.
  }
  const got = printable(answer.text, 100);
  throw new NetworkError(`${answer.request}: HTTP ${answer.code} without a JSON object: ${got}`);
}
