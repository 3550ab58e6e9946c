/** The longest line of a header, as in `*3` and `$1048576`. */
const MOST_HEADER_BYTES = 16;
const MOST_ARGUMENTS = 16;
const CRLF = 2;

/** A command with more bytes than it may have. */
export class TooLong extends Error {}

type Parsed = { readonly command: Buffer[]; readonly length: number } | { readonly needs: number };

/**
 * Reads the commands that a Redis client sends: RESP arrays of bulk strings, each within bounds. No package is used: those
 * that exist read the answers of a server, and allocate whatever a length says.
 */
export class CommandReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Without so many bytes, the next command is not complete. */
  #needs = 1;

  /**
   * @param mostBytes of the arguments of one command
   * @returns the commands that are complete now
   * @throws TooLong, Error when the bytes are no commands: nothing that follows can be read
   */
  push(chunk: Buffer, mostBytes: number): Buffer[][] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needs) return [];
    let rest = Buffer.concat(this.#chunks);
    const commands: Buffer[][] = [];
    for (;;) {
      const parsed = parseCommand(rest, mostBytes);
      if ('needs' in parsed) {
        this.#chunks = [rest];
        this.#length = rest.length;
        this.#needs = parsed.needs;
        return commands;
      }
      commands.push(parsed.command);
      rest = rest.subarray(parsed.length);
    }
  }
}

const parseCommand = (bytes: Buffer, mostBytes: number): Parsed => {
  const count = parseHeader(bytes, 0, '*');
  if (count === undefined) return { needs: bytes.length + 1 };
  if (count.value > MOST_ARGUMENTS) throw new Error(`a command with ${count.value} arguments`);
  const command: Buffer[] = [];
  let at = count.end;
  for (let total = 0; command.length < count.value; ) {
    const length = parseHeader(bytes, at, '$');
    if (length === undefined) return { needs: bytes.length + 1 };
    total += length.value;
    if (total > mostBytes) throw new TooLong(`a command longer than ${mostBytes} bytes`);
    const end = length.end + length.value;
    if (bytes.length < end + CRLF) return { needs: end + CRLF };
    if (bytes.toString('latin1', end, end + CRLF) !== '\r\n') throw new Error('an argument longer than its length');
    command.push(bytes.subarray(length.end, end));
    at = end + CRLF;
  }
  return { command, length: at };
};

/** @returns undefined when the header is not complete */
const parseHeader = (bytes: Buffer, at: number, type: '*' | '$'): { value: number; end: number } | undefined => {
  const line = bytes.toString('latin1', at, at + MOST_HEADER_BYTES);
  const end = line.indexOf('\r\n');
  if (end === -1 && line.length < MOST_HEADER_BYTES) return undefined;
  const digits = line.slice(1, Math.max(end, 0));
  if (line[0] !== type || !/^\d+$/.test(digits))
    throw new Error(`a ${JSON.stringify(line)} instead of a ${type} header`);
  return { value: Number(digits), end: at + end + CRLF };
};
