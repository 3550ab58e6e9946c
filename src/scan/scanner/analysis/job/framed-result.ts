import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { printable } from '../../../../text/printable.ts';
import { FAILURE_REASONS, ScanError } from '../../../scan-error.ts';

/**
 * The output of `palisade sbom -o analysis` in a pod's log: other lines may surround it, and it may be cut, since kubelet
 * rotates logs. So the length and the SHA-256 of an analysis precede its base64 lines.
 */
const BEGIN = 'palisade-analysis begin';
const END = 'palisade-analysis end';
const FAILURE = 'palisade-analysis failure ';

/** Container runtimes write longer lines in pieces of 16 KiB. */
const LINE_LENGTH = 8_000;
const MOST_MESSAGE_LENGTH = 2_000;
const HEADER = /^palisade-analysis begin bytes=(\d{1,10}) sha256=([0-9a-f]{64})$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Ends in a newline. */
export const frameAnalysis = (analysis: Buffer): string => {
  const text = gzipSync(analysis, { level: 9 }).toString('base64');
  const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  return [`${BEGIN} bytes=${analysis.length} sha256=${sha256(analysis)}`, ...lines, END, ''].join('\n');
};

/** Ends in a newline. */
export const frameFailure = ({ reason, message, retryAfterMs, registry }: ScanError): string =>
  `${FAILURE}${JSON.stringify({ reason, message, retryAfterMs, registry })}\n`;

/**
 * @param log of a container, with the lines of stderr among it
 * @param mostBytes of the analysis
 * @returns the analysis, or the reported failure; undefined without either
 * @throws Error that ends a sentence about the result: it was cut, or damaged
 */
export const readFramed = (log: string, mostBytes: number): Buffer | ScanError | undefined => {
  const lines = log.split(/\r?\n/);
  const failure = lines.findLast((line) => line.startsWith(FAILURE));
  if (failure !== undefined) return parseFailure(failure.slice(FAILURE.length));
  const begin = lines.findLastIndex((line) => line.startsWith(BEGIN));
  const end = lines.lastIndexOf(END);
  if (begin === -1 && end === -1) return undefined;
  if (begin === -1) throw new Error('has lost its beginning');
  if (end < begin) throw new Error('has lost its end');
  return parseAnalysis(lines[begin] ?? '', lines.slice(begin + 1, end), mostBytes);
};

const parseAnalysis = (header: string, lines: readonly string[], mostBytes: number): Buffer => {
  const [, length = '', digest] = HEADER.exec(header) ?? [];
  if (digest === undefined) throw new Error('has a damaged beginning');
  if (Number(length) > mostBytes) throw new Error(`says that it has ${length} bytes, more than ${mostBytes}`);
  const analysis = unzip(lines.filter((line) => BASE64.test(line)).join(''), Number(length));
  if (analysis?.length !== Number(length) || sha256(analysis) !== digest)
    throw new Error('is not what its checksum says');
  return analysis;
};

const unzip = (base64: string, length: number): Buffer | undefined => {
  try {
    return gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: Math.max(length, 1) });
  } catch {
    return undefined;
  }
};

const parseFailure = (text: string): ScanError => {
  let told: { reason?: unknown; message?: unknown; retryAfterMs?: unknown; registry?: unknown } | null;
  try {
    told = JSON.parse(text);
  } catch {
    throw new Error('has a damaged failure');
  }
  const reason = FAILURE_REASONS.find((one) => one === told?.reason);
  if (reason === undefined || typeof told?.message !== 'string') throw new Error('has a damaged failure');
  const message = printable(told.message, MOST_MESSAGE_LENGTH);
  const { retryAfterMs, registry } = told;
  return new ScanError(reason, message, {
    ...(typeof retryAfterMs === 'number' && retryAfterMs > 0 && { retryAfterMs }),
    ...(typeof registry === 'string' && { registry: printable(registry) }),
  });
};
