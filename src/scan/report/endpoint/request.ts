import type { IncomingHttpHeaders } from 'node:http';
import { REPORT_AUDIENCE, REPORT_TOKEN_HEADER } from '../../../api/keys.ts';
import { REPORT_FORMATS, type ReportFormat } from '../format/formats.ts';
import { SBOM_FORMATS, type SbomDocumentFormat } from '../sbom-document.ts';

/** The report that a client requests. */
export interface WantedReport {
  readonly namespace: string;
  readonly name: string;
  readonly format: ReportFormat;
  /** Columns of a table. */
  readonly width: number;
}

/** The SBOM that a client requests. */
export interface WantedSbom {
  readonly namespace: string;
  readonly name: string;
  /** As the report has it, or its digest. */
  readonly image: string;
  /** Absent: of any. */
  readonly platform?: string;
  readonly format: SbomDocumentFormat;
}

/** An HTTP error; the message is one line with the cure. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

// Names as Kubernetes has them: none needs an escape in a path.
const PATH =
  /^\/namespaces\/(?<namespace>[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/imagescans\/(?<name>[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)\/(?<what>report|sbom)$/;
// RFC 6750. Tokens of clusters are at most a few KiB long.
const BEARER = /^Bearer +(?<token>[A-Za-z0-9._~+/-]{1,8192}=*) *$/i;
const TOKEN = /^[A-Za-z0-9._~+/-]{1,8192}=*$/;
const MIN_WIDTH = 20;
const MAX_WIDTH = 1000;

const readWidth = (text: string | null): number => {
  if (text === null) return Number.POSITIVE_INFINITY;
  const width = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return width >= MIN_WIDTH && width <= MAX_WIDTH ? width : Number.NaN;
};

const isFormat = (text: string): text is ReportFormat => (REPORT_FORMATS as readonly string[]).includes(text);

const isSbomFormat = (text: string): text is SbomDocumentFormat => (SBOM_FORMATS as readonly string[]).includes(text);
const MAX_IMAGE = 1024;

const readSbomRequest = (
  scan: Pick<WantedSbom, 'namespace' | 'name'>,
  parameters: URLSearchParams,
): WantedSbom | Refusal => {
  const format = parameters.get('format') ?? 'cyclonedx';
  if (!isSbomFormat(format)) {
    return { status: 406, message: `the format is unknown: use one of ${SBOM_FORMATS.join(', ')}` };
  }
  const image = parameters.get('image') ?? '';
  if (image === '' || image.length > MAX_IMAGE) {
    return { status: 400, message: 'image must be the name of an image as the report has it, or its digest' };
  }
  const platform = parameters.get('platform') ?? undefined;
  return { ...scan, image, format, ...(platform !== undefined && { platform }) };
};

/** @param url as it stands in the request */
export const readReportRequest = (method: string, url: string): WantedReport | WantedSbom | Refusal => {
  const [path = '', ...query] = url.split('?');
  const { namespace, name, what } = PATH.exec(path)?.groups ?? {};
  if (namespace === undefined || name === undefined) {
    const message = 'this path does not exist: use /namespaces/NAMESPACE/imagescans/NAME/report, or /sbom';
    return { status: 404, message };
  }
  if (method !== 'GET')
    return { status: 405, message: 'a report can only be read: use GET', headers: { allow: 'GET' } };
  const parameters = new URLSearchParams(query.join('?'));
  if (what === 'sbom') return readSbomRequest({ namespace, name }, parameters);
  const format = parameters.get('format') ?? 'json';
  if (!isFormat(format)) {
    return { status: 406, message: `the format is unknown: use one of ${REPORT_FORMATS.join(', ')}` };
  }
  const width = readWidth(parameters.get('width'));
  if (Number.isNaN(width))
    return { status: 400, message: `width must be a whole number from ${MIN_WIDTH} to ${MAX_WIDTH}` };
  return { namespace, name, format, width };
};

/** What a client sends to say who it is. */
export interface Credential {
  readonly token: string;
  /** That the token must be for; absent: the API server's own. */
  readonly audience?: string;
}

/**
 * The token of a request; undefined: there is none, or more than one. No other header says who the client is: anybody can
 * send any header, through the API server's proxy too.
 */
export const credentialOf = (headers: IncomingHttpHeaders): Credential | undefined => {
  const { [REPORT_TOKEN_HEADER]: own, authorization } = headers;
  if (own === undefined) {
    const token = BEARER.exec(authorization ?? '')?.groups?.token;
    return token === undefined ? undefined : { token };
  }
  if (authorization !== undefined || typeof own !== 'string' || !TOKEN.test(own)) return undefined;
  return { token: own, audience: REPORT_AUDIENCE };
};
