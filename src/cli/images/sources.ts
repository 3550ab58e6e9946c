import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReference } from '../../api/image-reference.ts';
import type { ImageSource } from '../../scan/image.ts';
import { credentialsFor, type DockerConfigEntry, parseDockerConfig } from '../../scan/registry/docker-config.ts';
import { ScanError } from '../../scan/scan-error.ts';
import { UsageError } from '../errors.ts';

const ANONYMOUS = 'none';

/** The flag --docker-config of commands that pull images. */
export const DOCKER_CONFIG = [
  '--docker-config <directory>',
  'directory with a config.json from docker login, or none for anonymous access; once, or once for each reference',
  (directory: string, before: string[] | undefined) => [...(before ?? []), directory],
] as const;

/** For each reference the directory of its docker config. @throws UsageError */
export const configsFor = (references: readonly string[], given: readonly string[] = []): readonly string[] => {
  const [first = ANONYMOUS] = given;
  if (given.length <= 1) return references.map(() => first);
  if (given.length === references.length) return given;
  throw new UsageError('--docker-config: pass it once, or once for each reference');
};

const readConfig = async (directory: string): Promise<DockerConfigEntry[]> => {
  const file = join(directory, 'config.json');
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code}): pass a directory that contains config.json`);
  });
  try {
    return parseDockerConfig(content);
  } catch (error) {
    throw new Error(`${file} ${(error as Error).message}`);
  }
};

/** Before anything is pulled. @throws UsageError, without anything of the configs */
export const checkConfigs = async (directories: readonly string[]): Promise<void> => {
  for (const directory of new Set(directories)) {
    if (directory === ANONYMOUS) continue;
    await readConfig(directory).catch((error: Error) => {
      throw new UsageError(`--docker-config: ${error.message}`);
    });
  }
};

/** @throws ScanError, without anything of the config */
export const sourceOf = async (reference: string, directory = ANONYMOUS): Promise<ImageSource> => {
  const { registry = '', repository = '' } = parseReference(reference) ?? {};
  const source = { registry, repository };
  if (directory === ANONYMOUS) return source;
  const entries = await readConfig(directory).catch((error: Error) => {
    throw new ScanError('Unauthorized', error.message);
  });
  const credentials = credentialsFor(entries, source);
  return { ...source, ...(credentials !== undefined && { credentials }) };
};
