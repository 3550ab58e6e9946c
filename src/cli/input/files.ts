import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '../../text/read-bounded.ts';
import { InputError } from '../errors.ts';

/** A text, and the name of its source for messages. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** No bundle of manifests for people is larger, and parsing a larger one is slow. */
export const MAX_BYTES = 4 * 1024 * 1024;
const STDIN = '-';

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory: pass a file in it',
  EACCES: 'permission denied',
};

const readText = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const bytes = await readBounded(stream, MAX_BYTES);
  if (bytes === undefined) throw new Error(`it is larger than ${MAX_BYTES / 1024 / 1024} MiB: split it`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
};

/** The name of a file in messages. */
export const shownName = (file: string): string => (file === STDIN ? 'stdin' : file);

/** `app.yaml: cannot be read: no such file` */
export const describeReadError = (name: string, error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `${name}: cannot be read: ${CAUSES[code] ?? message}`;
};

const readOne = async (file: string, stdin: AsyncIterable<Uint8Array>): Promise<SourceText | string> => {
  const name = shownName(file);
  try {
    return { file: name, text: await readText(file === STDIN ? stdin : createReadStream(file)) };
  } catch (error) {
    return describeReadError(name, error);
  }
};

/**
 * Reads the files in their order; `-` is stdin.
 * @throws InputError with one problem for each file that cannot be read
 */
export const readFiles = async (files: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<SourceText[]> => {
  const read: (SourceText | string)[] = [];
  for (const file of new Set(files)) read.push(await readOne(file, stdin));
  const problems = read.filter((r) => typeof r === 'string');
  if (problems.length > 0) throw new InputError(problems);
  return read.filter((r) => typeof r !== 'string');
};

export const MANIFEST = /\.(ya?ml|json)$/;

const filesIn = async (directory: string, recursive: boolean): Promise<string[]> => {
  const entries = await readdir(directory, { withFileTypes: true, recursive });
  const files = entries.filter((entry) => entry.isFile() && MANIFEST.test(entry.name));
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
};

/**
 * The files, and those in the directories that kubectl would read: .yaml, .yml and .json.
 * @throws InputError for a directory without any, or that cannot be read
 */
export const expandDirectories = async (paths: readonly string[], recursive: boolean): Promise<string[]> => {
  const expanded: string[] = [];
  for (const path of paths) {
    const isDirectory = path !== STDIN && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!isDirectory) {
      expanded.push(path);
      continue;
    }
    const found = await filesIn(path, recursive).catch((error: Error) => {
      throw new InputError([`${path}: cannot be read: ${error.message}`]);
    });
    if (found.length === 0)
      throw new InputError([
        `${path}: no file in it ends in .yaml, .yml or .json${recursive ? '' : '; with --recursive, directories in it count too'}`,
      ]);
    expanded.push(...found);
  }
  return expanded;
};
