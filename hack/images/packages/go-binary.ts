import type { Files } from '../layer.ts';
import { elf } from './elf.ts';

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

// The Go linker writes these before and after a program's module information.
const infoStart = Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex');
const infoEnd = Buffer.from('f932433186182072008242104116d8f2', 'hex');

/**
 * An executable with the build information that Go's linker writes since 1.18 and `go version -m` shows, and nothing
 * else: the same bytes everywhere, without a Go toolchain.
 */
export function goBinary(path: string, binary: GoBinary): Files {
  return { [path]: { data: elf('.go.buildinfo', buildInfo(binary), binary.architecture), mode: 0o755 } };
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
