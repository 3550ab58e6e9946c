import { open } from 'node:fs/promises';

/** Where an ELF header says for which processor it is: e_machine, see elf(5). */
const MACHINE_AT = 18;
const MACHINES: Readonly<Record<string, number>> = { x64: 0x3e, arm64: 0xb7 };

/**
 * Why the kernel would not execute a file; undefined: it would. A shell takes what the kernel refuses for a script of its
 * own, and its complaint says nothing of that.
 * @throws Error when it cannot be read
 */
export async function formatProblem(
  file: string,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): Promise<string | undefined> {
  if (platform !== 'linux') return undefined;
  const head = await beginningOf(file);
  if (head.toString('latin1', 0, 2) === '#!') return undefined;
  if (head.toString('latin1', 0, 4) !== '\x7fELF' || head.length < MACHINE_AT + 2) {
    return 'it is neither a program for Linux (ELF) nor a script that begins with #!';
  }
  const isLittle = head[5] === 1;
  const machine = isLittle ? head.readUInt16LE(MACHINE_AT) : head.readUInt16BE(MACHINE_AT);
  const wanted = MACHINES[arch];
  return wanted === undefined || machine === wanted ? undefined : `it is a program for another processor than ${arch}`;
}

async function beginningOf(file: string): Promise<Buffer> {
  await using handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MACHINE_AT + 2), 0, MACHINE_AT + 2, 0);
  return buffer.subarray(0, bytesRead);
}
