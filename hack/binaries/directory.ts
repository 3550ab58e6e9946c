import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads and builds survive a checkout; safe to delete at any time. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'palisade');
}
