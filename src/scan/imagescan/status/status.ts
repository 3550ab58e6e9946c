import { type ConditionDraft, sameStatus as sameConditionedStatus, toConditions } from '../../../api/conditions.ts';
import type { ImageScan, ScanSpec, ScanStatus } from '../../../api/imagescan.ts';
import { describeUnsupported } from '../../../api/unsupported.ts';
import { rfc3339 } from '../../../text/rfc3339.ts';
import { evaluationsOf, type Observation } from '../observation.ts';
import {
  conditionsOf,
  joinMessages,
  OUR_CONDITIONS,
  shownReason,
  stalledConditions,
  suspendedConditions,
} from './conditions.ts';
import { rowsOf, summarize } from './rows.ts';
import { truncate } from './truncate.ts';

/** A time in the future comes from a wrong clock: the scan was made before now. */
const latest = (times: readonly string[], now: number): string | undefined => {
  const past = times.filter((time) => Date.parse(time) <= now).sort();
  return past.at(-1) ?? (times.length > 0 ? rfc3339(now) : undefined);
};

/** The status of an ImageScan. Equal input gives an equal status, so that nothing is written twice. */
export const computeStatus = (scan: ImageScan, observation: Observation, now: number): ScanStatus => {
  const { spec, status } = scan;
  // The images that were scanned last may be gone.
  const scanTimes = [
    ...evaluationsOf(observation).map(({ scannedAt }) => scannedAt),
    status?.lastScanTime ?? [],
  ].flat();
  const lastScanTime = latest(scanTimes, now);
  const { planned, next, handledRescan = status?.lastHandledRescanAt } = observation;
  return truncate({
    ...judgment(scan, conditionsOf(scan, observation, now), now),
    ...(handledRescan !== undefined && { lastHandledRescanAt: handledRescan }),
    ...(lastScanTime !== undefined && { lastScanTime }),
    ...(planned !== undefined && { lastScheduleTime: rfc3339(planned) }),
    ...(next !== undefined && { nextScanTime: rfc3339(next) }),
    ...(observation.resultsLost ? valuesOf(status) : values(spec, observation, now)),
  });
};

/** The conditions, and what is shown of them in one word. */
const judgment = ({ metadata, status }: ImageScan, drafts: readonly ConditionDraft[], now: number): ScanStatus => {
  const reason = shownReason(drafts);
  return {
    observedGeneration: metadata.generation,
    ...(reason !== undefined && { reason }),
    conditions: toConditions(status?.conditions, drafts, metadata.generation, now),
  };
};

const values = (spec: ScanSpec, observation: Observation, now: number): Partial<ScanStatus> => {
  const { scanner, database, databaseRepository } = observation;
  return {
    ...(scanner !== undefined && {
      scanner: {
        ...scanner,
        ...(database !== undefined && { databaseUpdatedAt: database }),
        ...(databaseRepository !== undefined && { databaseRepository }),
      },
    }),
    summary: summarize(spec, observation),
    ...rowsOf(spec, observation, now),
  };
};

/** The last known values. */
const valuesOf = ({
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

/** Nothing is scanned: the last known values, and conditions that say so. */
const inactive = (scan: ImageScan, conditions: readonly ConditionDraft[], now: number): ScanStatus => {
  const { nextScanTime: _, ...kept } = scan.status ?? {};
  return { ...kept, ...judgment(scan, conditions, now) };
};

export const suspendedStatus = (scan: ImageScan, now: number): ScanStatus =>
  inactive(scan, suspendedConditions(scan), now);

/** No scanner can be used. @param why with the cure */
export const withoutScannerStatus = (scan: ImageScan, why: string, now: number): ScanStatus =>
  inactive(scan, stalledConditions(scan, 'ScannerMissing', why), now);

/** The spec has fields or values that this release does not know. */
export const unsupportedStatus = (scan: ImageScan, unsupported: readonly string[], now: number): ScanStatus => {
  const why = joinMessages([describeUnsupported(scan.kind, unsupported)]);
  return inactive(scan, stalledConditions(scan, 'UnsupportedSpec', why), now);
};

export const sameStatus = (a: ScanStatus | undefined, b: ScanStatus): boolean =>
  sameConditionedStatus(a, b, OUR_CONDITIONS);
