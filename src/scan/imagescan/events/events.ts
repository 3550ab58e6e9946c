import type { ScanException, ScanSpec } from '../../../api/imagescan.ts';
import type { Occurrence } from '../../../kube/record/event.ts';
import { printable } from '../../../text/printable.ts';
import { type Acceptance, describeBlocking } from '../../findings/compliance.ts';
import { unacceptedGaps } from '../../findings/coverage/coverage.ts';
import { kevProblem } from '../../findings/known-exploited.ts';
import type { ScanFailure } from '../../scan-error.ts';
import type { EmittedEvents, EmittedExpiry } from '../../store/scan-record.ts';
import { evaluationsOf, type Observation } from '../observation.ts';
import { criticalNews } from './critical-news.ts';
import { criticalName } from './emitted-events.ts';
import { EVENT_REASONS, type EventReason } from './event-reasons.ts';

/** An Event on the ImageScan, but for the ImageScan itself. */
type ScanEvent = Omit<Occurrence<EventReason>, 'regarding'>;

/** How many findings, images or exceptions one Event names. */
const NAMED = 10;

const MAX_NAME = 200;

/** The parts of the spec that Events are about. */
type Criteria = Pick<ScanSpec, 'failOn' | 'failOnKnownExploited' | 'acceptUnknown'>;

export interface Circumstances {
  readonly spec: Criteria;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Exceptions that expire within days. */
  readonly expiring: readonly ScanException[];
  readonly expired: readonly ScanException[];
  /** Which Events were emitted is no longer known: until every image has a result again, they are recorded but not emitted. */
  readonly lost?: boolean;
}

export interface ComputedEvents {
  readonly events: readonly ScanEvent[];
  /** To be recorded with them. */
  readonly emitted: EmittedEvents;
}

/** A missing database is not the fault of an image. */
const isOfImage = ({ reason }: ScanFailure): boolean => reason !== 'DatabaseMissing';

/** @param before those of images that were not tried yet still hold */
const failures = ({ images }: Observation, before: EmittedEvents['failures']): EmittedEvents['failures'] => {
  const found = images.flatMap(({ reference, evaluation, failure }) => {
    if (failure !== undefined && isOfImage(failure)) return [{ reference, reason: failure.reason }];
    return evaluation === undefined ? before.filter((emitted) => emitted.reference === reference) : [];
  });
  const byKey = new Map(found.map((failure) => [`${failure.reference}\t${failure.reason}`, failure]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, failure]) => failure);
};

/** undefined until every image has a result and all is known about it: an unknown compliance is no change. */
const compliance = (observation: Observation, { spec, now }: Circumstances): boolean | undefined => {
  const evaluations = evaluationsOf(observation);
  if (evaluations.some(({ blocking }) => blocking > 0)) return false;
  if (evaluations.some(({ coverage }) => unacceptedGaps(coverage, spec).length > 0)) return undefined;
  const { images, kev } = observation;
  if (spec.failOnKnownExploited === true && kevProblem(kev, now) !== undefined) return undefined;
  return images.length > 0 && evaluations.length === images.length ? true : undefined;
};

const expiries = (exceptions: readonly ScanException[]): EmittedExpiry[] =>
  exceptions.map(({ id, package: name = '', image = '', expiresAt = '' }) => ({
    exception: [id, name, image].join(' ').trim(),
    expiresAt,
  }));

const list = (names: readonly string[]): string => {
  const named = names.slice(0, NAMED).map((name) => printable(name, MAX_NAME));
  return named.join(', ') + (names.length > NAMED ? ` and ${names.length - NAMED} more` : '');
};

/** The note is the topic too: each is a fact of its own, and has its Event however many there are. */
const event = (reason: EventReason, note: string): ScanEvent => ({
  type: EVENT_REASONS[reason].type,
  reason,
  action: 'Scan',
  note,
  topic: note,
});

/** One for each image, or one for all when they are many. */
const failureEvents = (failed: EmittedEvents['failures'], { images }: Observation): ScanEvent[] => {
  if (failed.length > NAMED) {
    return [event('ScanFailed', `${failed.length} images: ${list(failed.map((f) => f.reference))}`)];
  }
  return failed.map(({ reference, reason }) => {
    const message = images.find((image) => image.reference === reference)?.failure?.message ?? '';
    return event('ScanFailed', `${reason}: ${message}`);
  });
};

/** One for each exception, or one for all when they are many. */
const expiredEvents = (expired: readonly EmittedExpiry[]): ScanEvent[] => {
  const make = (note: string): ScanEvent => event('ExceptionEnded', note);
  if (expired.length > NAMED) {
    const names = list(expired.map(({ exception }) => exception));
    return [make(`${expired.length} exceptions expired; their findings count again: ${names}`)];
  }
  return expired.map(({ exception, expiresAt }) =>
    make(`the exception for ${exception} expired at ${expiresAt}; its findings count again`),
  );
};

/** Whether each image was scanned or has failed. */
const isTried = ({ images }: Observation): boolean =>
  images.every(({ evaluation, failure }) => evaluation !== undefined || (failure !== undefined && isOfImage(failure)));

/**
 * Whether earlier results are lost and not every image has been scanned again.
 * @param emitted undefined: there is no record
 * @param hadResults by the status
 */
export const areResultsLost = (
  emitted: Pick<EmittedEvents, 'lost'> | undefined,
  hadResults: boolean,
  observation: Observation,
): boolean => (emitted === undefined ? hadResults : emitted.lost === true) && !isTried(observation);

/** Those that were not emitted before. */
const fresh = <T extends U, U>(now: readonly T[], before: readonly U[]): T[] => {
  const known = new Set(before.map((one) => JSON.stringify(one)));
  return now.filter((one) => !known.has(JSON.stringify(one)));
};

/** The Events that have not been emitted yet. @param news as criticalNews gives them */
export const computeEvents = (
  before: EmittedEvents,
  observation: Observation,
  circumstances: Circumstances,
  news = criticalNews(before.criticals, observation),
): ComputedEvents => {
  const { spec, expiring, expired, lost = false } = circumstances;
  const { found, fixed, criticals } = news;
  const isSilent = lost || before.lost === true;
  // While it is unknown, the last emitted one still holds.
  const compliant = compliance(observation, circumstances) ?? before.compliant;
  const stalled = observation.stalled.map(({ reason, message }) => ({ reason, message }));
  const emitted: EmittedEvents = {
    criticals,
    failures: failures(observation, before.failures),
    stalled,
    ...(compliant !== undefined && { compliant }),
    expiring: expiries(expiring),
    expired: expiries(expired),
    ...(isSilent && !isTried(observation) && { lost: true }),
  };
  if (isSilent) return { events: [], emitted };
  const events = [
    ...(found.length > 0 ? [event('NewCriticalFinding', list(found.map(criticalName)))] : []),
    ...(fixed.length > 0 ? [event('Fixed', `no longer found: ${list(fixed.map(criticalName))}`)] : []),
    ...failureEvents(fresh(emitted.failures, before.failures), observation),
    ...fresh(stalled, before.stalled).map(({ reason, message }) => event(reason, message)),
    ...(compliant === before.compliant ? [] : complianceEvents(compliant, spec)),
    ...fresh(emitted.expiring, before.expiring).map(({ exception, expiresAt }) => {
      const note = `the exception for ${exception} expires at ${expiresAt}; its findings count again from then on`;
      return event('ExceptionExpires', note);
    }),
    ...expiredEvents(fresh(emitted.expired, before.expired)),
  ];
  return { events, emitted };
};

const complianceEvents = (compliant: boolean | undefined, spec: Acceptance): ScanEvent[] => {
  if (compliant === undefined) return [];
  const which = describeBlocking(spec);
  if (compliant)
    return [event('Compliant', which === undefined ? 'failOn is None: no finding blocks' : `no finding ${which}`)];
  return [event('NotCompliant', `there are findings ${which}`)];
};

/** An Event as a line of the log, where a line has no reason before it. */
export const toLogMessage = ({ reason, note }: Pick<ScanEvent, 'reason' | 'note'>): string => {
  if (reason === 'NewCriticalFinding') return `found ${note}`;
  return reason === 'Compliant' ? `became compliant: ${note}` : note;
};
