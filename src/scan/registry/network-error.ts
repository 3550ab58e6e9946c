import { printableAscii } from '../../text/printable.ts';
import { ScanError } from '../scan-error.ts';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/;
const TLS = /^(EPROTO|ERR_SSL_)/;

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'DNS has no record of its name; check the name of the registry',
  EAI_AGAIN: "DNS does not answer; check the cluster's DNS",
  ECONNREFUSED: 'it refuses connections; check that the registry runs and its port is right',
  ECONNRESET: 'it closed the connection; the request is retried later',
  EPIPE: 'it closed the connection; the request is retried later',
  EHOSTUNREACH: 'no route leads there; check the network policies of the operator',
  ENETUNREACH: 'no route leads there; check the network policies of the operator',
  ETIMEDOUT: 'it does not answer; check the network policies of the operator',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; check the name of the registry',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer; check the network policies of the operator',
  UND_ERR_HEADERS_TIMEOUT: 'it accepts a request and sends no response; the request is retried later',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of its response; the request is retried later',
  UND_ERR_SOCKET: 'it closed the connection; the request is retried later',
  UND_ERR_HEADERS_OVERFLOW: 'its headers are too long for a registry; check its address',
};

const explain = (code: string, message: string): string => {
  if (Object.hasOwn(CAUSES, code)) return CAUSES[code]!;
  if (CERTIFICATE.test(code)) {
    return `its certificate is not trusted (${code}); give the operator its CA in NODE_EXTRA_CA_CERTS`;
  }
  if (TLS.test(code)) return `it does not speak TLS (${code}); check its port`;
  // HTTP parser errors (HPE_…) and others that a hostile server can provoke.
  return `it does not answer as a registry does (${printableAscii(message || code)}); check its address`;
};

const scanErrorIn = (error: unknown): ScanError | undefined => {
  if (error instanceof ScanError) return error;
  const inner = error instanceof AggregateError ? error.errors : error instanceof Error ? [error.cause] : [];
  for (const one of inner) {
    const found = one === undefined ? undefined : scanErrorIn(one);
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * The ScanError for a failed connection. An error of the egress policy stays NotAllowed, with `what` before it.
 * @param host of the connection
 */
export const networkError = (error: unknown, what: string, host: string): ScanError => {
  const known = scanErrorIn(error);
  if (known !== undefined) {
    const { reason, message, byCommand } = known;
    return new ScanError(
      reason,
      `${what}: ${message}`,
      byCommand === undefined ? {} : { byCommand: `${what}: ${byCommand}` },
    );
  }
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { code = '', message = '' } = (first ?? {}) as { code?: string; message?: string };
  const isNamed = what.startsWith(`${host}/`) || what.includes(` ${host}/`);
  const subject = isNamed ? 'the registry' : printableAscii(host);
  return new ScanError('Unreachable', `${what}: ${subject} cannot be reached: ${explain(code, message)}`, {
    cause: error,
  });
};
