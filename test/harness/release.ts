import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The newest tag `v*` of a git repository that is not `version` itself; none before the second release. */
export const previousRelease = async (repository: string, version: string): Promise<string | undefined> => {
  const { stdout } = await run('git', ['tag', '--list', 'v*', '--sort=-version:refname'], { cwd: repository });
  return stdout.split('\n').find((tag) => tag !== '' && tag !== `v${version}`);
};

/** Writes what a release installs, crds/ and config/, below `directory`. */
export const extractManifests = async (repository: string, tag: string, directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  const command = 'git archive "$1" crds config | tar -x -C "$2"';
  await run('/bin/sh', ['-ec', command, 'extract', tag, directory], { cwd: repository });
};
