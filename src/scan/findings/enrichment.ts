import { type Finding, idsOf } from './finding.ts';
import type { Kev } from './known-exploited.ts';

/**
 * What is known about vulnerabilities beside their severity: EPSS (how likely one is exploited within 30 days) and KEV (whether
 * one is known to be exploited). Sorted by CVE; threads share the arrays without a copy.
 */
export interface Enrichment {
  /** Equal texts: equal content. */
  readonly key: string;
  /** CVEs as numbers. */
  readonly ids: Float64Array;
  /** Their EPSS, 0 to 1; NaN: not known. */
  readonly scores: Float32Array;
  /** 1: known to be exploited. */
  readonly exploited: Uint8Array;
  /** Absent: the file of KEV was not there. */
  readonly kev?: Kev;
}

const CVE = /^CVE-(\d{4})-(\d{4,9})$/i;
const NUMBERS_OF_YEAR = 1e9;

const numberOf = (id: string): number | undefined => {
  const [, year, number] = CVE.exec(id) ?? [];
  return year === undefined ? undefined : Number(year) * NUMBERS_OF_YEAR + Number(number);
};

/** More than there are CVEs. */
const MOST_CVES = 2_000_000;

/** Scores by number, from the public file: a comment, a header, then `CVE-1999-0001,0.01025,0.76561`. */
const readEpss = (csv: string): Map<number, number> => {
  const scores = new Map<number, number>();
  const rows = csv.split('\n').filter((row) => row.trim() !== '' && !row.startsWith('#'));
  const columns = rows[0]?.trim().split(',') ?? [];
  const [cve, epss] = [columns.indexOf('cve'), columns.indexOf('epss')];
  if (cve < 0 || epss < 0) throw new Error('the file of EPSS has no columns cve and epss');
  if (rows.length > MOST_CVES) throw new Error(`the file of EPSS has more than ${MOST_CVES} rows`);
  for (const row of rows.slice(1)) {
    const cells = row.trim().split(',');
    const [number, score] = [numberOf(cells[cve] ?? ''), Number(cells[epss] || Number.NaN)];
    if (number === undefined || !(score >= 0 && score <= 1))
      throw new Error(`the file of EPSS has the row ${row.slice(0, 80)}`);
    scores.set(number, score);
  }
  return scores;
};

interface KevFile {
  readonly vulnerabilities?: unknown;
  /** As in 2026-11-28T17:00:14.1234Z. */
  readonly dateReleased?: unknown;
}

const readKev = (json: string): { known: Set<number>; kev: Kev } => {
  const { vulnerabilities, dateReleased } = (JSON.parse(json) ?? {}) as KevFile;
  if (!Array.isArray(vulnerabilities)) throw new Error('the file of KEV has no list vulnerabilities');
  const numbers = vulnerabilities.map((one) => {
    const number = numberOf(String((one as { cveID?: unknown } | null)?.cveID));
    if (number === undefined) throw new Error('the file of KEV has an entry without a cveID');
    return number;
  });
  const releasedAt = typeof dateReleased === 'string' ? Date.parse(dateReleased) : Number.NaN;
  return { known: new Set(numbers), kev: Number.isNaN(releasedAt) ? {} : { releasedAt } };
};

/** The two files, each on its own: EPSS and KEV. */
export type EnrichmentFile = 'epss' | 'kev';

export interface ReadEnrichment {
  readonly enrichment: Enrichment;
  /** Why a file could not be read; the enrichment has the other one alone. */
  readonly problems: Readonly<Partial<Record<EnrichmentFile, string>>>;
}

const attempt = <T>(read: () => T): { readonly value: T } | { readonly problem: string } => {
  try {
    return { value: read() };
  } catch (error) {
    return { problem: (error as Error).message };
  }
};

/**
 * A file that is something else keeps none of the other.
 * @param files read them: the public epss_scores-current.csv and known_exploited_vulnerabilities.json, unpacked
 */
export const readEnrichment = (
  key: string,
  files: Readonly<Partial<Record<EnrichmentFile, () => string>>>,
): ReadEnrichment => {
  const epss = files.epss && attempt(() => readEpss(files.epss!()));
  const kev = files.kev && attempt(() => readKev(files.kev!()));
  return {
    enrichment: toEnrichment(key, contentOf(epss), contentOf(kev)),
    problems: { ...problemOf('epss', epss), ...problemOf('kev', kev) },
  };
};

type Attempt<T> = ReturnType<typeof attempt<T>> | undefined;

const contentOf = <T>(read: Attempt<T>): T | undefined => (read && 'value' in read ? read.value : undefined);

const problemOf = (file: EnrichmentFile, read: Attempt<unknown>) =>
  read && 'problem' in read ? { [file]: read.problem } : {};

const toEnrichment = (
  key: string,
  scores: ReadonlyMap<number, number> = new Map(),
  read?: ReturnType<typeof readKev>,
): Enrichment => {
  const known = read?.known ?? new Set<number>();
  const numbers = [...new Set([...scores.keys(), ...known])].sort((a, b) => a - b);
  const shared = (bytes: number) => new SharedArrayBuffer(numbers.length * bytes);
  const ids = new Float64Array(shared(Float64Array.BYTES_PER_ELEMENT));
  const values = new Float32Array(shared(Float32Array.BYTES_PER_ELEMENT));
  const exploited = new Uint8Array(shared(1));
  ids.set(numbers);
  values.set(numbers.map((number) => scores.get(number) ?? Number.NaN));
  exploited.set(numbers.map((number) => Number(known.has(number))));
  return { key, ids, scores: values, exploited, ...(read && { kev: read.kev }) };
};

/** By halves. */
const indexOf = (ids: Float64Array, number: number): number | undefined => {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return ids[low] === number ? low : undefined;
};

const exploitationOf = (
  finding: Finding,
  { ids, scores, exploited }: Enrichment,
): Pick<Finding, 'epss' | 'knownExploited'> => {
  const found = idsOf(finding).flatMap((id) => {
    const number = numberOf(id);
    return (number === undefined ? undefined : indexOf(ids, number)) ?? [];
  });
  const epss = Math.max(...found.map((index) => scores[index]!).filter((score) => !Number.isNaN(score)));
  return {
    // As published: five digits behind the point.
    ...(Number.isFinite(epss) && { epss: Math.round(epss * 1e5) / 1e5 }),
    ...(found.some((index) => exploited[index] === 1) && { knownExploited: true as const }),
  };
};

/** The findings with what is known about their vulnerabilities, by all of their identifiers. */
export const enriched = <T extends Finding>(
  findings: readonly T[],
  enrichment: Enrichment | undefined,
): readonly T[] =>
  enrichment === undefined
    ? findings
    : findings.map((finding) => ({ ...finding, ...exploitationOf(finding, enrichment) }));
