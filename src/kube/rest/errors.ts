import type { Status } from './status.ts';

/** The kind of a request; a PATCH can be an apply, which creates, or a patch, which does not. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';

/** The API server answered and refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status, or the code of a Status that arrived inside a watch. */
  readonly code: number;
  /** Machine-readable reason, '' when the server gave none. */
  readonly reason: string;
  readonly status: Status;
  /** 'PATCH /apis/…', without the query. */
  readonly request: string;
  readonly verb: Verb | undefined;
  readonly retryAfterSeconds?: number;

  constructor(status: Status, request: string, options: { verb?: Verb; retryAfterSeconds?: number | undefined } = {}) {
    super(`${request}: ${status.message} (${status.code}${status.reason && ` ${status.reason}`})`);
    this.code = status.code;
    this.reason = status.reason;
    this.status = status;
    this.request = request;
    this.verb = options.verb;
    const retryAfter = options.retryAfterSeconds ?? status.details?.retryAfterSeconds;
    if (retryAfter !== undefined) this.retryAfterSeconds = retryAfter;
  }
}

/** No complete answer: refused, reset, cut short, not JSON, or not there before the deadline. `cause` has the reason. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** A page of a list was longer than its bound, or not there before the deadline, after `items` of its objects. */
export class PageTooLarge extends NetworkError {
  readonly items: number;

  constructor(message: string, items: number, options?: ErrorOptions) {
    super(message, options);
    this.items = items;
  }
}

/** This process does not lead (any more): only the leader may write. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError';

  constructor(request: string) {
    super(`${request}: not sent, or cut off: this process does not lead`);
  }
}

export type ErrorClass =
  | 'NotFound'
  | 'AlreadyExists'
  /** Read again and decide again: a stale resourceVersion, or another object under the same name (uid). */
  | 'Conflict'
  | 'FieldManagerConflict'
  | 'EscalationRefused'
  | 'AdmissionRefused'
  /** An admission policy or webhook could not be evaluated: not the user's fault, retry. */
  | 'AdmissionFailed'
  | 'NamespaceTerminating'
  /** A ResourceQuota of the namespace is used up. */
  | 'QuotaExceeded'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Invalid'
  /** The role that a binding names does not exist. */
  | 'RoleNotFound'
  | 'Expired'
  | 'TooManyRequests'
  | 'Unavailable'
  | 'Network'
  | 'Unknown';

const causesOf = (error: ApiError) => {
  const causes = error.status.details?.causes;
  return Array.isArray(causes) ? causes : [];
};

const BROKEN_ADMISSION = [
  'resulted in error:',
  'failed to configure policy',
  'not yet synced to use for admission',
  'cost budget',
  'actual cost limit exceeded',
  'failed calling webhook',
];

function refusedByAdmission(error: ApiError): ErrorClass | undefined {
  const { message } = error.status;
  const policy = causesOf(error)[0]?.message?.startsWith('ValidatingAdmissionPolicy ') ?? false;
  const webhook = /admission webhook "[^"]*" denied the request/.test(message);
  if (BROKEN_ADMISSION.some((text) => message.includes(text)) && (policy || message.includes('webhook'))) {
    return 'AdmissionFailed';
  }
  return policy || webhook ? 'AdmissionRefused' : undefined;
}

function forbidden(error: ApiError): ErrorClass {
  if (causesOf(error).some((c) => c.reason === 'NamespaceTerminating')) return 'NamespaceTerminating';
  if (error.status.message.includes('exceeded quota:')) return 'QuotaExceeded';
  const escalates = error.status.message.includes('attempting to grant RBAC permissions not currently held');
  return escalates ? 'EscalationRefused' : 'Forbidden';
}

function conflict(error: ApiError): ErrorClass {
  if (error.reason === 'AlreadyExists') return 'AlreadyExists';
  return causesOf(error).some((c) => c.reason === 'FieldManagerConflict') ? 'FieldManagerConflict' : 'Conflict';
}

/** The 404 of a binding's missing role carries kind rolebindings and the *role's* name. */
function notFound(error: ApiError): ErrorClass {
  const { kind, name } = error.status.details ?? {};
  if (kind !== 'rolebindings' && kind !== 'clusterrolebindings') return 'NotFound';
  if (error.verb === 'apply' || error.verb === 'create') return 'RoleNotFound';
  const last = decodeURIComponent(error.request.slice(error.request.lastIndexOf('/') + 1));
  return error.verb === 'patch' && last !== name ? 'RoleNotFound' : 'NotFound';
}

function invalid(error: ApiError): ErrorClass {
  const otherObject = causesOf(error).some((c) => c.field === 'metadata.uid' && c.message?.includes('immutable'));
  return otherObject ? 'Conflict' : 'Invalid';
}

function classifyAnswer(error: ApiError): ErrorClass {
  switch (error.code) {
    case 401:
      return 'Unauthorized';
    case 403:
      return refusedByAdmission(error) ?? forbidden(error);
    case 404:
      return notFound(error);
    case 409:
      return refusedByAdmission(error) ?? conflict(error);
    case 410:
      return 'Expired';
    case 429:
      return 'TooManyRequests';
    case 400:
    case 413:
      return refusedByAdmission(error) ?? 'Invalid';
    case 422:
      return refusedByAdmission(error) ?? invalid(error);
  }
  if (error.code < 500) return 'Unknown';
  // An unknown field in server-side apply is answered with 500.
  if (error.status.message.includes('field not declared in schema')) return 'Invalid';
  return refusedByAdmission(error) ?? 'Unavailable';
}

/**
 * Classifies an error. Several refusals share HTTP 403, 404, 409, 422 and 500; they are distinguished here once, as
 * measured on kube-apiserver 1.36.3, so that no caller parses messages.
 */
export function classify(error: unknown): ErrorClass {
  if (error instanceof ApiError) return classifyAnswer(error);
  if (error instanceof NetworkError) return 'Network';
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return 'Network';
  return 'Unknown';
}

/** The answer was not complete before the deadline. */
export const isLate = (error: unknown): boolean =>
  error instanceof NetworkError && error.cause instanceof Error && error.cause.name === 'TimeoutError';

/** A list or watch requested a resourceVersion that the server has not reached: etcd was restored, or lags. */
export const isFutureVersion = (error: unknown): boolean =>
  error instanceof ApiError && causesOf(error).some((cause) => cause.reason === 'ResourceVersionTooLarge');
