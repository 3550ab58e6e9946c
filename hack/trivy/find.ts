import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { checkTrivyVersion } from '../../src/scan/scanner/trivy/version.ts';
import { BinaryCache, type CacheOptions, isExecutable } from '../binaries/cache.ts';
import { say } from '../controlplane/progress.ts';
import { BOUND_MS } from '../until.ts';
import { trivySource } from './source.ts';

export interface TrivyOptions extends CacheOptions<'trivy'> {
  /** Base URL of Trivy's releases. */
  readonly mirror?: string;
}

const run = promisify(execFile);

/** Absolute path of a Trivy that may be used: on the PATH, in the cache, downloaded, or built. */
export async function findTrivy(options: TrivyOptions = {}): Promise<string> {
  const environment = options.environment ?? process.env;
  for (const directory of (environment.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'trivy');
    if (directory === '' || !(await isExecutable(path))) continue;
    const fault = await faultOf(path);
    if (fault === undefined) return path;
    say(`not using ${path}: ${fault}`);
  }
  const cache = new BinaryCache('Trivy', 'trivy', [trivySource(options.mirror)], options);
  return (await cache.binaries()).trivy;
}

/** Absolute path of the pinned Trivy, whatever is on the PATH. @param platform as in linux/arm64; default: this machine's */
export async function pinnedTrivy(platform?: string): Promise<string> {
  const [os, arch] = platform?.split('/') ?? [];
  const target = os && arch ? { os, arch } : undefined;
  const sources = [trivySource(undefined, target)];
  return (await new BinaryCache('Trivy', 'trivy', sources, target && { platform: target }).binaries()).trivy;
}

/** Why this Trivy may not be used. */
async function faultOf(path: string): Promise<string | undefined> {
  try {
    // Neither the user's settings nor a trivy.yaml in the working directory may count.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    const { stdout } = await run(path, ['version', '--format', 'json'], { cwd: '/', env, timeout: BOUND_MS });
    checkTrivyVersion(versionIn(stdout));
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

/** In what `trivy version --format json` prints. */
export function versionIn(output: string): string {
  try {
    const answer = JSON.parse(output) as { Version?: unknown } | null;
    if (typeof answer?.Version === 'string') return answer.Version;
  } catch {
    // Not JSON.
  }
  throw new Error(`it does not say its version, but ${JSON.stringify(output.slice(0, 100))}`);
}
