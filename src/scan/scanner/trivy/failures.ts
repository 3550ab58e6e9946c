import { printableAscii } from '../../../text/printable.ts';
import { type FailureReason, ScanError } from '../../scan-error.ts';
import type { ExitResult } from '../process/bounded-process.ts';
import type { ScanLimits } from '../process/limits.ts';
import type { ExceededLimit } from '../process/watchdog.ts';

/** A text in Trivy's output that identifies a failure, and its meaning for users. The first that matches counts. */
interface Pattern {
  readonly text: RegExp;
  readonly reason: FailureReason;
  readonly meaning: string;
}

// As Trivy 0.74.0 ends its chain of causes, or some library below it; names from the image stand before that.
const PATTERNS: readonly Pattern[] = [
  {
    text: /: context deadline exceeded$/m,
    reason: 'Timeout',
    meaning: 'the scanner did not finish in time: make the image smaller, or allow more time',
  },
  {
    text: /: no space left on device$/m,
    reason: 'ScannerFailed',
    meaning: 'the disk of the work directory is full: give it more room',
  },
  {
    text: /Unable to initialize the Java DB: /,
    reason: 'ScannerFailed',
    meaning: 'its index of jars is gone from the work directory: restart the operator',
  },
  {
    text: /cannot be specified on the first run$|cannot be specified with the old DB schema\. |the version of DB schema doesn't match\. /m,
    reason: 'DatabaseMissing',
    meaning: 'there is no vulnerability database that this scanner can read',
  },
  {
    text: /error in vulnerability DB initialize: |go\.etcd\.io\/bbolt/,
    reason: 'DatabaseMissing',
    meaning: 'the vulnerability database is damaged',
  },
  {
    text: /twirp error /,
    reason: 'ScannerFailed',
    meaning: 'the Trivy server gave an unexpected response: check --trivy-server and that the server runs',
  },
  {
    text: /failed to analyze layer \(|unable to open \S+ as an OCI Image: /,
    reason: 'DamagedImage',
    meaning: 'a layer or its description is broken: build and push the image again',
  },
  {
    text: /^fatal error: .*memory|^runtime: out of memory/m,
    reason: 'TooLarge',
    meaning: 'the scanner has no memory left: make the image smaller, or allow more memory',
  },
];

const EXCEEDED: Record<ExceededLimit, (limits: ScanLimits) => readonly [FailureReason, string]> = {
  time: ({ timeMs }) => ['Timeout', `the scanner needs more than ${timeMs / 1000} s, the limit of one scan`],
  memory: ({ memoryBytes }) => ['TooLarge', `the scanner needs more memory than ${mebibytes(memoryBytes)}`],
  disk: ({ diskBytes }) => ['TooLarge', `the scanner needs more disk than ${mebibytes(diskBytes)}`],
};

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB, the limit of one scan`;

/**
 * The failure of a run of Trivy, or undefined: it has done its work.
 * @param what the subject of the run, for messages
 */
export function failureOf(what: string, result: ExitResult, limits: ScanLimits): ScanError | undefined {
  if (result.exceeded !== undefined) {
    const [reason, meaning] = EXCEEDED[result.exceeded](limits);
    return new ScanError(reason, `${what}: ${meaning}`);
  }
  if (result.exit === 0) return undefined;
  if (result.exit === 'SIGKILL') {
    const meaning = 'the system killed the scanner, most likely because memory ran out: give the operator more memory';
    return new ScanError('TooLarge', `${what}: ${meaning}`);
  }
  const stderr = withoutDebugging(result.stderr);
  const found = PATTERNS.find(({ text }) => text.test(stderr));
  const said = lastWords(stderr);
  if (found !== undefined) return new ScanError(found.reason, `${what}: ${found.meaning}${said && ` (${said})`}`);
  const end = typeof result.exit === 'number' ? `with exit status ${result.exit}` : `by ${result.exit}`;
  return new ScanError('ScannerFailed', `${what}: Trivy ended ${end}${said && `: ${said}`}`);
}

const FRAME = /^ {4,}\S/;

/** At level debug, Trivy ends with its causes in a line each, between places in its code: one line again, as otherwise. */
function withoutDebugging(stderr: string): string {
  const at = stderr.search(/^\S+\tFATAL\t.*\n {2}- /m);
  if (at === -1) return stderr;
  const [head = '', ...causes] = stderr.slice(at).trimEnd().split('\n');
  const chain = causes.filter((line) => !FRAME.test(line)).map((line) => line.replace(/^ {2}- /, '').replace(/:$/, ''));
  return `${head}\t${chain.join(': ')}`;
}

const MOST_WORDS = 200;

/** The end of Trivy's chain of causes, in one line that can be shown: it may quote names from a hostile image. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal =
    lines.find((line) => /\bFATAL\b|^panic: |^fatal error: |^unexpected fault /.test(line)) ?? lines.at(-1) ?? '';
  let words = fatal.replace(/^\S+\s+FATAL\s+(Fatal error|Error)?\s*/, '');
  // The last causes say most.
  while (words.length > MOST_WORDS && words.includes(': ')) words = words.slice(words.indexOf(': ') + 2);
  return printableAscii(words);
}
