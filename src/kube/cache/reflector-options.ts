import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { KubeObject } from '../object.ts';
import type { KubeClient } from '../rest/client.ts';
import type { Resource } from '../rest/resource.ts';
import type { Backoff } from '../workqueue/backoff.ts';
import type { Store } from './store.ts';

export interface ReflectorMetrics {
  relisted(resource: string): void;
  /** `stalenessSeconds` is asked on every scrape; the returned function ends that. */
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
  /** Which objects of the store this reflector answers for, so that it removes no other's. Default: its namespace's. */
  owns?: (o: T) => boolean;
  /** The API server may not know the resource, as when its CustomResourceDefinition is gone: that counts as an empty list. */
  mayBeAbsent?: boolean;
  /** A client that may not list continues without: the reflector counts as synced, but not as known, and the store stays not `listed`. */
  mayBeForbidden?: boolean;
  /** Before caching: drops fields that no reader needs. An object for which it throws is logged; the store keeps its last version. */
  transform?: (raw: KubeObject) => T;
  log: Logger;
  metrics?: ReflectorMetrics;
  /** Repeats every stored object as 'Resynced' about this often (±10 %). None: never. */
  resyncMs?: number | undefined;
  /** Objects per request when listing. Default 500. */
  pageSize?: number;
  /** The server ends a watch after this time. Default 290: below the 300 s after which many proxies cut. */
  watchTimeoutSeconds?: number;
  /** A watch without any line for this long is cut. Default: 10 s more than the server's timeout. */
  silenceMs?: number;
  /** Between failures. Default 500 ms, doubled up to 30 s. */
  backoff?: Partial<Backoff>;
  /** Must not be set back: default monotonicClock. */
  clock?: Clock;
  random?: () => number;
}
