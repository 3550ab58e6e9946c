import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReference } from '../../api/image-reference.ts';
import { systemClock } from '../../kube/clock.ts';
import type { ImageId, ImageSource } from '../../scan/image.ts';
import { credentialsFor, parseDockerConfig } from '../../scan/registry/docker-config.ts';
import { parsePlatform } from '../../scan/registry/platform.ts';
import { ScanError } from '../../scan/scan-error.ts';
import { fixedScanLimits } from '../../scan/scanner/process/limits.ts';
import { frameFailure, frameSbom } from '../../scan/scanner/sbom/job/framed-result.ts';
import { type LocalSbomSettings, openLocalSboms } from '../../scan/scanner/sbom/open-local-sboms.ts';
import type { SbomRequest } from '../../scan/scanner/scanner.ts';
import { computeHere } from '../../scan/threads/compute.ts';
import { InputError, UsageError } from '../errors.ts';
import { type Environment, readFlag, readSetting, type Setting } from '../settings/setting.ts';
import type { Terminal } from '../terminal.ts';
import { SBOM_SETTINGS, type SbomFlags } from './settings.ts';

const ANONYMOUS = 'none';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Prints the SBOM of one image. @throws UsageError; InputError when it cannot be made */
export const sbomCommand = async (
  references: readonly string[],
  flags: SbomFlags,
  terminal: Terminal,
): Promise<void> => {
  const image = imageOf(references, flags.platform);
  const settings = readSettings(flags, terminal.env);
  const configs = configsFor(references, flags.dockerConfig);
  const framed = flags.output === 'gzip-base64';
  try {
    const sources = await Promise.all(references.map((reference, i) => sourceOf(reference, configs[i])));
    const sbom = await makeSbom({ image, sources }, settings);
    terminal.stdout.write(framed ? frameSbom(sbom) : `${sbom.toString()}\n`);
  } catch (error) {
    const failure = error instanceof ScanError ? error : new ScanError('ScannerFailed', (error as Error).message);
    if (framed) terminal.stdout.write(frameFailure(failure));
    throw new InputError([`${failure.reason}: ${failure.message}`]);
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

const readSettings = (flags: SbomFlags, environment: Environment): Omit<LocalSbomSettings, 'workDirectory'> => {
  const { trivy: trivySetting, allowedRegistries, scanTimeout, scanMemory, scanDisk, scanImageSize } = SBOM_SETTINGS;
  const trivy = readSetting(trivySetting, flags.trivy, environment);
  const limit = (setting: Setting<number>, flag: string | undefined): number => {
    const value = readSetting(setting, flag, environment);
    if (value === undefined) throw new Error(`--${setting.flag} has no default`);
    return value;
  };
  return {
    ...(trivy !== undefined && { trivy }),
    path: environment.PATH ?? '',
    clock: systemClock,
    compute: computeHere,
    allowedRegistries: readSetting(allowedRegistries, flags.allowedRegistries, environment) ?? [],
    limits: {
      ...fixedScanLimits,
      timeMs: limit(scanTimeout, flags.scanTimeout),
      memoryBytes: limit(scanMemory, flags.scanMemory),
      diskBytes: limit(scanDisk, flags.scanDisk),
      imageBytes: limit(scanImageSize, flags.scanImageSize),
    },
  };
};

/** For each reference the directory of its docker config. @throws UsageError */
const configsFor = (references: readonly string[], given: readonly string[] = []): readonly string[] => {
  const [first = ANONYMOUS] = given;
  if (given.length <= 1) return references.map(() => first);
  if (given.length === references.length) return given;
  throw new UsageError('--docker-config: pass it once, or once for each reference');
};

/** @throws ScanError, without anything of the config */
const sourceOf = async (reference: string, directory = ANONYMOUS): Promise<ImageSource> => {
  const { registry = '', repository = '' } = parseReference(reference) ?? {};
  const source = { registry, repository };
  if (directory === ANONYMOUS) return source;
  const file = join(directory, 'config.json');
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ScanError(
      'Unauthorized',
      `${file} cannot be read (${error.code}): pass a directory that contains config.json`,
    );
  });
  let credentials: ImageSource['credentials'];
  try {
    credentials = credentialsFor(parseDockerConfig(content), source);
  } catch (error) {
    if (error instanceof ScanError) throw error;
    throw new ScanError('Unauthorized', `${file} ${(error as Error).message}`);
  }
  return { ...source, ...(credentials !== undefined && { credentials }) };
};

/** In a directory of its own, which goes with it. @throws ScanError; Error that names the cure */
const makeSbom = async (request: SbomRequest, settings: Omit<LocalSbomSettings, 'workDirectory'>): Promise<Buffer> => {
  const stop = new AbortController();
  const end = (signal: NodeJS.Signals) => stop.abort(new Error(`terminated by ${signal}`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const workDirectory = await mkdtemp(join(tmpdir(), 'palisade-sbom-'));
  try {
    const { sboms, registry } = await openLocalSboms({ ...settings, workDirectory }, stop.signal);
    return await sboms.sbom(request, stop.signal).finally(() => registry.close());
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
};
