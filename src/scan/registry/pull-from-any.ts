import { monotonicClock } from '../../kube/clock.ts';
import type { ImageSource } from '../image.ts';
import { type FailureReason, ScanError } from '../scan-error.ts';
import type { Pulled, PullRequest, RegistryClient } from './client.ts';

/** True of the image wherever it is, since its digest determines its content. A hostile source can provoke any other. */
const FINAL: readonly FailureReason[] = ['PlatformMismatch', 'AmbiguousIndex'];

/** Order in which failures of several sources are thrown: those that pass with time, then those that a user can correct. */
const TELLING: readonly FailureReason[] = [
  'RateLimited',
  'Timeout',
  'TooLarge',
  'DamagedImage',
  'Unauthorized',
  'ScannerFailed',
  'Unreachable',
  'NotFound',
  'NotAllowed',
];

const telling = ({ reason }: ScanError): number => TELLING.indexOf(reason);

/**
 * Pulls an image from the first source that gives it. Each may take half of the time that is left, the last one all of
 * it: sources come from several namespaces, and a slow one must not use up the time of the others.
 * @param sources tried in this order; at least one
 * @param timeMs for all of them together
 * @throws ScanError of the source whose failure is the most specific, of one that a pod names if there is one; the signal's reason when that ends it
 */
export const pullFromAny = async (
  client: Pick<RegistryClient, 'pull'>,
  sources: readonly ImageSource[],
  { timeMs, ...request }: PullRequest & { readonly timeMs: number },
  signal: AbortSignal,
): Promise<Pulled> => {
  const failures: { readonly source: ImageSource; readonly error: ScanError }[] = [];
  const end = monotonicClock.now() + timeMs;
  for (const [i, source] of sources.entries()) {
    const left = Math.max(0, end - monotonicClock.now());
    const share = i === sources.length - 1 ? left : left / 2;
    const bound = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(share))]);
    try {
      return await client.pull(source, request, bound);
    } catch (error) {
      if (!(error instanceof ScanError) || FINAL.includes(error.reason) || signal.aborted) throw error;
      failures.push({ source, error });
    }
  }
  const named = failures.filter(({ source }) => source.reported !== true);
  const [first] = (named.length > 0 ? named : failures).sort((a, b) => telling(a.error) - telling(b.error));
  throw first?.error ?? new ScanError('NotFound', `${request.image.digest} has no repository to pull from: name one`);
};
