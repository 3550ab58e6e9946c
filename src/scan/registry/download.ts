import { type Clock, sleep } from '../../kube/clock.ts';
import { ScanError } from '../scan-error.ts';
import { checkLength, damaged, parts } from './content.ts';
import type { Descriptor } from './manifest.ts';
import { discard, type HttpAnswer } from './transport.ts';

/** Request headers. */
type Headers = Readonly<Record<string, string>>;

export interface DownloadOptions {
  /** Sends the request. @throws ScanError for a connection that fails */
  readonly ask: (headers: Headers) => Promise<HttpAnswer>;
  /** The error for an answer that has no content. */
  readonly errorOf: (answer: HttpAnswer) => Promise<ScanError>;
  readonly clock: Clock;
  /** Before the second try, milliseconds; doubled before each further one. */
  readonly retryMs: number;
  /** Names the content in messages. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Of one blob; each costs at most as much as the blob. */
const MOST_TRIES = 6;
const RESETS: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/;

/** The connection ended, or the server could not answer: another try may succeed. */
class Broken extends Error {
  readonly failure: ScanError;

  constructor(failure: ScanError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How much of a blob has arrived, and how to ask for the rest. */
class Progress {
  received = 0;
  /** false: the registry does not serve parts of blobs. */
  ranges = true;
  /** Of the first answer: content that has another is not the same. */
  etag: string | undefined;

  /** Of the next request. */
  get headers(): Headers {
    if (this.received === 0 || !this.ranges) return {};
    const strong = this.etag?.startsWith('"') ? { 'if-range': this.etag } : {};
    return { range: `bytes=${this.received}-`, ...strong };
  }
}

const isReset = ({ cause }: ScanError): boolean =>
  cause instanceof Error && RESETS.includes((cause as NodeJS.ErrnoException).code);

/** A failed connection is worth another try once a part has arrived; before that, only one that was cut. */
const asBroken = (error: unknown, { received }: Progress): unknown => {
  if (!(error instanceof ScanError) || error.reason !== 'Unreachable' || error.cause === undefined) return error;
  return received > 0 || isReset(error) ? new Broken(error) : error;
};

/** An answer to a request for the rest that is not the rest: from the next try on, the whole blob is requested. */
const withoutRanges = (answer: HttpAnswer, progress: Progress, what: string): Broken => {
  discard(answer);
  progress.ranges = false;
  return new Broken(
    new ScanError('Unreachable', `${what}: ${answer.url.host} does not serve the rest of a blob: check the registry`),
  );
};

/** What a part of the content is of it, as its header says. */
const rangeOf = (answer: HttpAnswer): { readonly start?: string; readonly end?: string; readonly total: string } => {
  const [, start, end, total = '*'] = CONTENT_RANGE.exec(answer.header('content-range') ?? '') ?? [];
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }), total };
};

/** Whether an answer that has ended may be less than was requested: a cut connection looks like its end, or it says so. */
const mayBeCut = (answer: HttpAnswer, { size }: Descriptor): boolean => {
  const { end } = rangeOf(answer);
  if (answer.status === 206 && end !== undefined && Number(end) < size - 1) return true;
  return answer.header('content-length') === undefined && answer.header('transfer-encoding') === undefined;
};

/** How many bytes at the beginning of an answer have arrived before. @throws Broken, ScanError */
const overlapOf = async (
  answer: HttpAnswer,
  progress: Progress,
  { size }: Descriptor,
  { what, errorOf }: DownloadOptions,
): Promise<number> => {
  if (answer.status === 200) {
    checkLength(answer, size, what);
    return progress.received;
  }
  if (progress.received === 0) throw await errorOf(answer);
  if (answer.status >= 500) throw new Broken(await errorOf(answer));
  if (answer.status === 416) throw withoutRanges(answer, progress, what);
  if (answer.status !== 206) throw await errorOf(answer);
  const { start, total } = rangeOf(answer);
  if (Number(start) !== progress.received || (total !== '*' && Number(total) !== size)) {
    throw withoutRanges(answer, progress, what);
  }
  return 0;
};

async function* once(
  progress: Progress,
  descriptor: Descriptor,
  options: DownloadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { ask, what, signal } = options;
  const answer = await ask(progress.headers);
  let overlap = await overlapOf(answer, progress, descriptor, options);
  progress.etag ??= answer.header('etag');
  for await (const part of parts(answer, what, signal)) {
    const fresh = part.subarray(Math.min(overlap, part.length));
    overlap -= part.length - fresh.length;
    progress.received += fresh.length;
    if (fresh.length > 0) yield fresh;
  }
  if (progress.received < descriptor.size && mayBeCut(answer, descriptor)) {
    throw new Broken(damaged(what, `should have ${descriptor.size} bytes and has ${progress.received}`));
  }
}

/**
 * The content of a descriptor in parts, not checked. A connection that breaks costs the rest of the blob: it is requested
 * by its range, or, of a registry that serves no ranges, the whole blob again without what has arrived.
 * @throws ScanError
 */
export async function* download(
  descriptor: Descriptor,
  options: DownloadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { clock, retryMs, signal } = options;
  const progress = new Progress();
  for (let tries = 1; ; tries += 1) {
    try {
      return yield* once(progress, descriptor, options);
    } catch (error) {
      signal.throwIfAborted();
      const broken = asBroken(error, progress);
      if (!(broken instanceof Broken)) throw broken;
      if (tries === MOST_TRIES) throw broken.failure;
    }
    await sleep(clock, retryMs * 2 ** (tries - 1), signal);
    signal.throwIfAborted();
  }
}
