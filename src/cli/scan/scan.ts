import { parseReference } from '../../api/image-reference.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import { systemClock } from '../../kube/clock.ts';
import { isOldDatabase } from '../../scan/database-version.ts';
import { exceptionProblems } from '../../scan/findings/exceptions.ts';
import { type Kev, kevProblem } from '../../scan/findings/known-exploited.ts';
import { DEFAULT_PLATFORM, parsePlatform } from '../../scan/registry/platform.ts';
import { renderReport } from '../../scan/report/format/render.ts';
import { judgmentOf, type ReportSource, toScanReport } from '../../scan/report/model.ts';
import { enrich } from '../../scan/report/read.ts';
import { type OpenScanner, openScanner } from '../../scan/scanner/open-scanner.ts';
import { ComputeThread } from '../../scan/threads/compute.ts';
import { printableLines } from '../../text/printable.ts';
import { rfc3339Up } from '../../text/rfc3339.ts';
import { InputError, UsageError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { readEnrichmentOf } from '../images/enrichment.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { limitsOf } from '../images/limits.ts';
import { checkConfigs, configsFor, sourceOf } from '../images/sources.ts';
import { shortcomings } from '../report/print-reports.ts';
import { readFlag, readSetting } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { readCriteria } from './criteria.ts';
import { withDatabaseCache } from './database-cache.ts';
import { type NamedImage, scanImage } from './scan-image.ts';
import { defaultCacheDirectory, PUBLIC_DATABASE, SCAN_SETTINGS, type ScanFlags } from './settings.ts';

/** As the operator's: a manifest has 4 MiB at most. */
const LOOKUP_MS = 60_000;

type Warn = (line: string) => void;

/** Scans images and prints their report. @returns the exit status @throws UsageError; InputError when nothing can be scanned */
export const scanCommand = async (
  references: readonly string[],
  flags: ScanFlags,
  width: number,
  terminal: Terminal,
): Promise<number> => {
  checkReferences(references);
  for (const platform of flags.platform ?? []) readFlag('--platform', platform, parsePlatform);
  const configs = configsFor(references, flags.dockerConfig);
  await checkConfigs(configs);
  const configOf = new Map(references.map((reference, i) => [reference, configs[i]]));
  const limits = limitsOf(flags, terminal.env);
  const scan = await readCriteria(flags, terminal);
  const images = imagesOf(references, flags.platform ?? [usualPlatform(scan)]);
  const warn = (line: string): void => writeLine(terminal.stderr, line);
  for (const problem of exceptionProblems(scan.spec.exceptions ?? [])) warn(`warning: ${problem}`);
  const settings = { ...scannerSettings(scan, flags, terminal), limits };
  const scanned = await scanAll(settings, scan, warn, async (open, compute, signal) => {
    const enrichment = await readEnrichmentOf(flags.enrichment, terminal, signal);
    const parts = {
      scanner: open.scanner,
      registry: open.registry,
      compute,
      now: systemClock.now,
      lookupMs: Math.min(LOOKUP_MS, limits.timeMs),
    };
    const sources: ReportSource[] = [];
    for (const image of images) {
      const source = (reference: string) => sourceOf(reference, configOf.get(reference));
      const { report, ...about } = await scanImage(image, source, parts, signal);
      sources.push({ ...about, ...(report && { report: enrich(report, enrichment) }) });
    }
    return { images: sources, kev: enrichment?.kev };
  });
  return print(scan, scanned, { flags, width }, terminal);
};

/** @throws UsageError */
const checkReferences = (references: readonly string[]): void => {
  const wrong = references.find((reference) => parseReference(reference) === undefined);
  if (wrong === undefined) return;
  throw new UsageError(
    `"${wrong}" is not an image reference: use a form such as registry.example.com/team/app:1.2 or NAME@sha256:…`,
  );
};

const imagesOf = (references: readonly string[], platforms: readonly string[]): NamedImage[] =>
  [...new Set(references)].flatMap((reference) => [...new Set(platforms)].map((platform) => ({ reference, platform })));

/** The one that most images of the ImageScan have in the cluster. */
const usualPlatform = ({ status }: ImageScan): string => {
  const byPlatform = Map.groupBy(status?.images ?? [], ({ platform }) => platform);
  const [usual] = [...byPlatform].sort(([, a], [, b]) => b.length - a.length);
  return usual?.[0] ?? DEFAULT_PLATFORM;
};

/** @throws UsageError */
const scannerSettings = ({ status }: ImageScan, flags: ScanFlags, { env }: Terminal) => {
  const { trivy: trivySetting, trivyDbRepository, cacheDir, allowedRegistries } = SCAN_SETTINGS;
  const trivy = readSetting(trivySetting, flags.trivy, env);
  const { databaseRepository } = status?.scanner ?? {};
  const named = readSetting(trivyDbRepository, flags.trivyDbRepository, env);
  return {
    ...(trivy !== undefined && { trivy }),
    path: env.PATH ?? '',
    databaseRepository: named ?? databaseRepository ?? PUBLIC_DATABASE,
    jarIndexRepository: readSetting(SCAN_SETTINGS.trivyJavaDbRepository, flags.trivyJavaDbRepository, env) ?? '',
    allowedRegistries: readSetting(allowedRegistries, flags.allowedRegistries, env) ?? [],
    cache: readSetting(cacheDir, flags.cacheDir, env) ?? defaultCacheDirectory(env),
  };
};

type Settings = ReturnType<typeof scannerSettings> & { readonly limits: ReturnType<typeof limitsOf> };

/** @throws InputError */
const scanAll = <T>(
  { cache, ...settings }: Settings,
  scan: ImageScan,
  warn: Warn,
  work: (open: OpenScanner, compute: ComputeThread['run'], signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  untilInterrupted((signal) =>
    withDatabaseCache(cache, async (workDirectory) => {
      const compute = new ComputeThread();
      const options = { ...settings, workDirectory, clock: systemClock, compute: compute.run };
      try {
        const open = await openScanner(options, signal);
        try {
          await refreshDatabase(open, scan, warn, signal);
          return await work(open, compute.run, signal);
        } finally {
          await open.close();
        }
      } finally {
        await compute.close();
      }
    }),
  ).catch((error: Error) => {
    throw error instanceof InputError ? error : new InputError([error.message]);
  });

/** Without a newer database, that of an earlier run is used. @throws ScanError when there is none */
const refreshDatabase = async (
  { scanner, version }: OpenScanner,
  { metadata, status }: ImageScan,
  warn: Warn,
  signal: AbortSignal,
): Promise<void> => {
  await scanner.refreshDatabase(signal).catch((error: Error) => {
    signal.throwIfAborted();
    if (scanner.database() === undefined) throw error;
    warn(`warning: ${error.message}`);
  });
  const { updatedAt = '' } = scanner.database() ?? {};
  if (isOldDatabase(updatedAt, systemClock.now())) {
    warn(
      `warning: the vulnerability database is from ${updatedAt}: vulnerabilities that became known since are not found`,
    );
  }
  const { databaseUpdatedAt = updatedAt, version: theirs = version.version } = status?.scanner ?? {};
  const name = `ImageScan ${metadata.namespace}/${metadata.name}`;
  if (Date.parse(databaseUpdatedAt) !== Date.parse(updatedAt)) {
    warn(`note: the vulnerability database is from ${updatedAt}; that of ${name} is from ${databaseUpdatedAt}`);
  }
  if (theirs !== version.version) {
    warn(`note: the scanner is ${version.name} ${version.version}; that of ${name} is ${theirs}`);
  }
};

/** As the user named the image: messages of the scanner name a digest. */
const describeFailure = ({ reference, platform, failure }: ReportSource): string[] => {
  if (failure === undefined) return [];
  const { reason, message } = failure;
  return [`${reason}: ${message.includes(reference) ? '' : `${reference} ${platform}: `}${message}`];
};

/** @returns the exit status */
const print = (
  { metadata: { namespace, name }, spec }: ImageScan,
  { images, kev }: { readonly images: readonly ReportSource[]; readonly kev: Kev | undefined },
  { flags, width }: { readonly flags: ScanFlags; readonly width: number },
  terminal: Terminal,
): number => {
  const now = systemClock.now();
  const about = { scan: { namespace, name }, generatedAt: rfc3339Up(now), kevProblem: kevProblem(kev, now) };
  const report = toScanReport({ ...about, spec, images });
  terminal.stdout.write(printableLines(renderReport(report, flags.output, { width })));
  const failures = images.flatMap(describeFailure);
  for (const failure of failures) writeLine(terminal.stderr, failure);
  const reasons = shortcomings([report]);
  for (const reason of reasons) writeLine(terminal.stderr, reason);
  if (reasons.length === 0) return EXIT_STATUS.OK;
  const isFailed = failures.length > 0 && judgmentOf(report) === undefined;
  return isFailed ? EXIT_STATUS.BAD_USAGE : EXIT_STATUS.NOT_COMPLIANT;
};
