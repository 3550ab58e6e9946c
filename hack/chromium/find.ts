import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { isExecutable } from '../binaries/cache.ts';
import { cacheDirectory } from '../binaries/directory.ts';
import { withLock } from '../binaries/lock.ts';
import { say, step } from '../controlplane/progress.ts';

/** A build of Chromium in the npm registry, for machines without one. */
const PACKAGE = '@sparticuz/chromium';
const VERSION = '147.0.0';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

const run = promisify(execFile);

const onPath = async (path = ''): Promise<string | undefined> => {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    for (const name of NAMES) if (await isExecutable(join(directory, name))) return join(directory, name);
  }
  return undefined;
};

interface ChromiumPackage {
  readonly default: { executablePath(): Promise<string> };
}

/** Installs the package into the cache, once. */
const installed = async (environment: NodeJS.ProcessEnv): Promise<string> => {
  const directory = join(cacheDirectory(environment), 'chromium', VERSION);
  const entry = join(directory, 'node_modules', PACKAGE, 'build/esm/index.js');
  await mkdir(directory, { recursive: true });
  await withLock(
    join(directory, 'lock'),
    () => say('waiting for another process that installs Chromium…'),
    async () => {
      if (await import(pathToFileURL(entry).href).catch(() => undefined)) return;
      const args = ['install', '--prefix', directory, '--no-audit', '--no-fund', `${PACKAGE}@${VERSION}`];
      await step(`downloading Chromium of ${PACKAGE} ${VERSION}`, () => run('npm', args));
    },
  );
  // Some environments have other libraries in it.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const { default: chromium } = (await import(pathToFileURL(entry).href)) as ChromiumPackage;
  return await chromium.executablePath();
};

/** Absolute path of a Chromium: on the PATH, or out of the npm registry. */
export const findChromium = async (environment: NodeJS.ProcessEnv = process.env): Promise<string> =>
  (await onPath(environment.PATH)) ?? (await installed(environment));
