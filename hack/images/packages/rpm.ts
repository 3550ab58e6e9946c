import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Files } from '../layer.ts';

export interface RpmPackage {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  /** Default x86_64. */
  readonly architecture?: string;
  /** The source package; default its own name. */
  readonly source?: string;
  /** Who built it. */
  readonly vendor?: string;
  /** Of a module, such as nodejs:18:8080020230718:63b34585. */
  readonly modularity?: string;
  /** Absolute paths of its files. */
  readonly files?: readonly string[];
}

/** The database of rpm 4.16 and later. @param path where the distribution keeps it */
export function rpmDatabase(packages: readonly RpmPackage[], path = 'var/lib/rpm/rpmdb.sqlite'): Files {
  const directory = mkdtempSync(join(tmpdir(), 'palisade-rpmdb-'));
  try {
    const file = join(directory, 'rpmdb.sqlite');
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
    const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
    for (const one of packages) insert.run(header(one));
    database.close();
    return { [path]: readFileSync(file) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The list of packages of an image without rpm, as CBL-Mariner and Azure Linux have it. */
export function rpmManifest(packages: readonly RpmPackage[]): Files {
  const lines = packages.map((one) => {
    const { name, version, release, vendor = 'Microsoft Corporation', epoch = 0, architecture = 'x86_64' } = one;
    const evr = `${version}-${release}`;
    return [name, evr, '1', '1', vendor, '(none)', '1', architecture, epoch, sourceOf(one)].join('\t');
  });
  return { 'var/lib/rpmmanifest/container-manifest-2': `${lines.join('\n')}\n` };
}

const sourceOf = ({ name, version, release, source = name }: RpmPackage): string =>
  `${source}-${version}-${release}.src.rpm`;

// Types of rpm's tags.
const INT32 = 4;
const STRING = 6;
const STRINGS = 8;

interface Tag {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Buffer;
}

/** A header as rpm stores it: an index of tags, then their data. Numbers come first, so that they are aligned. */
function header(one: RpmPackage): Buffer {
  const { name, version, release, epoch, architecture = 'x86_64', vendor, modularity, files = [] } = one;
  const directories = [...new Set(files.map((file) => `${dirname(file)}/`))];
  const tags = [
    numbers(1003, epoch === undefined ? [] : [epoch]),
    numbers(
      1116,
      files.map((file) => directories.indexOf(`${dirname(file)}/`)),
    ),
    ...[text(1000, name), text(1001, version), text(1002, release), text(1011, vendor), text(1022, architecture)],
    ...[text(1044, sourceOf(one)), text(5096, modularity)],
    texts(
      1117,
      files.map((file) => file.slice(dirname(file).length + 1)),
    ),
    texts(1118, directories),
  ].filter(({ count }) => count > 0);
  return Buffer.concat([indexOf(tags), ...tags.map(({ data }) => data)]);
}

function indexOf(tags: readonly Tag[]): Buffer {
  const size = tags.reduce((sum, { data }) => sum + data.length, 0);
  let offset = 0;
  const entries = tags.map(({ tag, type, count, data }) => {
    const entry = words([tag, type, offset, count]);
    offset += data.length;
    return entry;
  });
  return Buffer.concat([words([tags.length, size]), ...entries]);
}

function words(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeInt32BE(value, 4 * i);
  return buffer;
}

const numbers = (tag: number, values: readonly number[]): Tag => ({
  ...{ tag, type: INT32, count: values.length, data: words(values) },
});

const text = (tag: number, value: string | undefined): Tag => ({
  ...{ tag, type: STRING, count: value === undefined ? 0 : 1, data: Buffer.from(`${value ?? ''}\0`) },
});

const texts = (tag: number, values: readonly string[]): Tag => ({
  ...{ tag, type: STRINGS, count: values.length, data: Buffer.from(values.map((value) => `${value}\0`).join('')) },
});
