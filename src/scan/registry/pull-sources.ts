import { type FailureReason, ScanError } from '../failure.ts';
import type { ImageSource } from '../scanner/scanner.ts';
import type { Pulled, PullRequest, RegistryClient } from './client.ts';

/** True of the image wherever it is, since its digest says what it is. */
const FINAL: readonly FailureReason[] = ['TooLarge', 'PlatformMismatch', 'Timeout'];

/** What is thrown when several sources failed: first what time alone may heal, then what most likely can be put right. */
const TELLING: readonly FailureReason[] = [
  'RateLimited',
  'DamagedImage',
  'Unauthorized',
  'ScannerFailed',
  'Unreachable',
  'NotFound',
  'NotAllowed',
];

const telling = ({ reason }: ScanError): number => TELLING.indexOf(reason);

/**
 * Pulls an image from the first source that gives it.
 * @param sources tried in this order; at least one
 * @throws ScanError of the source whose failure says most; the signal's reason when that ends it
 */
export const pullSources = async (
  client: Pick<RegistryClient, 'pull'>,
  sources: readonly ImageSource[],
  request: PullRequest,
  signal: AbortSignal,
): Promise<Pulled> => {
  const failures: ScanError[] = [];
  for (const source of sources) {
    try {
      return await client.pull(source, request, signal);
    } catch (error) {
      if (!(error instanceof ScanError) || FINAL.includes(error.reason) || signal.aborted) throw error;
      failures.push(error);
    }
  }
  const [first] = failures.sort((a, b) => telling(a) - telling(b));
  throw first ?? new ScanError('NotFound', `${request.image.digest} is nowhere to be pulled from: name a repository`);
};
