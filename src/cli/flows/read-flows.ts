import { createReadStream } from 'node:fs';
import { printable } from '../../text/printable.ts';
import { InputError } from '../errors.ts';
import { describeReadError, shownName } from '../input/files.ts';
import { Connections } from './connections.ts';
import { linesOf, unpacked } from './lines.ts';
import type { ObservedConnection, SkipReason } from './observed.ts';
import { FORMATS, readLine } from './read-line.ts';

/** A line that cannot be read, and why. */
export interface UnreadableLine {
  readonly file: string;
  readonly line: number;
  readonly cause: string;
}

/** What the flow logs have. */
export interface Flows {
  readonly connections: readonly ObservedConnection[];
  /** Records that are no connection. */
  readonly skipped: ReadonlyMap<SkipReason, number>;
  readonly unreadable: { readonly count: number; readonly first: readonly UnreadableLine[] };
  /** Flows of connections that are not in the list, because there are too many. */
  readonly overflow: number;
}

/** Lines that messages name. */
const MOST_NAMED = 10;
const MAX_CAUSE = 200;
const STDIN = '-';

class Reader {
  readonly #connections = new Connections();
  readonly #skipped = new Map<SkipReason, number>();
  readonly #unreadable: UnreadableLine[] = [];
  #count = 0;
  #records = 0;

  get records(): number {
    return this.#records;
  }

  async read(file: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
    let last = 0;
    try {
      for await (const { number, text } of linesOf(unpacked(stream))) {
        last = number;
        if (text === undefined) this.#fail(file, number, 'it is longer than 16 MiB: write one object in a line');
        else this.#line(file, number, text);
      }
    } catch (error) {
      // What was read before the damage counts; the rest is named.
      if (!isUnpackError(error)) throw error;
      this.#fail(file, last + 1, `the gzip data is cut off or damaged here (${error.message}): the rest is missing`);
    }
  }

  #line(file: string, number: number, text: string): void {
    for (const record of readLine(text)) {
      if (record === undefined) continue;
      if ('unreadable' in record) {
        this.#fail(file, number, record.unreadable);
        continue;
      }
      this.#records += 1;
      if ('flow' in record) this.#connections.add(record.flow);
      else this.#skipped.set(record.skipped, (this.#skipped.get(record.skipped) ?? 0) + 1);
    }
  }

  #fail(file: string, line: number, cause: string): void {
    this.#count += 1;
    if (this.#unreadable.length < MOST_NAMED) this.#unreadable.push({ file, line, cause: printable(cause, MAX_CAUSE) });
  }

  result(): Flows {
    return {
      ...{ connections: this.#connections.list(), skipped: this.#skipped, overflow: this.#connections.overflow },
      unreadable: { count: this.#count, first: this.#unreadable },
    };
  }
}

const isUnpackError = (error: unknown): error is Error =>
  error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');

export const describeUnreadable = ({ file, line, cause }: UnreadableLine): string => `${file}: line ${line}: ${cause}`;

/**
 * Reads flow logs: output of Hubble, flow logs of Calico and Goldmane, and of conntrack; which of them is decided line by line,
 * so that a file may have several. A file may be packed with gzip, and is read in bounded memory.
 * @param files `-` is stdin
 * @throws InputError when a file cannot be opened, or none has a record of a known format
 */
export const readFlows = async (files: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<Flows> => {
  const reader = new Reader();
  for (const file of new Set(files)) {
    const name = shownName(file);
    try {
      await reader.read(name, file === STDIN ? stdin : createReadStream(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new InputError([describeReadError(name, error)]);
    }
  }
  const flows = reader.result();
  if (reader.records > 0) return flows;
  const problems = flows.unreadable.first.map(describeUnreadable);
  const names = [...new Set(files)].map(shownName).join(', ');
  throw new InputError(problems.length > 0 ? problems : [`${names}: it has no flow: ${FORMATS} can be read`]);
};
