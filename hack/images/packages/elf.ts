const machines = { amd64: 62, arm64: 183 };
const base = 0x400000;
const headerSize = 64;
const programHeaderSize = 56;
const sectionHeaderSize = 64;

/** An executable with one loaded segment, which has one section of data. @param architecture as Go names it */
export function elf(section: string, info: Buffer, architecture: keyof typeof machines = 'amd64'): Buffer {
  const names = `\0${section}\0.shstrtab\0`;
  const infoAt = 128; // a multiple of 16, where readers look for it
  const namesAt = infoAt + info.length;
  const sectionsAt = Math.ceil((namesAt + names.length) / 8) * 8;
  const file = Buffer.alloc(sectionsAt + 3 * sectionHeaderSize);
  writeHeader(file, machines[architecture], sectionsAt);
  writeProgramHeader(file.subarray(headerSize), namesAt);
  info.copy(file, infoAt);
  file.write(names, namesAt, 'latin1');
  const headerOf = (i: number) => file.subarray(sectionsAt + i * sectionHeaderSize);
  writeSection(headerOf(1), { name: 1, flags: 3, address: base + infoAt, offset: infoAt, size: info.length, type: 1 });
  writeSection(headerOf(2), {
    name: section.length + 2,
    flags: 0,
    address: 0,
    offset: namesAt,
    size: names.length,
    type: 3,
  });
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
