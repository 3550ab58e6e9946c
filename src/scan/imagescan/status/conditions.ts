import { type ConditionDraft, findCondition } from '../../../api/conditions.ts';
import type { ImageScan, ScanSpec } from '../../../api/imagescan.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import { describeBlocking } from '../../findings/compliance.ts';
import { unacceptedGaps } from '../../findings/coverage/coverage.ts';
import { kevProblem } from '../../findings/known-exploited.ts';
import { evaluationsOf, type Observation, type ObservedImage } from '../observation.ts';
import { CONDITIONS, type ConditionType, type InactiveReason, type ReasonOf } from './reasons.ts';

export const OUR_CONDITIONS = Object.keys(CONDITIONS);

/** Those that are always there, in the order in which they matter. */
const SHOWN = ['Ready', 'Compliant', 'Fresh'] as const;

/** Less than the schema allows: longer messages are not readable. */
const MAX_MESSAGE = 4_096;
/** How many images a message names. */
const NAMED = 5;
const MAX_NAME = 200;

const named = (images: readonly ObservedImage[]): string => {
  const names = images.slice(0, NAMED).map(({ reference }) => printable(reference, MAX_NAME));
  return names.join(', ') + (images.length > NAMED ? ` and ${images.length - NAMED} more` : '');
};

/** The first of several messages, which are often alike, and how many more there are. */
export const joinMessages = (messages: readonly string[]): string => {
  const all = [...new Set(messages)];
  return all.slice(0, NAMED).join('. ') + (all.length > NAMED ? `. And ${all.length - NAMED} more` : '');
};

const condition =
  <Type extends ConditionType>(type: Type) =>
  (status: ConditionDraft['status'], reason: ReasonOf<Type>, message: string): ConditionDraft => ({
    type,
    status,
    reason,
    message,
  });

const ready = ({ images, stalled }: Observation): ConditionDraft => {
  const is = condition('Ready');
  const [first] = stalled;
  if (first !== undefined) return is('False', first.reason, stalled.map(({ message }) => message).join('. '));
  // What a user must act on leads, as in Stalled.
  const failures = images
    .flatMap((image) => image.failure ?? [])
    .toSorted((a, b) => Number(a.retries) - Number(b.retries));
  const [failure] = failures;
  if (failure !== undefined) {
    const messages = failures.map(({ message }) => printable(message, 1024));
    const count = `${failures.length} of ${plural(images.length, 'image')} could not be scanned`;
    return is('False', failure.reason, `${count}: ${joinMessages(messages)}`);
  }
  const pending = images.filter(({ evaluation }) => evaluation === undefined);
  if (pending.length > 0) {
    const count = `${pending.length} of ${plural(images.length, 'image')} not scanned yet`;
    return is('False', 'Scanning', `${count}: ${named(pending)}`);
  }
  if (images.length > 0) return is('True', 'Scanned', `${plural(images.length, 'image')} scanned`);
  return is('True', 'NoImages', 'spec.target selects no running pod, and spec.target.images names no image');
};

/** Images with packages that were not looked at, and that the spec does not accept: each with the causes and the cures. */
const uncovered = ({ images }: Observation, spec: ScanSpec): string[] =>
  images.flatMap(({ reference, evaluation }) => {
    const gaps = evaluation === undefined ? [] : unacceptedGaps(evaluation.coverage, spec);
    if (gaps.length === 0) return [];
    return `${printable(reference, MAX_NAME)}: ${gaps.map(({ kind, message }) => `${kind}, ${message}`).join('; ')}`;
  });

const compliant = (spec: ScanSpec, observation: Observation, now: number, before?: ConditionDraft): ConditionDraft => {
  const is = condition('Compliant');
  const which = describeBlocking(spec);
  const { images, resultsLost } = observation;
  const blocked = images.filter(({ evaluation }) => (evaluation?.blocking ?? 0) > 0);
  if (blocked.length > 0) {
    const count = evaluationsOf(observation).reduce((sum, { blocking }) => sum + blocking, 0);
    const what = `${plural(count, 'finding')} ${which} in ${plural(blocked.length, 'image')}`;
    return is('False', 'BlockingFindings', `${what}: ${named(blocked)}; status.images lists what to upgrade`);
  }
  // Known findings keep blocking. That there are none is not kept: an image that was never scanned may have some.
  if (resultsLost && before?.status === 'False') return before;
  const pending = images.filter(({ evaluation }) => evaluation === undefined);
  if (pending.length > 0) {
    return is('Unknown', 'NotScanned', `${plural(pending.length, 'image')} without a scan result: ${named(pending)}`);
  }
  const unknown = uncovered(observation, spec);
  if (unknown.length > 0) {
    const what = `${plural(unknown.length, 'image')} with packages that were not looked at`;
    return is('Unknown', 'CoverageIncomplete', `${what}: ${joinMessages(unknown)}`);
  }
  const problem = spec.failOnKnownExploited === true ? kevProblem(observation.kev, now) : undefined;
  if (problem !== undefined) return is('Unknown', 'KnownExploitedUnknown', problem);
  const none = which === undefined ? 'failOn is None: no finding blocks' : `no finding ${which}`;
  return is('True', 'NoBlockingFindings', none);
};

const fresh = ({ images, databaseOld, resultsLost, ...observation }: Observation): ConditionDraft => {
  const { database, databaseProblem, databaseRepository } = observation;
  const is = condition('Fresh');
  const scanned = images.filter(({ evaluation }) => evaluation !== undefined);
  if (resultsLost) {
    const kept =
      'the report store lost earlier results; the status shows the last known values until all are scanned again';
    return is('False', 'Scanning', `${kept}: ${scanned.length} of ${plural(images.length, 'image')} done`);
  }
  const old = scanned.filter(({ outdated, failure }) => outdated || failure !== undefined);
  const [oldest] = old.flatMap(({ evaluation }) => evaluation?.scannedAt ?? []).sort();
  if (oldest !== undefined) {
    const failing = old.some(({ failure }) => failure !== undefined);
    const count = `${old.length} of ${plural(scanned.length, 'result')} outdated`;
    return is('False', failing ? 'ScanFailed' : 'Scanning', `${count}, the oldest from ${oldest}: ${named(old)}`);
  }
  if (databaseOld) {
    const source = databaseRepository ?? 'the Trivy server';
    const cause = databaseProblem ?? `the operator has found no newer one at ${source}: check that it is updated`;
    return is('False', 'DatabaseOld', `the vulnerability database is from ${database}: ${cause}`);
  }
  if (images.length === 0) return is('True', 'NoImages', 'there are no images, so no result is outdated');
  if (scanned.length === 0) return is('Unknown', 'NotScanned', 'no image has a scan result yet');
  return is('True', 'UpToDate', `every result is from the vulnerability database of ${database}`);
};

/** kstatus: Reconciling and Stalled are there only while true. */
const progress = ({ images, stalled }: Observation): ConditionDraft[] => {
  const stuck = images.filter(({ failure }) => failure !== undefined && !failure.retries);
  const causes = [...stalled, ...stuck.flatMap(({ failure }) => failure ?? [])];
  const [first] = causes;
  if (first !== undefined) {
    const message = joinMessages(causes.map((cause) => cause.message));
    // Failures that are not retried have these reasons only.
    return [condition('Stalled')('True', first.reason as ReasonOf<'Stalled'>, message)];
  }
  const open = images.filter(
    ({ evaluation, outdated, failure }) => evaluation === undefined || outdated || failure !== undefined,
  );
  if (open.length === 0) return [];
  const message = `${open.length} of ${plural(images.length, 'image')} to scan: ${named(open)}`;
  return [condition('Reconciling')('True', 'Scanning', message)];
};

/** The conditions of an ImageScan that is scanned. @param now milliseconds since 1970 */
export const conditionsOf = ({ spec, status }: ImageScan, observation: Observation, now: number): ConditionDraft[] => {
  const before = findCondition(status?.conditions, 'Compliant');
  const judged = compliant(spec, observation, now, before);
  const all = [ready(observation), judged, fresh(observation), ...progress(observation)];
  return all.map((one) => ({ ...one, message: printable(one.message, MAX_MESSAGE) }));
};

/** The reason that one column can show: of the first of Ready, Compliant and Fresh that is not True; of Ready when all are. */
export const shownReason = (conditions: readonly ConditionDraft[]): string | undefined => {
  const found = SHOWN.flatMap((wanted) => conditions.find(({ type }) => type === wanted) ?? []);
  return (found.find(({ status }) => status !== 'True') ?? found[0])?.reason;
};

const unknown = (reason: InactiveReason, message: string): ConditionDraft[] =>
  SHOWN.map((type) => condition(type)('Unknown', reason, message));

export const suspendedConditions = ({ status }: ImageScan): ConditionDraft[] => {
  const kept = status?.summary === undefined ? '' : 'Counts and findings stay. ';
  const message = `suspended: nothing is scanned. ${kept}Ready, Compliant and Fresh are Unknown. To resume, set spec.suspend to false`;
  return unknown('Suspended', message);
};

/** Nothing can be scanned until a user acts. @param message with the cure */
export const stalledConditions = (
  { status }: ImageScan,
  reason: Exclude<InactiveReason, 'Suspended'>,
  message: string,
): ConditionDraft[] => {
  const [ready, compliant, fresh] = unknown(reason, message) as [ConditionDraft, ConditionDraft, ConditionDraft];
  const before = findCondition(status?.conditions, 'Compliant');
  // Known findings keep blocking.
  const known = before?.status === 'False' ? before : compliant;
  return [{ ...ready, status: 'False' }, known, fresh, condition('Stalled')('True', reason, message)];
};
