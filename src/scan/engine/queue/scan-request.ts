/** From what runs first to what runs last. */
export const PRIORITIES = ['NeverScanned', 'Requested', 'Running', 'Scheduled', 'Idle'] as const;

/**
 * - NeverScanned: there is no result
 * - Requested: a user asked, by annotation
 * - Running: the database changed, and pods run the image
 * - Scheduled: a schedule's time has come
 * - Idle: the database changed, and no pod runs the image
 */
export type ScanPriority = (typeof PRIORITIES)[number];

/**
 * Why a scan is wanted. A scan that is under way answers an ask without a cause; it answers one with a cause, as in the
 * digest of a database or the value of an annotation, only if it began with the same cause.
 */
export type ScanDue =
  | { readonly priority: 'NeverScanned' | 'Scheduled' }
  | { readonly priority: 'Requested' | 'Running' | 'Idle'; readonly cause: string };

/** `by`: the namespace that asks. Its share of the scanner pays. */
export type ScanRequest = ScanDue & { readonly by: string };

/** Several asks for one scan. */
export interface MergedRequest {
  /** The best of all. */
  readonly priority: ScanPriority;
  readonly causes: ReadonlySet<string>;
  /** A user asked: a registry's pause does not hold it back. */
  readonly requested: boolean;
  /** The namespaces that asked. */
  readonly by: ReadonlySet<string>;
}

const better = (a: ScanPriority, b: ScanPriority): ScanPriority =>
  PRIORITIES.indexOf(a) <= PRIORITIES.indexOf(b) ? a : b;

const joined = (ask: ScanRequest): MergedRequest => ({
  priority: ask.priority,
  causes: new Set('cause' in ask ? [ask.cause] : []),
  requested: ask.priority === 'Requested',
  by: new Set([ask.by]),
});

/** Enough to know what a scan answers; forgetting one costs a scan more, at worst. */
const MOST_CAUSES = 16;

export const mergeRequests = (a: MergedRequest, b: MergedRequest): MergedRequest => ({
  priority: better(a.priority, b.priority),
  causes: new Set([...a.causes.union(b.causes)].slice(-MOST_CAUSES)),
  requested: a.requested || b.requested,
  by: a.by.union(b.by),
});

/** @param before what was asked already, if anything */
export const addRequest = (before: MergedRequest | undefined, ask: ScanRequest): MergedRequest =>
  before === undefined ? joined(ask) : mergeRequests(before, joined(ask));

/** Whether a scan that began with some asks is too early for another one. */
export const isNewer = (ask: ScanRequest, begunWith: MergedRequest): boolean =>
  'cause' in ask && !begunWith.causes.has(ask.cause);
