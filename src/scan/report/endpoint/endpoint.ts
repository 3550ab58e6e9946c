import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { Logger } from 'pino';
import { IMAGE_SCAN } from '../../../api/group.ts';
import { type Clock, monotonicClock } from '../../../kube/clock.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import type { Access, AccessReviews } from '../../../kube/rest/access-reviews.ts';
import { classify } from '../../../kube/rest/errors.ts';
import { TooManyReviews } from '../../../kube/rest/review-limit.ts';
import { MEDIA_TYPES } from '../format/formats.ts';
import { ReportTooLarge } from '../read.ts';
import { SBOM_MEDIA_TYPES } from '../sbom-document.ts';
import { OpenAnswers } from './open-answers.ts';
import {
  type Credential,
  credentialOf,
  type Refusal,
  readReportRequest,
  type WantedReport,
  type WantedSbom,
} from './request.ts';

/** The source of reports. */
export interface Reports {
  /** Why reports are unavailable, with the cure; undefined: they are available. */
  unavailable(): string | undefined;
  /** undefined: the ImageScan does not exist, or has no record yet. @throws StoreError, ReportTooLarge */
  render(wanted: WantedReport): Promise<Buffer | undefined>;
  /** undefined: as render. @throws StoreError */
  sbom(wanted: WantedSbom): Promise<Buffer | Refusal | undefined>;
}

interface EndpointOptions {
  readonly access: Pick<AccessReviews, 'of'>;
  readonly reports: Reports;
  readonly log: Logger;
  /** Is never set. */
  readonly clock?: Pick<Clock, 'after'>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The connection of a slower client is closed. */
const ANSWER_MS = 120_000;
const BUSY = 'too many reports are being read: try again';
const RETRY = { 'retry-after': '5' };

const refuse = ({ status, message, headers }: Refusal): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: Buffer.from(`${message}\n`),
});

const unauthenticated = (problem: string, error?: 'invalid_token'): Answer => {
  const challenge = `Bearer realm="palisade"${error === undefined ? '' : `, error="${error}"`}`;
  return refuse({
    status: 401,
    message: `${problem}: send a token of this cluster (kubectl create token) in the header Authorization: Bearer TOKEN`,
    headers: { 'www-authenticate': challenge },
  });
};

const refusalOf = (access: Access, { namespace }: Wanted): Answer | undefined => {
  if (access === 'Unauthenticated') return unauthenticated('the API server does not know this token', 'invalid_token');
  if (access === 'Allowed') return undefined;
  return refuse({
    status: 403,
    message: `you may not read this report: ask for the ClusterRole view in namespace ${namespace}, or for a Role with get on imagescans/report of ${IMAGE_SCAN.group}`,
  });
};

type Wanted = WantedReport | WantedSbom;

const typeOf = (wanted: Wanted): string =>
  'image' in wanted ? SBOM_MEDIA_TYPES[wanted.format] : MEDIA_TYPES[wanted.format];

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  // The body is not read; it ends with the connection, however long it is.
  if (hasBody(response.req)) response.setHeader('connection', 'close');
  response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers });
  response.end(body);
};

/**
 * Serves `GET /namespaces/{namespace}/imagescans/{name}/report?format=…`, and `…/sbom?image=…&format=…`, to clients with
 * verb get on imagescans/report there, and nothing else. Clients without that right do not learn whether the ImageScan exists.
 */
export const reportEndpoint = ({ access, reports, log, clock = monotonicClock }: EndpointOptions): RequestListener => {
  const turns = new KeyedMutex();
  const open = new OpenAnswers();

  /** @returns a refusal, or undefined: it may be answered */
  const judge = async (
    wanted: Wanted,
    { token, audience }: Credential,
    { socket }: IncomingMessage,
  ): Promise<Answer | undefined> => {
    const { namespace, name } = wanted;
    const { group, plural: resource } = IMAGE_SCAN;
    try {
      const attributes = { verb: 'get', group, resource, subresource: 'report', namespace, name };
      return refusalOf(await access.of(token, attributes, socket.remoteAddress ?? '', audience), wanted);
    } catch (error) {
      if (error instanceof TooManyReviews) {
        const headers = { 'retry-after': String(error.retryAfterSeconds) };
        return refuse({ status: 429, message: error.message, headers });
      }
      // Not the error itself: the API server's answer to a TokenReview contains the token.
      log.warn({ failure: classify(error) }, 'the API server could not check who may read a report');
      return refuse({ status: 503, message: 'the API server could not check the token: try again', headers: RETRY });
    }
  };

  const make = async (wanted: Wanted): Promise<Answer> => {
    const { namespace, name } = wanted;
    const body = 'image' in wanted ? await reports.sbom(wanted) : await reports.render(wanted);
    if (body === undefined) {
      const message = `ImageScan ${namespace}/${name} does not exist, or the operator has not reconciled it yet. To list ImageScans, run kubectl get imagescans -n ${namespace}`;
      return refuse({ status: 404, message });
    }
    if (!Buffer.isBuffer(body)) return refuse(body);
    return { status: 200, headers: { 'content-type': typeOf(wanted) }, body };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Answer> => {
    const wanted = readReportRequest(request.method ?? '', request.url ?? '');
    if ('status' in wanted) return refuse(wanted);
    const credential = credentialOf(request.headers);
    if (credential === undefined) return unauthenticated('the request has no token');
    const refusal = await judge(wanted, credential, request);
    if (refusal !== undefined) return refusal;
    const unavailable = reports.unavailable();
    if (unavailable !== undefined) return refuse({ status: 503, message: unavailable, headers: RETRY });
    const place = open.open([`token ${credential.token}`, `namespace ${wanted.namespace}`]);
    if (place === undefined) return refuse({ status: 503, message: BUSY, headers: RETRY });
    const cancel = clock.after(ANSWER_MS, () => response.destroy());
    // Also called when the client is gone already.
    finished(response, () => {
      cancel();
      place.close();
    });
    return await turns.run('report', async () => {
      if (response.closed || open.isFull()) return refuse({ status: 503, message: BUSY, headers: RETRY });
      const answered = await make(wanted);
      place.grow(answered.body.length);
      return answered;
    });
  };

  return (request, response) => {
    answer(request, response).then(
      (answered) => send(response, answered),
      (err: unknown) => {
        if (err instanceof ReportTooLarge) return send(response, refuse({ status: 422, message: err.message }));
        log.error({ err }, 'a report could not be rendered');
        send(
          response,
          refuse({ status: 500, message: 'the report could not be rendered: see the log of the operator' }),
        );
      },
    );
  };
};
