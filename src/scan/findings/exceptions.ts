import type { ExceptionRow, ScanException } from '../../api/imagescan.ts';
import { compareText } from '../../text/compare-text.ts';
import { type Finding, idsOf, type KnownFinding } from './finding.ts';
import { type ImageName, type ImagePattern, matchesImage, readImagePattern } from './image-pattern.ts';
import { compareFindings } from './order.ts';

/** A finding with the exception that applies to it. */
export interface Judged {
  readonly finding: KnownFinding;
  /** false: an exception suppresses it. */
  readonly counted: boolean;
  /** The exception that decides: the object of spec.exceptions itself. An expired one only when no other is about it. */
  readonly exception?: ScanException;
  /** The exception has ended, so the finding is back. */
  readonly expired?: true;
}

const DAY_MS = 86_400_000;
export const EXCEPTION_NOTICE_MS = 7 * DAY_MS;

/** The more cautious first. */
export const STATUSES: readonly ScanException['status'][] = [
  'affected',
  'under_investigation',
  'fixed',
  'not_affected',
];

/** An exception as it is looked up. */
interface Rule {
  readonly exception: ScanException;
  readonly pattern?: ImagePattern;
}

/** Milliseconds since 1970. A malformed time has passed, so that a typing error hides no finding. */
const endOf = ({ expiresAt }: ScanException): number => {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const end = Date.parse(expiresAt);
  return Number.isNaN(end) ? Number.NEGATIVE_INFINITY : end;
};

export const isExpired = (exception: ScanException, now: number): boolean => endOf(exception) <= now;

/** Identifiers never differ only in case, and users write them in either. */
const idOf = ({ id }: { readonly id: string }): string => id.toLowerCase();

type Rules = ReadonlyMap<string, readonly Rule[]>;

/** The rules about any identifier of a finding's vulnerability, in the order in which they decide. */
const rulesAbout = (rules: Rules, finding: Finding): readonly Rule[] => {
  const ids = new Set(idsOf(finding).map((id) => id.toLowerCase()));
  const [first = [], ...others] = [...ids].flatMap((id) => [rules.get(id) ?? []]).filter(({ length }) => length > 0);
  return others.length === 0 ? first : [first, ...others].flat().sort(compareRules);
};

/** undefined: its image is malformed, so it matches none. */
const readRule = (exception: ScanException): Rule | undefined => {
  if (exception.image === undefined) return { exception };
  const pattern = readImagePattern(exception.image);
  return typeof pattern === 'string' ? undefined : { exception, pattern };
};

const precision = ({ pattern }: Rule): number => {
  if (pattern === undefined) return 0;
  if (pattern.digest !== undefined) return 3;
  return pattern.repository.endsWith('/*') ? 1 : 2;
};

/** The most particular first; of equals the most cautious, then the one that ends last. */
const compareRules = (a: Rule, b: Rule): number =>
  precision(b) - precision(a) ||
  (b.pattern?.repository.length ?? 0) - (a.pattern?.repository.length ?? 0) ||
  Number(b.exception.package !== undefined) - Number(a.exception.package !== undefined) ||
  STATUSES.indexOf(a.exception.status) - STATUSES.indexOf(b.exception.status) ||
  compareNumbers(endOf(b.exception), endOf(a.exception)) ||
  compareText(a.exception.justification ?? '', b.exception.justification ?? '');

// Infinity - Infinity is no number.
const compareNumbers = (a: number, b: number): number => (a === b ? 0 : a - b);

const rulesFor = (exceptions: readonly ScanException[], image: ImageName): Rules => {
  const rules = exceptions
    .map(readRule)
    .filter((rule) => rule !== undefined)
    .filter(({ pattern }) => pattern === undefined || matchesImage(pattern, image));
  return Map.groupBy(rules.sort(compareRules), ({ exception }) => idOf(exception));
};

const isAbout = ({ exception }: Rule, finding: Finding): boolean =>
  exception.package === undefined || exception.package === finding.package;

const isSuppressing = ({ status }: ScanException): boolean => status === 'not_affected' || status === 'fixed';

const judgeOne = (finding: KnownFinding, rules: readonly Rule[], now: number): Judged => {
  const about = rules.filter((rule) => isAbout(rule, finding)).map(({ exception }) => exception);
  const exception = about.find((one) => !isExpired(one, now));
  if (exception !== undefined) return { finding, counted: !isSuppressing(exception), exception };
  const [expired] = about;
  return { finding, counted: true, ...(expired && { exception: expired, expired: true }) };
};

/**
 * Which findings of an image count, and by which exception others do not. Sorted, the most severe first.
 * Of several exceptions the most particular decides: for a digest, a repository, repositories below a path, any image.
 * @param now milliseconds since 1970
 */
export const judge = (
  findings: readonly KnownFinding[],
  exceptions: readonly ScanException[],
  image: ImageName,
  now: number,
): Judged[] => {
  const rules = rulesFor(exceptions, image);
  return findings.toSorted(compareFindings).map((finding) => judgeOne(finding, rulesAbout(rules, finding), now));
};

/** The findings that count. */
export const countedOf = (judged: readonly Judged[]): KnownFinding[] =>
  judged.filter(({ counted }) => counted).map(({ finding }) => finding);

/** An image and its findings. */
interface FoundIn {
  readonly image: ImageName;
  readonly findings: readonly Finding[];
}

/**
 * The rows of exceptions, in their order, as the status shows them.
 * @param images a finding in two of them is counted twice
 */
export const exceptionRows = (
  exceptions: readonly ScanException[],
  images: readonly FoundIn[],
  now: number,
): ExceptionRow[] => {
  const counts = new Map<ScanException, number>();
  for (const { image, findings } of images) {
    const rules = rulesFor(exceptions, image);
    for (const finding of findings) {
      for (const rule of rulesAbout(rules, finding)) {
        if (isAbout(rule, finding)) counts.set(rule.exception, (counts.get(rule.exception) ?? 0) + 1);
      }
    }
  }
  return exceptions.map((exception) => ({
    ...exception,
    findings: counts.get(exception) ?? 0,
    ...(isExpired(exception, now) && { expired: true }),
  }));
};

/** Those that end within seven days. */
export const expiringSoon = (exceptions: readonly ScanException[], now: number): ScanException[] =>
  exceptions.filter((one) => endOf(one) > now && endOf(one) <= now + EXCEPTION_NOTICE_MS);

const nextAfter = (moments: readonly number[], now: number): number | undefined => {
  const next = moments.reduce((least, one) => (one > now && one < least ? one : least), Number.POSITIVE_INFINITY);
  return Number.isFinite(next) ? next : undefined;
};

/** The next moment at which `judge` answers otherwise, milliseconds since 1970; undefined: never. */
export const nextExpiry = (exceptions: readonly ScanException[], now: number): number | undefined =>
  nextAfter(exceptions.map(endOf), now);

/** The last moment at which `judge` began to answer as it does, milliseconds since 1970; undefined: it never did otherwise. */
export const lastExpiry = (exceptions: readonly ScanException[], now: number): number | undefined => {
  const last = exceptions
    .map(endOf)
    .reduce((most, end) => (end <= now && end > most ? end : most), Number.NEGATIVE_INFINITY);
  return Number.isFinite(last) ? last : undefined;
};

/** The next moment at which `expiringSoon` has one more, milliseconds since 1970; undefined: never. */
export const nextNotice = (exceptions: readonly ScanException[], now: number): number | undefined =>
  nextAfter(
    exceptions.map((one) => endOf(one) - EXCEPTION_NOTICE_MS),
    now,
  );

/** Problems of exceptions, each with object, cause and cure. Such an exception matches no image. */
export const exceptionProblems = (exceptions: readonly ScanException[]): string[] =>
  exceptions.flatMap(({ image }, index) => {
    const pattern = image === undefined ? undefined : readImagePattern(image);
    return typeof pattern === 'string' ? [`spec.exceptions[${index}].image ${JSON.stringify(image)} ${pattern}`] : [];
  });
