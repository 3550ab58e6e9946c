import type { FailOn, ScanException } from '../../../api/imagescan.ts';
import type { Occurrence } from '../../../kube/record/event.ts';
import { printable } from '../../../text/printable.ts';
import type { Failure } from '../../scan-error.ts';
import type { ImageView, ViewedFinding } from '../evaluation/evaluation.ts';
import type { Look } from '../observation.ts';
import { hashOf, type Memory, recall, remember, type Told } from './emitted-events.ts';

/** An Event on the ImageScan, but for the ImageScan itself. */
export type Entry = Omit<Occurrence, 'regarding'>;

/** How many findings or images one Event names. */
const NAMED = 10;

const MAX_NAME = 200;

const CRITICAL = 'critical';
const FAILED = 'failed';
const COMPLIANT = 'compliant';
const EXPIRES = 'expires';
const ENDED = 'ended';
const LOST = 'lost';
const STALLED = 'stalled';

/** `kind\tsubject\tdetail` */
const fact = (kind: string, subject: string, detail = ''): string => [kind, subject, detail].join('\t');
const kindOf = (text: string): string => text.slice(0, text.indexOf('\t'));
const subjectOf = (text: string): string => text.split('\t')[1] ?? '';
const detailOf = (text: string): string => text.split('\t')[2] ?? '';

const views = ({ images }: Look): ImageView[] => images.flatMap(({ view }) => view ?? []);

const critical = (f: Pick<ViewedFinding, 'id' | 'package'>): string => fact(CRITICAL, `${f.id} in ${f.package}`);

const criticals = (look: Look): string[] =>
  views(look).flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'Critical').map(critical));

/** What an exception takes out is not fixed, and no news when the exception ends. */
const suppressed = (look: Look): string[] =>
  views(look).flatMap(({ suppressedCriticals }) => suppressedCriticals.map(critical));

/** A database that is missing is no matter of an image. */
const isOfImage = ({ reason }: Failure): boolean => reason !== 'DatabaseMissing';

const failures = (look: Look): string[] =>
  look.images.flatMap(({ reference, failure }) =>
    failure !== undefined && isOfImage(failure) ? [fact(FAILED, reference, failure.reason)] : [],
  );

/** undefined until every image has a result: what is not known yet is no change. */
const compliance = (look: Look): string[] => {
  const seen = views(look);
  if (seen.some(({ blocking }) => blocking > 0)) return [fact(COMPLIANT, 'False')];
  return look.images.length > 0 && seen.length === look.images.length ? [fact(COMPLIANT, 'True')] : [];
};

const ends = (kind: string, exceptions: readonly ScanException[]): string[] =>
  exceptions.map(({ id, package: name = '', image = '', expiresAt = '' }) =>
    fact(kind, [id, name, image].join(' ').trim(), expiresAt),
  );

/** @param unnamed how many more there are */
const list = (facts: readonly string[], unnamed = 0): string => {
  const names = facts.slice(0, NAMED).map((text) => printable(subjectOf(text), MAX_NAME));
  const left = facts.length - names.length + unnamed;
  if (names.length === 0) return `${left} critical findings`;
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
};

/** Each tells something else, so none counts up another. */
const entry = (type: Entry['type'], reason: string, note: string): Entry => ({
  type,
  reason,
  action: 'Scan',
  note,
  topic: note,
});

/** One for each image, or one for all when they are many. */
const failed = (facts: readonly string[], { images }: Look): Entry[] => {
  if (facts.length > NAMED) return [entry('Warning', 'ScanFailed', `${facts.length} images: ${list(facts)}`)];
  return facts.map((text) => {
    const message = images.find(({ reference }) => reference === subjectOf(text))?.failure?.message ?? '';
    return entry('Warning', 'ScanFailed', `${detailOf(text)}: ${message}`);
  });
};

/** One for each exception, or one for all when they are many. */
const ended = (facts: readonly string[]): Entry[] => {
  const make = (note: string): Entry => entry('Warning', 'ExceptionEnded', note);
  if (facts.length > NAMED) {
    return [make(`${facts.length} exceptions ended, and their findings count again: ${list(facts)}`)];
  }
  return facts.map((text) =>
    make(`the exception for ${subjectOf(text)} ended at ${detailOf(text)}: its findings count again`),
  );
};

/** Whether a critical finding that is not there may be called fixed: some image has no result now, so it may be in that. */
const isComplete = (look: Look): boolean => look.images.every(({ view }) => view !== undefined);

/** Whether each image has been tried. */
const isLookedAt = (look: Look): boolean =>
  look.images.every(({ view, failure }) => view !== undefined || (failure !== undefined && isOfImage(failure)));

/** Whether results that were told of are lost, and not all of them are made again. @param told undefined: of that nothing is known either */
export const isMadeAgain = (told: Told | undefined, hadResults: boolean, look: Look): boolean =>
  (told === undefined ? hadResults : told.some((text) => kindOf(text) === LOST)) && !isLookedAt(look);

export interface Telling {
  readonly entries: readonly Entry[];
  /** What has been told after these Events. */
  readonly told: Told;
}

export interface Circumstances {
  readonly failOn: FailOn;
  /** Exceptions that end within days. */
  readonly endingSoon: readonly ScanException[];
  /** Exceptions that have ended. */
  readonly ended: readonly ScanException[];
  /** What was told before is not known any more: until there is a result of every image again, nothing is told, only remembered. */
  readonly lost?: boolean;
}

/** What became of critical findings since they were told. */
const criticalNews = (before: Memory, look: Look) => {
  const now = [...new Set(criticals(look))].sort();
  const there = new Set([...now, ...suppressed(look)]);
  const told = before.texts.filter((text) => kindOf(text) === CRITICAL);
  const fixed = isComplete(look) ? told.filter((text) => !there.has(text)) : [];
  const gone = new Set(fixed);
  const hashesThere = before.hashes.size > 0 ? new Set([...there].map(hashOf)) : new Set<string>();
  const unnamed = isComplete(look) ? before.hashes.difference(hashesThere) : new Set<string>();
  return {
    found: before.isFull ? [] : now.filter((text) => !before.has(text)),
    fixed,
    /** Fixed ones of which the name is not known any more. */
    unnamed: unnamed.size,
    facts: [...new Set([...told.filter((text) => !gone.has(text)), ...now])],
    hashes: before.hashes.difference(unnamed),
  };
};

/** What there is to tell that was not told yet. */
export const tell = (
  told: Told,
  look: Look,
  { failOn, endingSoon, ended: over, lost = false }: Circumstances,
): Telling => {
  const before = recall(told);
  const of = (kind: string): string[] => before.texts.filter((text) => kindOf(text) === kind);
  const silent = lost || of(LOST).length > 0;
  const { found, fixed, unnamed, facts, hashes } = criticalNews(before, look);
  // While it cannot be told, what was told last still holds.
  const judged = compliance(look);
  const others = [
    ...[...new Set(failures(look))].sort(),
    ...look.stalled.map(({ reason, message }) => fact(STALLED, reason, message)),
    ...(judged.length > 0 ? judged : of(COMPLIANT)),
    ...ends(EXPIRES, endingSoon),
    ...ends(ENDED, over),
    ...(silent && !isLookedAt(look) ? [fact(LOST, '')] : []),
  ];
  const fresh = others.filter((text) => !before.has(text));
  const news = (kind: string): string[] => fresh.filter((text) => kindOf(text) === kind);
  const entries = [
    ...(found.length > 0 ? [entry('Warning', 'NewCriticalFinding', list(found))] : []),
    ...(fixed.length + unnamed > 0 ? [entry('Normal', 'Fixed', `no longer found: ${list(fixed, unnamed)}`)] : []),
    ...failed(news(FAILED), look),
    ...news(STALLED).map((text) => entry('Warning', subjectOf(text), detailOf(text))),
    ...news(COMPLIANT).map((text) =>
      subjectOf(text) === 'True'
        ? entry('Normal', 'Compliant', `no finding of severity ${failOn} or above`)
        : entry('Warning', 'NotCompliant', `there are findings of severity ${failOn} or above`),
    ),
    ...news(EXPIRES).map((text) =>
      entry(
        'Warning',
        'ExceptionExpires',
        `the exception for ${subjectOf(text)} ends at ${detailOf(text)}: then its findings count again`,
      ),
    ),
    ...ended(news(ENDED)),
  ];
  return { entries: silent ? [] : entries, told: [...remember(facts, hashes), ...others] };
};
