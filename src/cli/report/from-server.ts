import { fetch, type Response } from 'undici';
import { printable } from '../../text/printable.ts';
import { readBounded } from '../../text/read-bounded.ts';
import { InputError, UsageError } from '../errors.ts';
import {
  askUntilAnswered,
  DOCUMENTS,
  LONGEST_WAIT_SECONDS,
  MOST_BYTES,
  pathOf,
  type ReportEndpoint,
  TOO_MANY_REQUESTS,
} from './report-endpoint.ts';
import { NoReport } from './source.ts';

const TIMEOUT_MS = 60_000;
const MAX_MESSAGE = 500;

/** @throws UsageError */
export const parseServer = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(
      '--server: the value is not an HTTP URL without credentials: use a form such as http://127.0.0.1:8082',
    );
  }
  return url;
};

/** A running operator. */
interface Operator {
  readonly server: URL;
  readonly token: string;
}

/** Answers about this ImageScan alone. */
const NO_REPORT = [403, 404];

const responseError = (server: URL, { status, headers }: Response, text: string): InputError => {
  const said = headers.get('content-type')?.startsWith('text/plain') ? printable(text, MAX_MESSAGE) : '';
  const why = said || 'the response is not from an operator: pass the address of its report endpoint';
  const problems = [`${server.origin}: HTTP ${status}: ${why}`];
  return said !== '' && NO_REPORT.includes(status) ? new NoReport(problems) : new InputError(problems);
};

interface Answer {
  readonly response: Response;
  /** undefined: it has more than MOST_BYTES. */
  readonly body: Buffer | undefined;
}

const ask = async (url: URL, token: string): Promise<Answer> => {
  const response = await fetch(url, {
    // Between two large reports, the server closes an idle connection, and this process is too busy to notice.
    headers: { authorization: `Bearer ${token}`, connection: 'close' },
    // The token is for this server alone.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { response, body: await readBounded(response.body ?? [], MOST_BYTES) };
};

const waitOf = ({ response: { status, headers } }: Answer): number | undefined => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return status === TOO_MANY_REQUESTS && seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
};

/** The endpoint at a URL. */
export const endpointAt = ({ server, token }: Operator): ReportEndpoint => ({
  get: async (scan, kind, query) => {
    const url = new URL(server);
    // Below the path of the server, which may stand behind a proxy.
    url.pathname = server.pathname.replace(/\/$/, '') + pathOf(scan, kind);
    url.search = new URLSearchParams(query).toString();
    try {
      const { response, body } = await askUntilAnswered(() => ask(url, token), waitOf);
      if (body === undefined) throw new Error(`the response is larger than ${MOST_BYTES / 2 ** 20} MiB`);
      const text = body.toString();
      if (response.status !== 200) throw responseError(server, response, text);
      return text;
    } catch (error) {
      if (error instanceof InputError) throw error;
      const { message, cause } = error as Error;
      const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
      throw new InputError([
        `${server.origin}: no ${DOCUMENTS[kind]} (${why}): check that an operator serves reports at this address, as after kubectl port-forward to the pod of the leader, which Lease palisade names (docs/reports.md)`,
      ]);
    }
  },
});
