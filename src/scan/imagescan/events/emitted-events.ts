import { createHash } from 'node:crypto';
import type { FailureReason } from '../../scan-error.ts';
import type { EmittedEvents, EmittedExpiry, ScanRecord } from '../../store/scan-record.ts';

/**
 * How many critical findings one ImageScan records as emitted. Each pair of CVE and package counts once, in however many
 * images it is: a namespace of very old images has some thousands. They take about 1 MiB of memory and 100 KiB on disk.
 * The findings beyond it get no Event while the record is full, rather than the same Event at each reconcile.
 */
export const MAX_CRITICALS = 20_000;
const MAX_KEY = 128;
/** Base64: 96 bits. */
const HASH_LENGTH = 16;

export const NO_EVENTS: EmittedEvents = { criticals: [], failures: [], stalled: [], expiring: [], expired: [] };

/** Shortens a long text; its hash keeps it unique. */
const bounded = (text: string): string => {
  if (text.length <= MAX_KEY) return text;
  const hash = createHash('sha256').update(text).digest('base64').slice(0, HASH_LENGTH);
  return `${text.slice(0, MAX_KEY - HASH_LENGTH - 1).toWellFormed()}…${hash}`;
};

/** The text that a critical finding is recorded as. */
export const criticalKey = (finding: { readonly id: string; readonly package: string }): string =>
  bounded(`${finding.id} in ${finding.package}`);

/** The Events in a record, also in one that an earlier release wrote. */
export const emittedEventsOf = ({ events, told }: Pick<ScanRecord, 'events' | 'told'>): EmittedEvents =>
  events ?? fromFacts(told ?? []);

/**
 * Reads what earlier releases wrote: a fact is `kind TAB subject TAB detail`. Of more than 2000 critical findings they kept
 * hashes, which no finding can be read from: such a record counts as lost, so that nothing is emitted twice.
 */
const fromFacts = (told: readonly string[]): EmittedEvents => {
  const facts = told.map((text) => {
    const [kind = '', subject = '', detail = ''] = text.split('\t');
    return { kind, subject, detail };
  });
  const of = (kind: string) => facts.filter((fact) => fact.kind === kind);
  const expiries = (kind: string): EmittedExpiry[] =>
    of(kind).map(({ subject, detail }) => ({ exception: subject, expiresAt: detail }));
  const [compliant] = of('compliant');
  const isLost = of('lost').length > 0 || of('hashes').length > 0;
  return {
    criticals: of('critical').map(({ subject }) => bounded(subject)),
    failures: of('failed').map(({ subject, detail }) => ({ reference: subject, reason: detail as FailureReason })),
    stalled: of('stalled').map(({ subject, detail }) => ({ reason: subject, message: detail })),
    ...(compliant !== undefined && { compliant: compliant.subject === 'True' }),
    expiring: expiries('expires'),
    expired: expiries('ended'),
    ...(isLost && { lost: true }),
  };
};
