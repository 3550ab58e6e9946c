import { createHash } from 'node:crypto';
import { findCondition } from '../../../api/conditions.ts';
import type { ImageScan } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';
import { FAILURE_REASONS, type FailureReason } from '../../scan-error.ts';
import type { EmittedEvents } from '../../store/scan-record.ts';
import type { Observation } from '../observation.ts';

/**
 * How many critical findings one ImageScan records as emitted. Each pair of CVE and package counts once, in however many
 * images it is: a namespace of very old images has some thousands. All of them take 1 MiB on disk, and about 15 MiB of memory
 * while Events are computed. The findings beyond it get no Event while the record is full, rather than
 * the same Event at each reconcile.
 */
export const MAX_CRITICALS = 100_000;
/** How much of a finding a note shows; longer ones are recorded with a hash. */
const MAX_NAME = 200;
/** Base64: 96 bits. */
const HASH_LENGTH = 16;

export const NO_EVENTS: EmittedEvents = { criticals: [], failures: [], stalled: [], expiring: [], expired: [] };

/**
 * Without a record, as after a change of the leader whose store is empty: the failures and stalls that the last status shows
 * had their Events, since the status is written before them. The status decides only that these are not repeated.
 */
export const emittedBefore = (
  status: ImageScan['status'],
  { stalled }: Pick<Observation, 'stalled'>,
): EmittedEvents => {
  const told = findCondition(status?.conditions, 'Ready')?.message ?? '';
  return {
    ...NO_EVENTS,
    failures: (status?.images ?? []).flatMap(({ image, state, reason }) =>
      state === 'Failed' && isFailureReason(reason) ? [{ reference: image, reason }] : [],
    ),
    stalled: stalled.filter(({ message }) => told.includes(printable(message))),
  };
};

const isFailureReason = (reason: string | undefined): reason is FailureReason =>
  (FAILURE_REASONS as readonly (string | undefined)[]).includes(reason);

/** The text that a critical finding is recorded as. A long one is cut; its hash keeps it unique. */
export const criticalKey = (finding: { readonly id: string; readonly package: string }): string => {
  const text = `${finding.id} in ${finding.package}`;
  if (text.length <= MAX_NAME) return text;
  const hash = createHash('sha256').update(text).digest('base64').slice(0, HASH_LENGTH);
  return `${text.slice(0, MAX_NAME).toWellFormed()}…${hash}`;
};

/** A recorded finding without its hash, for people. */
export const criticalName = (key: string): string => (key.length > MAX_NAME ? key.slice(0, -HASH_LENGTH) : key);
