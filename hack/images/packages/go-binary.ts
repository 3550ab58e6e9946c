import type { Files } from '../layer.ts';

export interface GoModule {
  readonly path: string;
  /** Such as v0.3.7. */
  readonly version: string;
}

export interface GoBinary {
  /** Such as go1.26.0: the version of the standard library. */
  readonly goVersion: string;
  /** Of the program itself. */
  readonly module: string;
  readonly dependencies: readonly GoModule[];
  /** As Go names it. Default amd64. */
  readonly architecture?: 'amd64' | 'arm64';
}

const elfMachine = { amd64: 62, arm64: 183 };
const base = 0x400000;
const headerSize = 64;
const programHeaderSize = 56;
const sectionHeaderSize = 64;
const names = '\0.go.buildinfo\0.shstrtab\0';
// The Go linker writes these before and after a program's module information.
const infoStart = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const infoEnd = Buffer.from('f932433186182072008242104116d8f2', 'hex');

/**
 * An executable with the build information that Go's linker writes since 1.18 and `go version -m` shows, and nothing
 * else: the same bytes everywhere, without a Go toolchain.
 */
export function goBinary(path: string, binary: GoBinary): Files {
  return { [path]: { data: elf(elfMachine[binary.architecture ?? 'amd64'], buildInfo(binary)), mode: 0o755 } };
}

function buildInfo({ goVersion, module, dependencies, architecture = 'amd64' }: GoBinary): Buffer {
  const lines = [
    ['path', module],
    ['mod', module, '(devel)', ''],
    ...dependencies.map(({ path, version }) => [
      'dep',
      path,
      version,
      'h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    ]),
    ['build', '-compiler=gc'],
    ['build', 'CGO_ENABLED=0'],
    ['build', `GOARCH=${architecture}`],
    ['build', 'GOOS=linux'],
  ];
  const text = lines.map((line) => `${line.join('\t')}\n`).join('');
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8; // bytes per pointer
  header[15] = 2; // the strings follow, little-endian
  return Buffer.concat([header, counted(Buffer.from(goVersion)), counted(infoStart, Buffer.from(text), infoEnd)]);
}

/** Bytes after their number as a varint. */
function counted(...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts);
  const length: number[] = [];
  let rest = data.length;
  for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), data]);
}

/** One loaded segment with one section of data. */
function elf(machine: number, info: Buffer): Buffer {
  const infoAt = 128; // a multiple of 16, where readers look for it
  const namesAt = infoAt + info.length;
  const sectionsAt = Math.ceil((namesAt + names.length) / 8) * 8;
  const file = Buffer.alloc(sectionsAt + 3 * sectionHeaderSize);
  writeHeader(file, machine, sectionsAt);
  writeProgramHeader(file.subarray(headerSize), namesAt);
  info.copy(file, infoAt);
  file.write(names, namesAt, 'latin1');
  const section = (i: number) => file.subarray(sectionsAt + i * sectionHeaderSize);
  writeSection(section(1), { name: 1, flags: 3, address: base + infoAt, offset: infoAt, size: info.length, type: 1 });
  writeSection(section(2), { name: 15, flags: 0, address: 0, offset: namesAt, size: names.length, type: 3 });
  return file;
}

function writeHeader(file: Buffer, machine: number, sectionsAt: number): void {
  file.write('\x7fELF', 'latin1');
  file.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(headerSize), 32);
  file.writeBigUInt64LE(BigInt(sectionsAt), 40);
  const sizes = [headerSize, programHeaderSize, 1, sectionHeaderSize, 3, 2];
  for (const [i, size] of sizes.entries()) file.writeUInt16LE(size, 52 + 2 * i);
}

function writeProgramHeader(header: Buffer, size: number): void {
  header.writeUInt32LE(1, 0); // loaded
  header.writeUInt32LE(6, 4); // read and write
  header.writeBigUInt64LE(BigInt(base), 16);
  header.writeBigUInt64LE(BigInt(base), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeBigUInt64LE(BigInt(size), 40);
  header.writeBigUInt64LE(4096n, 48);
}

interface Section {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

function writeSection(header: Buffer, section: Section): void {
  header.writeUInt32LE(section.name, 0);
  header.writeUInt32LE(section.type, 4);
  const words = [section.flags, section.address, section.offset, section.size];
  for (const [i, word] of words.entries()) header.writeBigUInt64LE(BigInt(word), 8 + 8 * i);
  header.writeBigUInt64LE(16n, 48);
}
