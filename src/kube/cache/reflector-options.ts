import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { KubeObject } from '../object.ts';
import type { KubeClient } from '../rest/client.ts';
import type { Resource } from '../rest/resource.ts';
import type { Backoff } from '../workqueue/backoff.ts';
import type { Store } from './store.ts';

export interface ReflectorMetrics {
  relisted(resource: string): void;
  /** `stalenessSeconds` is read at every scrape, until the returned function is called. */
  watching(resource: string, stalenessSeconds: (now: number) => number): () => void;
}

export interface ReflectorOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource;
  /** None: every namespace. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Several reflectors may feed one store, each with its own namespace. */
  store: Store<T>;
  /** The objects of the store that this reflector may remove. Default: those of its namespace. */
  owns?: (o: T) => boolean;
  /** The API server may not serve the resource, as without its CustomResourceDefinition: this counts as an empty list. */
  mayBeAbsent?: boolean;
  /** The client may lack the right to list: the reflector then counts as synced, but not as known, and the store is not `listed`. */
  mayBeForbidden?: boolean;
  /** Before caching: drops fields that no reader needs. An object for which it throws is logged; the store keeps its last version. */
  transform?: (raw: KubeObject) => T;
  log: Logger;
  metrics?: ReflectorMetrics;
  /** Repeats every stored object as 'Resynced' about this often (±10 %). None: never. */
  resyncMs?: number | undefined;
  /** Objects per request when listing, at most. Default 500. */
  pageSize?: number;
  /** Of a page when listing, and of an event. Default MAX_BYTES. */
  maxBytes?: number;
  /** The server ends a watch after this time. Default 290: below the 300 s after which many proxies cut. */
  watchTimeoutSeconds?: number;
  /** A watch without any line for this long is cut. Default: 10 s more than the server's timeout. */
  idleTimeoutMs?: number;
  /** Between failures. Default 500 ms, doubled up to 30 s. */
  backoff?: Partial<Backoff>;
  /** Must not be set back: default monotonicClock. */
  clock?: Clock;
  random?: () => number;
}
