import { fetch, type Response } from 'undici';
import type { ReportFormat } from '../../scan/report/format/formats.ts';
import { printable, printableLines } from '../../text/printable.ts';
import { readBounded } from '../../text/read-bounded.ts';
import { InputError, UsageError } from '../errors.ts';
import type { ScanKey } from './scan-key.ts';

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

/** Below the path of the server, which may stand behind a proxy. */
const addressOf = (server: URL, { namespace, name }: ScanKey, format: ReportFormat, width: number): URL => {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}/namespaces/${namespace}/imagescans/${name}/report`;
  url.search = new URLSearchParams({
    format,
    ...(Number.isFinite(width) && { width: String(Math.min(1000, Math.max(20, width))) }),
  }).toString();
  return url;
};

const responseError = (server: URL, { status, headers }: Response, text: string): InputError => {
  const said = headers.get('content-type')?.startsWith('text/plain') ? printable(text, MAX_MESSAGE) : '';
  const why = said || 'the response is not from an operator: pass the address of its report endpoint';
  return new InputError([`${server.origin}: HTTP ${status}: ${why}`]);
};

/** The report of an ImageScan as a running operator renders it. @throws InputError */
export const reportFromServer = async (
  server: URL,
  token: string,
  scan: ScanKey,
  { format, width }: { format: ReportFormat; width: number },
): Promise<string> => {
  try {
    const response = await fetch(addressOf(server, scan, format, width), {
      headers: { authorization: `Bearer ${token}` },
      // The token is for this server alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const bytes = await readBounded(response.body ?? [], MAX_BYTES);
    if (bytes === undefined) throw new Error(`the response is larger than ${MAX_BYTES / 2 ** 20} MiB`);
    const text = bytes.toString();
    if (response.status !== 200) throw responseError(server, response, text);
    return printableLines(text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new InputError([
      `${server.origin}: no report (${why}): check that an operator serves reports at this address, as after kubectl port-forward -n palisade-system deploy/palisade 8082`,
    ]);
  }
};
