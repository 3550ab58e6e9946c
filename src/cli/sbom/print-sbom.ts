import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReference } from '../../api/image-reference.ts';
import { systemClock } from '../../kube/clock.ts';
import type { ImageId } from '../../scan/image.ts';
import { DEFAULT_PLATFORM, parsePlatform } from '../../scan/registry/platform.ts';
import { toSbomDocument, trivyFormat } from '../../scan/report/sbom-document.ts';
import { ScanError } from '../../scan/scan-error.ts';
import { frameAnalysis, frameFailure } from '../../scan/scanner/analysis/job/framed-result.ts';
import { type LocalAnalyzerSettings, openLocalAnalyzer } from '../../scan/scanner/analysis/open-local-analyzer.ts';
import { Replay } from '../../scan/scanner/analysis/replay.ts';
import { parseNamedJarIndexRepository } from '../../scan/scanner/database/database-repository.ts';
import { NO_JAR_INDEX_IN_JOBS } from '../../scan/scanner/database/jar-index.ts';
import type { AnalysisRequest } from '../../scan/scanner/scanner.ts';
import { asBuffer } from '../../scan/threads/bytes.ts';
import { computeHere } from '../../scan/threads/compute.ts';
import { InputError, UsageError } from '../errors.ts';
import { untilInterrupted } from '../images/interrupt.ts';
import { limitsOf } from '../images/limits.ts';
import { configsFor, sourceOf } from '../images/sources.ts';
import { type Environment, readFlag, readSetting } from '../settings/setting.ts';
import type { Terminal } from '../terminal.ts';
import { type PullFlags, SBOM_SETTINGS } from './settings.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Prints the SBOM of one image. @throws UsageError; InputError when it cannot be made */
export const sbomCommand = async (
  references: readonly string[],
  flags: PullFlags,
  terminal: Terminal,
): Promise<void> => {
  const image = imageOf(references, flags.platform ?? DEFAULT_PLATFORM);
  const settings = readSettings(flags, terminal.env);
  const configs = configsFor(references, flags.dockerConfig);
  const framed = flags.output === 'analysis';
  try {
    const sources = await Promise.all(references.map((reference, i) => sourceOf(reference, configs[i])));
    const output = await outputOf({ image, sources }, settings, flags.output);
    terminal.stdout.write(framed ? frameAnalysis(output) : output.toString());
  } catch (error) {
    const failure = error instanceof ScanError ? error : new ScanError('ScannerFailed', (error as Error).message);
    // A Job's output is for the operator's status.
    if (framed) terminal.stdout.write(frameFailure(failure));
    const message = framed ? failure.message : (failure.byCommand ?? failure.message);
    throw new InputError([`${failure.reason}: ${message}`]);
  }
};

/** @throws UsageError */
const imageOf = (references: readonly string[], platform: string): ImageId => {
  const digests = references.map((text) => {
    const { digest = '' } = parseReference(text) ?? {};
    if (!DIGEST.test(digest)) {
      throw new UsageError(
        `"${text}" is not an image reference with a digest: use a form such as registry.example.com/app@sha256:…`,
      );
    }
    return digest;
  });
  const [digest = ''] = digests;
  if (digests.some((one) => one !== digest))
    throw new UsageError('the references have different digests: pass references to one image');
  readFlag('--platform', platform, parsePlatform);
  return { digest, platform };
};

const readSettings = (flags: PullFlags, environment: Environment): Omit<LocalAnalyzerSettings, 'workDirectory'> => {
  const trivy = readSetting(SBOM_SETTINGS.trivy, flags.trivy, environment);
  const { trivyJavaDbRepository } = SBOM_SETTINGS;
  const jarIndex = readSetting(trivyJavaDbRepository, flags.trivyJavaDbRepository, environment);
  return {
    ...(trivy !== undefined && { trivy }),
    path: environment.PATH ?? '',
    clock: systemClock,
    compute: computeHere,
    jarIndex: parseNamedJarIndexRepository(jarIndex ?? 'off') ?? { none: NO_JAR_INDEX_IN_JOBS },
    allowedRegistries: readSetting(SBOM_SETTINGS.allowedRegistries, flags.allowedRegistries, environment) ?? [],
    limits: limitsOf(flags, environment),
  };
};

/** In a directory of its own, which goes with it. @returns the analysis, or the SBOM @throws ScanError; Error with the cure */
const outputOf = (
  request: AnalysisRequest,
  settings: Omit<LocalAnalyzerSettings, 'workDirectory'>,
  format: PullFlags['output'],
): Promise<Buffer> =>
  untilInterrupted(async (signal) => {
    const workDirectory = await mkdtemp(join(tmpdir(), 'palisade-sbom-'));
    try {
      const { analyzer, close, ...parts } = await openLocalAnalyzer({ ...settings, workDirectory }, signal);
      const analysis = await analyzer.analyze(request, signal).finally(close);
      if (format === 'analysis') return analysis;
      const [{ registry: host, repository } = { registry: '', repository: '' }] = request.sources;
      const options = { format: trivyFormat(format), repository: `${host}/${repository}` };
      const sbom = await new Replay({ ...settings, ...parts }).sbom(analysis, options, signal);
      const { image } = request;
      return asBuffer(toSbomDocument({ sbom, format, image, reference: `${host}/${repository}` }));
    } finally {
      await rm(workDirectory, { recursive: true, force: true });
    }
  });
