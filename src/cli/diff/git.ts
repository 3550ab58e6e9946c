import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../errors.ts';
import { MANIFEST, MAX_BYTES, type SourceText } from '../input/files.ts';

const run = promisify(execFile);

/** A file or directory, as git sees it from a directory that exists. */
interface Place {
  readonly directory: string;
  readonly name: string;
}

/** @throws InputError */
const git = async (directory: string, ...args: string[]): Promise<string> => {
  try {
    return (await run('git', ['-C', directory, ...args], { maxBuffer: 2 * MAX_BYTES })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as { code: unknown; stderr?: string; message: string };
    if (code === 'ENOENT')
      throw new InputError([
        '--against with a revision needs git, which is not installed: install it, or check out the revision and pass its directory',
      ]);
    throw new InputError([`git ${args[0]} in ${directory}: ${stderr?.trim() || message}`]);
  }
};

const placeOf = async (path: string): Promise<Place> => {
  const isDirectory = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  return isDirectory ? { directory: path, name: '.' } : { directory: dirname(path), name: basename(path) };
};

const verify = async (revision: string, directory: string): Promise<string> => {
  await git(directory, '--version');
  const commit = await git(
    ...([directory, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`] as const),
  ).catch(() => undefined);
  if (commit === undefined)
    throw new InputError([
      `--against ${revision}: it is neither cluster, nor a file or directory, nor a revision of a git repository at ${directory}: fetch the revision (git fetch origin ${revision}), or correct the name`,
    ]);
  return commit.trim();
};

const isShown = (file: string, { name }: Place, recursive: boolean): boolean =>
  name !== '.' || (MANIFEST.test(file) && (recursive || !file.includes('/')));

/**
 * What the paths had in a revision: nothing for one that it does not have. Directories as expandDirectories reads them.
 * @throws InputError
 */
export const readRevision = async (
  revision: string,
  paths: readonly string[],
  recursive: boolean,
): Promise<SourceText[]> => {
  const texts: SourceText[] = [];
  for (const path of paths) {
    const place = await placeOf(path);
    const commit = await verify(revision, place.directory);
    const listed = await git(place.directory, 'ls-tree', '-r', '-z', '--name-only', commit, '--', place.name);
    const files = listed.split('\0').filter((file) => file !== '' && isShown(file, place, recursive));
    for (const file of files) {
      const text = await git(place.directory, 'cat-file', 'blob', `${commit}:./${file}`);
      texts.push({ file: `${revision}:${join(place.directory, file)}`, text });
    }
  }
  return texts;
};
