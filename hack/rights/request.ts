/** A request of the operator's account in the API server's audit log. */
export interface AuditedRequest {
  /** The test file with a control plane of its own, or `shared`. */
  readonly source: string;
  /** The user agent. */
  readonly agent: string;
  /** In the words of RBAC. */
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as in pods/log; the path of what is no resource. */
  readonly resource: string;
  /** Empty where it names no object. */
  readonly name: string;
  /** The decision of RBAC, without that of admission. */
  readonly allowed: boolean;
}

interface AuditLine {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username?: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * @param line of an audit log, from level Metadata on
 * @returns none for a request of another client; two for an apply that creates an object, for which the API server checks
 * `create` too
 */
export const requestsIn = (line: string, user: string, source: string): AuditedRequest[] => {
  const {
    verb,
    requestURI,
    userAgent: agent = '',
    user: by,
    objectRef,
    annotations,
    responseStatus,
  } = JSON.parse(line) as AuditLine;
  const decision = annotations?.['authorization.k8s.io/decision'];
  if (by.username !== user || decision === undefined) return [];
  const { apiGroup: group = '', resource, subresource, name = '' } = objectRef ?? {};
  const { pathname } = new URL(requestURI, 'https://api');
  const whole =
    resource === undefined ? pathname : [resource, subresource].filter((part) => part !== undefined).join('/');
  const request = { source, agent, verb, group, resource: whole, name, allowed: decision === 'allow' };
  return verb === 'patch' && responseStatus?.code === 201 ? [request, { ...request, verb: 'create' }] : [request];
};
