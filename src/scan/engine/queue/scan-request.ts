/** From what runs first to what runs last. */
export const PRIORITIES = ['NeverScanned', 'Requested', 'Running', 'Scheduled', 'Idle'] as const;

/**
 * - NeverScanned: there is no result
 * - Requested: a user requested it, by annotation
 * - Running: the database changed, and pods run the image
 * - Scheduled: a schedule's time has come
 * - Idle: the database changed, and no pod runs the image
 */
export type ScanPriority = (typeof PRIORITIES)[number];

/**
 * Why a scan is due. A running scan satisfies a request without a cause. It satisfies a request with a cause, such as the
 * digest of a database or the value of an annotation, only if it began with the same cause.
 */
export type ScanDue =
  | { readonly priority: 'NeverScanned' | 'Scheduled' }
  | { readonly priority: 'Requested' | 'Running' | 'Idle'; readonly cause: string };

/** `by`: the namespace that requests it, to whose fair share the scan is charged. */
export type ScanRequest = ScanDue & { readonly by: string };

/** Several requests for one scan. */
export interface MergedRequest {
  /** The best of all. */
  readonly priority: ScanPriority;
  readonly causes: ReadonlySet<string>;
  /** A user requested it: a registry's pause does not delay it. */
  readonly requested: boolean;
  /** The namespaces that requested it. */
  readonly by: ReadonlySet<string>;
}

const better = (a: ScanPriority, b: ScanPriority): ScanPriority =>
  PRIORITIES.indexOf(a) <= PRIORITIES.indexOf(b) ? a : b;

const toMerged = (request: ScanRequest): MergedRequest => ({
  priority: request.priority,
  causes: new Set('cause' in request ? [request.cause] : []),
  requested: request.priority === 'Requested',
  by: new Set([request.by]),
});

/** Enough to decide what a scan satisfies; a forgotten cause costs one more scan at worst. */
const MOST_CAUSES = 16;

export const mergeRequests = (a: MergedRequest, b: MergedRequest): MergedRequest => ({
  priority: better(a.priority, b.priority),
  causes: new Set([...a.causes.union(b.causes)].slice(-MOST_CAUSES)),
  requested: a.requested || b.requested,
  by: a.by.union(b.by),
});

/** @param before earlier requests, if any */
export const addRequest = (before: MergedRequest | undefined, request: ScanRequest): MergedRequest =>
  before === undefined ? toMerged(request) : mergeRequests(before, toMerged(request));

/** Whether a scan that began with some requests does not satisfy another one. */
export const isNewer = (request: ScanRequest, begunWith: MergedRequest): boolean =>
  'cause' in request && !begunWith.causes.has(request.cause);
