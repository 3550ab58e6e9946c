import { setTimeout } from 'node:timers/promises';
import { fetch, type Response } from 'undici';
import { fromJsonReport } from '../../scan/report/format/from-json.ts';
import { printable } from '../../text/printable.ts';
import { readBounded } from '../../text/read-bounded.ts';
import { InputError, UsageError } from '../errors.ts';
import type { ScanKey } from './scan-key.ts';
import { NoReport, type ReportSource } from './source.ts';

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 2 ** 20;
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

type Query = Readonly<Record<string, string>>;

/** A running operator. */
export interface Operator {
  readonly server: URL;
  readonly token: string;
}

/** Below the path of the server, which may stand behind a proxy. */
const addressOf = (server: URL, { namespace, name }: ScanKey, what: 'report' | 'sbom', query: Query): URL => {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}/namespaces/${namespace}/imagescans/${name}/${what}`;
  url.search = new URLSearchParams(query).toString();
  return url;
};

/** Answers about this ImageScan alone. */
const NO_REPORT = [403, 404];

const responseError = (server: URL, { status, headers }: Response, text: string): InputError => {
  const said = headers.get('content-type')?.startsWith('text/plain') ? printable(text, MAX_MESSAGE) : '';
  const why = said || 'the response is not from an operator: pass the address of its report endpoint';
  const problems = [`${server.origin}: HTTP ${status}: ${why}`];
  return said !== '' && NO_REPORT.includes(status) ? new NoReport(problems) : new InputError(problems);
};

const TOO_MANY_REQUESTS = 429;
/** The operator limits how often it checks rights. */
const MOST_WAITS = 30;
const LONGEST_WAIT_SECONDS = 10;

/** Asks again when the operator says when to. */
const ask = async (url: URL, token: string): Promise<Response> => {
  for (let waits = 0; ; waits += 1) {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      // The token is for this server alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    if (response.status !== TOO_MANY_REQUESTS || waits === MOST_WAITS || !(seconds <= LONGEST_WAIT_SECONDS)) {
      return response;
    }
    await response.body?.cancel();
    await setTimeout(seconds * 1000);
  }
};

/** Asks a running operator. @throws InputError */
export const fromServer = async <T>(
  { server, token }: Operator,
  scan: ScanKey,
  what: 'report' | 'sbom',
  query: Query,
  read: (text: string) => T,
): Promise<T> => {
  try {
    const response = await ask(addressOf(server, scan, what, query), token);
    const bytes = await readBounded(response.body ?? [], MAX_BYTES);
    if (bytes === undefined) throw new Error(`the response is larger than ${MAX_BYTES / 2 ** 20} MiB`);
    const text = bytes.toString();
    if (response.status !== 200) throw responseError(server, response, text);
    return read(text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new InputError([
      `${server.origin}: no ${what === 'report' ? 'report' : 'SBOM'} (${why}): check that an operator serves reports at this address, as after kubectl port-forward -n palisade-system deploy/palisade 8082`,
    ]);
  }
};

/** The reports of a running operator. @param list the ImageScans of the cluster */
export const reportsOfServer = (operator: Operator, list: ReportSource['list']): ReportSource => ({
  list,
  read: (scan) => fromServer(operator, scan, 'report', { format: 'json' }, fromJsonReport),
});
