import { type ConditionInfo, type ReasonInfo, ready, reconciling, stalled } from '../../../api/reason.ts';
import { durationInWords } from '../../../text/duration-in-words.ts';
import { DATABASE_OLD_MS } from '../../database-version.ts';
import { FAILURE_REASONS, type FailureReason } from '../../scan-error.ts';
import { CREDENTIALS_RECHECK_MS } from '../durations.ts';

const DATABASE = 'let the operator reach --trivy-db-repository, or name a mirror there';

const FAILURES: Readonly<Record<FailureReason, ReasonInfo>> = {
  DatabaseMissing: reconciling('there is no vulnerability database yet', DATABASE),
  RateLimited: reconciling(
    'the registry asks clients to wait',
    'a pull secret: registries often allow accounts more requests',
  ),
  Unreachable: reconciling(
    'the registry does not answer, or not as a registry does',
    "check the registry, DNS, and the operator's NetworkPolicy",
  ),
  NotFound: reconciling(
    'the registry does not have the image. The ImageScan is Stalled only if the node reports no more than the ID of the image, or its reference is malformed',
    'push the image, or correct its name',
  ),
  Timeout: reconciling('the scan took longer than its limit', 'raise --scan-timeout, or make the image smaller'),
  ScannerFailed: reconciling('the scanner failed for another reason', 'as the message says'),
  Unauthorized: stalled(
    'the registry requires other credentials',
    `name a Secret in spec.pullSecrets; a changed Secret is read within ${durationInWords(CREDENTIALS_RECHECK_MS)}`,
  ),
  NotAllowed: stalled(
    'the operator may not connect to the registry, or to an address that it redirects to',
    'ask the administrator of Palisade to add it to --allowed-registries',
  ),
  PlatformMismatch: stalled('the image does not exist for the platform of the node', 'push it for that platform'),
  AmbiguousIndex: stalled(
    'container runtimes read the index of the image differently, so it is not known which image runs',
    'write each field once, and os, architecture and variant of every entry in lower case, or run the image by the digest of one manifest',
  ),
  DigestHidden: stalled(
    'the container runtime reports no digest of the image, and its tag may be another image now',
    'restart the pod, or run the image by digest',
  ),
  TooLarge: stalled(
    'the image needs more memory, disk or download than one scan may use',
    'make it smaller, or raise the limit that the message names',
  ),
  DamagedImage: stalled(
    'a layer is damaged, or content has another digest than its name or its configuration says',
    'build the image and push it again',
  ),
};

/** Errors in the spec, or in what it names. */
export const STALLS = {
  PullSecretUnreadable: stalled(
    'a Secret of spec.pullSecrets is missing or malformed, or the operator may not read it',
    'name the Secret in the Role of config/pull-secrets, and apply it with kubectl apply -n NAMESPACE -k config/pull-secrets',
  ),
  InvalidSchedule: stalled('the schedule never runs, or its time zone is unknown', 'correct the schedule'),
  InvalidException: stalled(
    'the image of an exception is malformed',
    'use a repository, registry/path/*, or repository@sha256:…',
  ),
} as const satisfies Record<string, ReasonInfo>;

export type StallReason = keyof typeof STALLS;

/** Every reason that a condition of an ImageScan can have. docs/reference is made from it. */
export const REASONS = {
  Scanned: ready('every image has a result'),
  NoBlockingFindings: ready(
    'no finding is of severity failOn or above, nor known to be exploited with failOnKnownExploited, and every package was looked at or is accepted',
  ),
  UpToDate: ready('every result is from the current vulnerability database and the last run of the schedule'),
  NoImages: ready('no selected pod runs, and target.images is empty, so no result can be missing or outdated'),
  BlockingFindings: ready(
    'findings of severity failOn or above count, or with failOnKnownExploited findings that are known to be exploited',
    'upgrade as status.images[].advice says, or add an exception',
  ),
  CoverageIncomplete: ready(
    'an image has packages that were not looked at, of a kind that spec.acceptUnknown does not accept',
    'as the message says, or add the kind to spec.acceptUnknown',
  ),
  KnownExploitedUnknown: ready(
    'failOnKnownExploited is true, and the operator has no KEV, or one of more than 30 days ago, so it is not known which vulnerabilities are exploited',
    'ask the administrator of Palisade to put the current known_exploited_vulnerabilities.json where --enrichment names it',
  ),
  NotScanned: ready('an image has no result, so its findings are not known', 'wait, or see Ready'),
  Suspended: ready(
    'not scanned while suspended: counts and findings stay, and Ready, Compliant and Fresh become Unknown',
    'set suspend: false',
  ),
  Scanning: reconciling('images wait for a scan, or for a scan with a newer database', 'wait'),
  ScanFailed: reconciling('an image could not be scanned again; its older result stays', 'see Ready'),
  DatabaseOld: reconciling(`the vulnerability database is older than ${durationInWords(DATABASE_OLD_MS)}`, DATABASE),
  ...FAILURES,
  ...STALLS,
  UnsupportedSpec: stalled(
    'the spec has a field or value of a newer release than the running operator, so nothing is scanned',
    'run the release that the CustomResourceDefinition is from, or remove the field',
  ),
  ScannerMissing: stalled(
    'the operator has no usable Trivy, or no usable report directory',
    'as the message says; then restart the operator',
  ),
} as const satisfies Record<string, ReasonInfo>;

export type Reason = keyof typeof REASONS;

const STALL_REASONS = Object.keys(STALLS) as StallReason[];

/** Of an ImageScan for which nothing is scanned. */
const INACTIVE = ['Suspended', 'UnsupportedSpec', 'ScannerMissing'] as const;
export type InactiveReason = (typeof INACTIVE)[number];

/** Of failures that are not retried. NotFound: the node reports only the ID of an image, or a reference is malformed. */
const NOT_RETRIED = [
  'Unauthorized',
  'NotAllowed',
  'PlatformMismatch',
  'AmbiguousIndex',
  'DigestHidden',
  'TooLarge',
  'DamagedImage',
  'NotFound',
] as const satisfies FailureReason[];

/** The conditions of an ImageScan, each with the reasons that it can have. docs/reference is made from it. */
export const CONDITIONS = {
  Ready: {
    meaning: 'every image has a result, and the last scan of none failed',
    reasons: ['Scanned', 'NoImages', 'Scanning', ...FAILURE_REASONS, ...STALL_REASONS, ...INACTIVE],
  },
  Compliant: {
    meaning:
      'no finding that counts reaches the severity failOn or, with failOnKnownExploited, is known to be exploited, and no package was left out that spec.acceptUnknown does not accept; also without any image',
    reasons: [
      'NoBlockingFindings',
      'BlockingFindings',
      'CoverageIncomplete',
      'KnownExploitedUnknown',
      'NotScanned',
      ...INACTIVE,
    ],
  },
  Fresh: {
    meaning:
      'every result is from the current vulnerability database and the last run of the schedule; also without any image, even if there is no database',
    reasons: ['UpToDate', 'NoImages', 'Scanning', 'ScanFailed', 'DatabaseOld', 'NotScanned', ...INACTIVE],
  },
  Reconciling: {
    meaning: 'images wait for a scan, and the operator continues without help; absent otherwise',
    reasons: ['Scanning'],
  },
  Stalled: {
    meaning: 'a user must act; absent otherwise',
    reasons: [...STALL_REASONS, ...NOT_RETRIED, 'UnsupportedSpec', 'ScannerMissing'],
  },
} as const satisfies Record<string, ConditionInfo<Reason>>;

export type ConditionType = keyof typeof CONDITIONS;
export type ReasonOf<Type extends ConditionType> = (typeof CONDITIONS)[Type]['reasons'][number];
