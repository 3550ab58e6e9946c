import type { Platform } from './platform.ts';

/** The upstream download of a program. */
export interface Release {
  /** Of the program itself, or of an archive that holds it. */
  readonly url: string;
  /** Its SHA-256: alone, or as one line `digest  name` among others. */
  readonly checksums: string;
  /** Path of the program in the archive; none: the file is the program. */
  readonly member?: string;
}

/** A Go module of this repository, and the programs that come out of it. */
export interface Source<Name extends string = string> {
  /** Absolute path of the module. */
  readonly module: string;
  readonly version: string;
  /** Of Go packages, by program. */
  readonly packages: Partial<Readonly<Record<Name, string>>>;
  readonly linkerFlags: string;
  /** For `go build` only. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of the module that are compiled, where the code is our own: go.mod and go.sum pin all other code. */
  readonly code?: readonly string[];
  /** The expected time, for messages. */
  readonly coldBuild: string;
  /** The same program, built by its makers; none for a platform that they do not build for. */
  release?(name: Name, platform: Platform): Release | undefined;
  /** The cure without Go: ends a sentence that starts with "install Go, or". */
  readonly otherwise?: string;
}

export function namesOf<Name extends string>(source: Source<Name>): Name[] {
  return Object.keys(source.packages) as Name[];
}
