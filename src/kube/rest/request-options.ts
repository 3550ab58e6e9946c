export interface ListOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  limit?: number | undefined;
  continue?: string | undefined;
  resourceVersion?: string | undefined;
  resourceVersionMatch?: 'NotOlderThan' | 'Exact' | undefined;
  signal?: AbortSignal | undefined;
}

export interface WatchOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  resourceVersion?: string | undefined;
  allowWatchBookmarks: boolean;
  /** The server ends the watch after this time. */
  timeoutSeconds: number;
  /** Of one event; a longer one is an error. Default MAX_BYTES. */
  maxBytes?: number | undefined;
  signal: AbortSignal;
  /** Called when the server has accepted the watch. */
  onOpen?: (() => void) | undefined;
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

export interface List<T> {
  items: T[];
  metadata: ListMeta;
}

export interface PageOptions extends ListOptions {
  /** A longer page is an error. */
  maxBytes: number;
}

export interface Page {
  metadata: ListMeta;
  /** Length of the answer. */
  bytes: number;
}

export interface CreateOptions {
  namespace?: string | undefined;
  dryRun?: boolean | undefined;
  fieldManager?: string | undefined;
  /** With `name`: creates under an object, as a pod's eviction. */
  subresource?: string | undefined;
  name?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ApplyOptions {
  fieldManager: string;
  force?: boolean | undefined;
  dryRun?: boolean | undefined;
  subresource?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface PatchOptions {
  namespace?: string | undefined;
  type: 'merge' | 'json';
  dryRun?: boolean | undefined;
  fieldManager?: string | undefined;
  subresource?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface DeleteOptions {
  namespace?: string | undefined;
  /** Only this object, not another one of the same name. */
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  signal?: AbortSignal | undefined;
}

export interface PodLogOptions {
  container: string;
  /** A longer log is a NetworkError. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

export interface ServiceProxyOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** A longer answer is an error. */
  readonly maxBytes: number;
}
