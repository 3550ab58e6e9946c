import {
  type Finding,
  findCondition,
  sameStatus as sameConditionedStatus,
  toConditions,
} from '../../../api/conditions.ts';
import type {
  ExceptionRow,
  FindingRow,
  ImageRow,
  ImageScan,
  ScanException,
  ScanSpec,
  ScanStatus,
  ScanSummary,
} from '../../../api/imagescan.ts';
import { describeUnsupported } from '../../../api/unsupported.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import { rfc3339 } from '../../../text/rfc3339.ts';
import type { ImageView, ViewedFinding } from '../evaluation/evaluation.ts';
import type { ImageLook, Look } from '../observation.ts';
import { fitted } from './truncate.ts';

const OUR_CONDITIONS = ['Ready', 'Compliant', 'Fresh', 'Reconciling', 'Stalled'];

/** The schema's bounds. */
const MAX_IMAGES = 50;
const MAX_FINDINGS = 50;
const MAX_ADVICE = 10;
/** Less than the schema allows: longer ones nobody reads. */
const MAX_MESSAGE = 4_096;
/** How many images a message names. */
const NAMED = 5;
const MAX_NAME = 200;

const SEVERITIES = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const views = ({ images }: Look): ImageView[] => images.flatMap(({ view }) => view ?? []);

const named = (images: readonly ImageLook[]): string => {
  const names = images.slice(0, NAMED).map(({ reference }) => printable(reference, MAX_NAME));
  return names.join(', ') + (images.length > NAMED ? ` and ${images.length - NAMED} more` : '');
};

/** The first of several messages, which are often alike, and how many more there are. */
const cutOff = (messages: readonly string[]): string => {
  const all = [...new Set(messages)];
  return all.slice(0, NAMED).join('. ') + (all.length > NAMED ? `. And ${all.length - NAMED} more` : '');
};

const stateOf = ({ view, failure }: ImageLook): ImageRow['state'] => {
  if (failure !== undefined) return 'Failed';
  return view === undefined ? 'Pending' : 'Scanned';
};

const summarise = (look: Look): ScanSummary => {
  const seen = views(look);
  const state = (wanted: ImageRow['state']): number => look.images.filter((image) => stateOf(image) === wanted).length;
  const found = (severity: (typeof SEVERITIES)[number]): number => sum(seen.map(({ counts }) => counts[severity]));
  return {
    images: look.images.length,
    scanned: seen.length,
    pending: state('Pending'),
    failed: state('Failed'),
    critical: found('Critical'),
    high: found('High'),
    medium: found('Medium'),
    low: found('Low'),
    unknown: found('Unknown'),
    fixable: sum(seen.map(({ fixable }) => fixable)),
    new: sum(seen.map((view) => view.new)),
    suppressed: sum(seen.map(({ suppressed }) => suppressed)),
  };
};

/** Compares by severity, then by what the key says. */
const gravest = (a: readonly number[], b: readonly number[]): number => {
  const i = a.findIndex((count, at) => count !== b[at]);
  return i < 0 ? 0 : (b[i] ?? 0) - (a[i] ?? 0);
};

const rank = ({ failure, view }: ImageLook): number[] => [
  failure === undefined ? 0 : 1,
  ...SEVERITIES.map((severity) => view?.counts[severity] ?? 0),
];

const sortedImages = (images: readonly ImageLook[]): ImageLook[] => {
  const key = ({ reference, digest = '', platform }: ImageLook): string => `${reference} ${digest} ${platform}`;
  return images.toSorted((a, b) => gravest(rank(a), rank(b)) || (key(a) < key(b) ? -1 : 1));
};

const adviceOf = ({ advice, adviceOmitted }: ImageView): Pick<ImageRow, 'advice' | 'adviceOmitted'> => {
  const omitted = adviceOmitted + Math.max(0, advice.length - MAX_ADVICE);
  return {
    ...(advice.length > 0 && { advice: advice.slice(0, MAX_ADVICE).map((line) => printable(line, 512)) }),
    ...(omitted > 0 && { adviceOmitted: omitted }),
  };
};

const toFigures = (view: ImageView): Partial<ImageRow> => ({
  scannedAt: view.scannedAt,
  critical: view.counts.Critical,
  high: view.counts.High,
  medium: view.counts.Medium,
  low: view.counts.Low,
  unknown: view.counts.Unknown,
  fixable: view.fixable,
  suppressed: view.suppressed,
  ...(view.os !== undefined && { os: printable(view.os, 128) }),
  ...(view.endOfLife && { endOfLife: true }),
  ...(view.oldestFixableAt !== undefined && { oldestFixableAt: view.oldestFixableAt }),
  ...adviceOf(view),
});

const toImageRow = (image: ImageLook): ImageRow => ({
  image: printable(image.reference, 1024),
  ...(image.digest !== undefined && { digest: image.digest }),
  platform: printable(image.platform, 64),
  pods: image.pods,
  state: stateOf(image),
  ...(image.failure && { reason: image.failure.reason, message: printable(image.failure.message, 1024) }),
  ...(image.view && toFigures(image.view)),
});

interface SpreadFinding {
  readonly finding: ViewedFinding;
  firstSeenAt: string;
  images: number;
  /** The last of them. */
  image: ImageView;
}

/** The same finding in several images is one row; it is known since it was first seen in one of them. */
const spread = (seen: readonly ImageView[]): SpreadFinding[] => {
  const found = new Map<string, SpreadFinding>();
  for (const image of seen) {
    for (const finding of image.findings) {
      const { id, package: name, installed, firstSeenAt } = finding;
      // There may be hundreds of thousands, and this is done at each look: hence no JSON and no copies.
      const key = `${id}\n${name}\n${installed}`;
      const known = found.get(key);
      if (known === undefined) {
        found.set(key, { finding, firstSeenAt, images: 1, image });
        continue;
      }
      if (firstSeenAt < known.firstSeenAt) known.firstSeenAt = firstSeenAt;
      if (known.image !== image) known.images += 1;
      known.image = image;
    }
  }
  return [...found.values()];
};

const findingRank = ({ finding: { severity, fixed } }: SpreadFinding): number =>
  2 * SEVERITIES.indexOf(severity) + (fixed === '' ? 1 : 0);

const findingKey = ({ finding: { id, package: name, installed } }: SpreadFinding): string =>
  [id, name, installed].join(' ');

/** The gravest, and of these first those that can be fixed. Most of the others are never put in order. */
const gravestFindings = (found: readonly SpreadFinding[], most: number): SpreadFinding[] => {
  const groups = [...Map.groupBy(found, findingRank)].sort(([a], [b]) => a - b);
  let gravest: SpreadFinding[] = [];
  for (const [, group] of groups) {
    if (gravest.length >= most) break;
    gravest = [...gravest, ...group.sort((a, b) => (findingKey(a) < findingKey(b) ? -1 : 1))];
  }
  return gravest.slice(0, most);
};

const toFindingRow = ({ finding, images, firstSeenAt }: SpreadFinding): FindingRow => {
  const { id, package: name, installed, fixed, severity, title } = finding;
  return {
    id: printable(id, 64),
    package: printable(name, 256),
    installed: printable(installed, 128),
    ...(fixed !== '' && { fixed: printable(fixed, 256) }),
    severity,
    images,
    firstSeenAt,
    ...(title !== undefined && { title: printable(title, 256) }),
  };
};

const toExceptionRow = (exception: ScanException, findings: number, now: number): ExceptionRow => {
  const { id, package: name, image, status, justification, expiresAt } = exception;
  return {
    id,
    ...(name !== undefined && { package: name }),
    ...(image !== undefined && { image }),
    status,
    ...(justification !== undefined && { justification }),
    findings,
    ...(expiresAt !== undefined && { expiresAt, expired: Date.parse(expiresAt) <= now }),
  };
};

const lists = (spec: ScanSpec, look: Look, now: number): Partial<ScanStatus> => {
  const seen = views(look);
  const findings = spread(seen);
  const { exceptions = [] } = spec;
  const hits = (i: number): number => sum(seen.map(({ exceptionHits }) => exceptionHits[i] ?? 0));
  return {
    ...(look.images.length > 0 && { images: sortedImages(look.images).slice(0, MAX_IMAGES).map(toImageRow) }),
    ...(look.images.length > MAX_IMAGES && { imagesOmitted: look.images.length - MAX_IMAGES }),
    ...(findings.length > 0 && { findings: gravestFindings(findings, MAX_FINDINGS).map(toFindingRow) }),
    ...(findings.length > MAX_FINDINGS && { findingsOmitted: findings.length - MAX_FINDINGS }),
    ...(exceptions.length > 0 && { exceptions: exceptions.map((e, i) => toExceptionRow(e, hits(i), now)) }),
  };
};

const ready = ({ images, stalled }: Look): Finding => {
  const finding = (status: Finding['status'], reason: string, message: string): Finding => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  const [first] = stalled;
  if (first !== undefined) return finding('False', first.reason, stalled.map(({ message }) => message).join('. '));
  const failed = images.filter(({ failure }) => failure !== undefined);
  const [failure] = failed.flatMap((image) => image.failure ?? []);
  if (failure !== undefined) {
    const what = `${plural(failed.length, 'image')} of ${images.length} could not be scanned`;
    return finding(
      'False',
      failure.reason,
      `${what}: ${cutOff(failed.map((image) => printable(image.failure?.message ?? '', 1024)))}`,
    );
  }
  const pending = images.filter(({ view }) => view === undefined);
  if (pending.length > 0) {
    return finding(
      'False',
      'Scanning',
      `${plural(pending.length, 'image')} of ${images.length} not scanned yet: ${named(pending)}`,
    );
  }
  if (images.length === 0)
    return finding('True', 'NoImages', 'no pod that spec.target selects runs, and target.images names no image');
  return finding('True', 'Scanned', `${plural(images.length, 'image')} scanned`);
};

const compliant = ({ failOn = 'Critical' }: ScanSpec, { images, madeAgain }: Look, before?: Finding): Finding => {
  const finding = (status: Finding['status'], reason: string, message: string): Finding => ({
    type: 'Compliant',
    status,
    reason,
    message,
  });
  const bad = images.filter(({ view }) => (view?.blocking ?? 0) > 0);
  if (bad.length > 0) {
    const count = sum(bad.map(({ view }) => view?.blocking ?? 0));
    const what = `${plural(count, 'finding')} of severity ${failOn} or above in ${plural(bad.length, 'image')}`;
    return finding('False', 'BlockingFindings', `${what}: ${named(bad)}; status.images has what to upgrade`);
  }
  const unseen = images.filter(({ view }) => view === undefined);
  if (madeAgain && before !== undefined) return before;
  if (unseen.length > 0)
    return finding('Unknown', 'NotScanned', `${plural(unseen.length, 'image')} without a result: ${named(unseen)}`);
  const what = failOn === 'None' ? 'failOn is None: no finding counts' : `no finding of severity ${failOn} or above`;
  return finding('True', 'NoBlockingFindings', what);
};

const fresh = ({ images, database, databaseOld, madeAgain }: Look): Finding => {
  const finding = (status: Finding['status'], reason: string, message: string): Finding => ({
    type: 'Fresh',
    status,
    reason,
    message,
  });
  const withResult = images.filter(({ view }) => view !== undefined);
  if (madeAgain) {
    const what = `${withResult.length} of ${plural(images.length, 'image')} scanned anew`;
    return finding('False', 'Scanning', `the figures are of before, since the report store has lost them: ${what}`);
  }
  const old = withResult.filter(({ outdated, failure }) => outdated || failure !== undefined);
  const [oldest] = old.flatMap(({ view }) => view?.scannedAt ?? []).sort();
  if (oldest !== undefined) {
    const failing = old.some(({ failure }) => failure !== undefined);
    const what = `${plural(old.length, 'result')} of ${withResult.length} of an earlier scan, the oldest of ${oldest}: ${named(old)}`;
    return finding('False', failing ? 'ScanFailed' : 'Scanning', what);
  }
  if (databaseOld) {
    const cure = "look at the operator's log: --trivy-db-repository cannot be reached, or holds nothing newer";
    return finding('False', 'DatabaseOld', `the vulnerability database is of ${database}: ${cure}`);
  }
  if (images.length === 0) return finding('True', 'NoImages', 'there is no image, and no result that could be old');
  if (withResult.length === 0) return finding('Unknown', 'NotScanned', 'there is no result yet');
  return finding('True', 'UpToDate', `every result is of the vulnerability database of ${database}`);
};

/** kstatus: Reconciling and Stalled are there only while true. */
const progress = ({ images, stalled }: Look): Finding[] => {
  const stuck = images.filter(({ failure }) => failure !== undefined && !failure.retries);
  const causes = [...stalled, ...stuck.flatMap(({ failure }) => failure ?? [])];
  const [first] = causes;
  if (first !== undefined) {
    return [{ type: 'Stalled', status: 'True', reason: first.reason, message: cutOff(causes.map((c) => c.message)) }];
  }
  const open = images.filter(({ view, outdated, failure }) => view === undefined || outdated || failure !== undefined);
  if (open.length === 0) return [];
  const message = `${plural(open.length, 'image')} of ${images.length} to scan: ${named(open)}`;
  return [{ type: 'Reconciling', status: 'True', reason: 'Scanning', message }];
};

/** Of a time that has not come all that is known is that it was before now: some clock was wrong. */
const latest = (times: readonly string[], now: number): string | undefined => {
  const past = times.filter((time) => Date.parse(time) <= now).sort();
  return past.at(-1) ?? (times.length > 0 ? rfc3339(now) : undefined);
};

/** The status of an ImageScan. Equal input gives an equal status, so that nothing is written twice. */
export const computeStatus = ({ metadata, spec, status }: ImageScan, look: Look, now: number): ScanStatus => {
  const before = findCondition(status?.conditions, 'Compliant');
  const findings = [ready(look), compliant(spec, look, before), fresh(look), ...progress(look)].map((f) => ({
    ...f,
    message: printable(f.message, MAX_MESSAGE),
  }));
  // The images that were scanned last may have gone since.
  const scanTimes = [...views(look).map(({ scannedAt }) => scannedAt), status?.lastScanTime ?? []].flat();
  const lastScanTime = latest(scanTimes, now);
  const { planned, next, handledRescan = status?.lastHandledRescanAt } = look;
  return fitted({
    observedGeneration: metadata.generation,
    conditions: toConditions(status?.conditions, findings, metadata.generation, new Date(now)),
    ...(handledRescan !== undefined && { lastHandledRescanAt: handledRescan }),
    ...(lastScanTime !== undefined && { lastScanTime }),
    ...(planned !== undefined && { lastScheduleTime: rfc3339(planned) }),
    ...(next !== undefined && { nextScanTime: rfc3339(next) }),
    ...(look.madeAgain ? figuresOf(status) : figures(spec, look, now)),
  });
};

const figures = (spec: ScanSpec, look: Look, now: number): Partial<ScanStatus> => ({
  ...(look.scanner !== undefined && {
    scanner: { ...look.scanner, ...(look.database !== undefined && { databaseUpdatedAt: look.database }) },
  }),
  summary: summarise(look),
  ...lists(spec, look, now),
});

/** What an earlier look found. */
const figuresOf = ({
  scanner,
  summary,
  images,
  imagesOmitted,
  findings,
  findingsOmitted,
  exceptions,
}: ScanStatus = {}) => ({
  ...(scanner && { scanner }),
  ...(summary && { summary }),
  ...(images && { images }),
  ...(imagesOmitted !== undefined && { imagesOmitted }),
  ...(findings && { findings }),
  ...(findingsOmitted !== undefined && { findingsOmitted }),
  ...(exceptions && { exceptions }),
});

/** The figures of before, and conditions that say that nobody looks. */
const unattended = ({ metadata, status = {} }: ImageScan, findings: readonly Finding[], now: number): ScanStatus => {
  const { nextScanTime: _, ...kept } = status;
  return {
    ...kept,
    observedGeneration: metadata.generation,
    conditions: toConditions(status.conditions, findings, metadata.generation, new Date(now)),
  };
};

const unknown = (reason: string, message: string): Finding[] =>
  ['Ready', 'Compliant', 'Fresh'].map((type): Finding => ({ type, status: 'Unknown', reason, message }));

/** A suspended ImageScan keeps its last figures. */
export const suspendedStatus = (scan: ImageScan, now: number): ScanStatus => {
  const figures = scan.status?.summary === undefined ? 'there are no figures yet' : 'the figures are of before';
  const message = `suspended: nothing is scanned, and ${figures}; set spec.suspend to false to go on`;
  return unattended(scan, unknown('Suspended', message), now);
};

/** There is no scanner that can be used. @param why with the cure */
export const withoutScannerStatus = (scan: ImageScan, why: string, now: number): ScanStatus =>
  stalledStatus(scan, 'ScannerMissing', why, now);

/** Something in the spec is not known to this release. */
export const unsupportedStatus = (scan: ImageScan, unsupported: readonly string[], now: number): ScanStatus =>
  stalledStatus(scan, 'UnsupportedSpec', cutOff([describeUnsupported(scan.kind, unsupported)]), now);

const stalledStatus = (scan: ImageScan, reason: string, why: string, now: number): ScanStatus => {
  const [ready, compliant, fresh] = unknown(reason, why) as [Finding, Finding, Finding];
  const before = findCondition(scan.status?.conditions, 'Compliant');
  const stalled: Finding = { type: 'Stalled', status: 'True', reason, message: why };
  // A finding that is known stays in the way.
  const known = before?.status === 'False' ? before : compliant;
  return unattended(scan, [{ ...ready, status: 'False' }, known, fresh, stalled], now);
};

export const sameStatus = (a: ScanStatus | undefined, b: ScanStatus): boolean =>
  sameConditionedStatus(a, b, OUR_CONDITIONS);
