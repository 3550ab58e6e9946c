import { type FailureReason, ScanError } from '../failure.ts';
import { printable } from '../registry/printable.ts';
import type { Ending } from './bounded-process.ts';
import type { ScanLimits } from './limits.ts';
import type { Excess } from './watchdog.ts';

/** A text of Trivy's that gives its failure away, and what it means for people. The first that fits counts. */
interface Pattern {
  readonly text: RegExp;
  readonly reason: FailureReason;
  readonly meaning: string;
}

// As Trivy 0.74.0 writes them, and the Go libraries that it uses; test/scan/scanner/failures.test.ts has whole texts.
const PATTERNS: readonly Pattern[] = [
  {
    text: /context deadline exceeded/,
    reason: 'Timeout',
    meaning: 'the scanner did not finish in time: a smaller image or a higher limit would help',
  },
  {
    text: /no space left on device/,
    reason: 'ScannerFailed',
    meaning: 'the disk of the work directory is full: give it more room',
  },
  {
    text: /cannot be specified on the first run|cannot be specified with the old DB schema|the version of DB schema doesn't match/,
    reason: 'DatabaseMissing',
    meaning: 'there is no vulnerability database that this scanner can read: it is downloaded anew',
  },
  {
    text: /vulnerability DB initialize|go\.etcd\.io\/bbolt/,
    reason: 'DatabaseMissing',
    meaning: 'the vulnerability database is damaged: it is downloaded anew',
  },
  {
    text: /failed to download vulnerability DB|Java DB update failed/,
    reason: 'DatabaseMissing',
    meaning: 'the vulnerability database could not be downloaded: is its repository right, and can it be reached?',
  },
  {
    text: /twirp error|failed to do request|rpc error/,
    reason: 'ScannerFailed',
    meaning: 'the Trivy server did not answer as it should: is its URL right, and is it running?',
  },
  {
    text: /failed to detect SBOM format|SBOM decode error|unable to decode .*SBOM|failed to decode: /,
    reason: 'ScannerFailed',
    meaning: 'the SBOM cannot be read: it is made anew with the next pull of the image',
  },
  {
    text: /gzip: invalid|flate: corrupt|zlib: invalid|unexpected EOF|archive\/tar: |magic number mismatch|invalid input: |unable to get uncompressed layer|unable to open .* as an OCI Image|failed to extract the archive/,
    reason: 'DamagedImage',
    meaning: 'a layer or its description is broken: build and push the image again',
  },
  {
    text: /out of memory|cannot allocate memory/,
    reason: 'TooLarge',
    meaning: 'the scanner has no memory left: a smaller image or more memory would help',
  },
];

const EXCESS: Record<Excess, (limits: ScanLimits) => readonly [FailureReason, string]> = {
  time: ({ timeMs }) => ['Timeout', `the scanner needs more than ${timeMs / 1000} s, the limit of one scan`],
  memory: ({ memoryBytes }) => ['TooLarge', `the scanner needs more memory than ${mebibytes(memoryBytes)}`],
  disk: ({ diskBytes }) => ['TooLarge', `the scanner needs more disk than ${mebibytes(diskBytes)}`],
};

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB, the limit of one scan`;

/**
 * The failure of a run of Trivy, or undefined: it has done its work.
 * @param what for people: what the run was about
 */
export function failureOf(what: string, ending: Ending, limits: ScanLimits): ScanError | undefined {
  if (ending.excess !== undefined) {
    const [reason, meaning] = EXCESS[ending.excess](limits);
    return new ScanError(reason, `${what}: ${meaning}`);
  }
  if (ending.exit === 0) return undefined;
  const found = PATTERNS.find(({ text }) => text.test(ending.stderr));
  const said = lastWords(ending.stderr);
  if (found !== undefined) return new ScanError(found.reason, `${what}: ${found.meaning}${said && ` (${said})`}`);
  const end = typeof ending.exit === 'number' ? `with exit status ${ending.exit}` : `by ${ending.exit}`;
  return new ScanError('ScannerFailed', `${what}: Trivy ended ${end}${said && `: ${said}`}`);
}

const MOST_WORDS = 200;

/** The end of Trivy's chain of causes, in one line that can be shown: it may quote names from a hostile image. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal =
    lines.find((line) => /\bFATAL\b|^panic: |^fatal error: |^unexpected fault /.test(line)) ?? lines.at(-1) ?? '';
  const words = fatal.replace(/^\S+\s+FATAL\s+(Fatal error|Error)?\s*/, '');
  // The end says most.
  return printable(words.slice(-MOST_WORDS));
}
