import { constants } from 'node:fs';
import { copyFile, link, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../scan/make-directory.ts';
import { InputError } from '../errors.ts';

const RUN = 'run-';
/** A run that is older was killed. */
const LEFTOVER_MS = 86_400_000;
/** Directories with one entry for each database. */
const KEPT = ['database', 'jar-index'];
/** Files of an entry that Trivy only reads; it writes others, which belong to one run. */
const READ_ONLY = /^(palisade\.json|db|trivy\.db|java-db|trivy-java\.db|metadata\.json)$/;

/**
 * Runs work in a directory of its own that has the databases of earlier runs, and keeps the databases that it leaves there.
 * Runs at the same time may share the cache: they share files by hard links, and none writes to them.
 * @throws InputError when the cache cannot be written
 */
export const withDatabaseCache = async <T>(cache: string, work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await openRun(cache).catch((error: NodeJS.ErrnoException) => {
    throw new InputError([
      `${cache}: the cache cannot be written (${error.code}): name another directory with --cache-dir`,
    ]);
  });
  try {
    for (const kept of KEPT) await linkEntries(join(cache, kept), join(directory, kept));
    const result = await work(directory);
    // The next run can do without.
    for (const kept of KEPT) await keep(join(directory, kept), join(cache, kept)).catch(() => {});
    return result;
  } finally {
    await remove(directory);
  }
};

const openRun = async (cache: string): Promise<string> => {
  await makeDirectory(cache);
  for (const name of await names(cache)) {
    const path = join(cache, name);
    const { mtimeMs = Date.now() } = (await stat(path).catch(() => undefined)) ?? {};
    if (name.startsWith(RUN) && Date.now() - mtimeMs > LEFTOVER_MS) await remove(path);
  }
  return await mkdtemp(join(cache, RUN));
};

/** Entries that another run removes meanwhile are left out. */
const linkEntries = async (from: string, to: string): Promise<void> => {
  for (const name of await names(from)) {
    await linkTree(join(from, name), join(to, name)).catch(() => remove(join(to, name)));
  }
};

const linkTree = async (from: string, to: string): Promise<void> => {
  await makeDirectory(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!READ_ONLY.test(entry.name)) continue;
    if (entry.isDirectory()) await linkTree(source, target);
    // Some file systems have no hard links.
    else await link(source, target).catch(() => copyFile(source, target, constants.COPYFILE_FICLONE));
  }
};

/** Adds new entries, each with one rename, and removes those that the run replaced. */
const keep = async (from: string, cache: string): Promise<void> => {
  const [left, cached] = [await names(from), await names(cache)];
  const added = left.filter((name) => !cached.includes(name));
  if (added.length === 0) return;
  await makeDirectory(cache);
  for (const name of added) {
    const unfinished = await mkdtemp(join(cache, '..', RUN));
    await linkTree(join(from, name), join(unfinished, name));
    // Another run may have added it first.
    await rename(join(unfinished, name), join(cache, name)).catch(() => {});
    await remove(unfinished);
  }
  for (const name of cached.filter((one) => !left.includes(one))) await remove(join(cache, name));
};

const names = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
