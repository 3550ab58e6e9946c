import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type About, ENTRY_KINDS } from './entry.ts';

/**
 * The bytes of one file of the report store: a line of text, then the content as gzip.
 *
 *     palisade-store 2 <SHA-256 of `2 ` and the JSON> {"about":{…},"body":{"bytes":…,"sha256":…,"contentBytes":…}}⏎
 *     <gzip>
 *
 * A header and not a trailer, because opening a store reads only the beginnings of its files. Both checksums are of
 * the bytes as they lie on disk: nothing is parsed or unpacked before it is known to be whole, and no bit is left out.
 * `palisade-store`, the version and the first checksum stay where they are in every later version, so that a damaged
 * digit is not taken for a newer format. By hand: `head -1 FILE`, `tail -n +2 FILE | zcat`.
 */
export interface Header {
  readonly about: About;
  readonly body: Body;
}

interface Body {
  /** Length of the gzip. */
  readonly bytes: number;
  /** Of the gzip, hexadecimal. */
  readonly sha256: string;
  /** Length of its content. */
  readonly contentBytes: number;
}

/** Raised when `about`, or the JSON of reports or scan records, changes its shape: older files are then created again. */
const FORMAT = 2;
/** A header line is never longer. */
export const MAX_HEADER_BYTES = 4096;

const MAGIC = 'palisade-store';
const HEADER = new RegExp(`^${MAGIC} ([1-9][0-9]{0,8}) ([0-9a-f]{64}) (.*)$`);

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** A file whose content is not as it was written: the reason continues a sentence after "it". */
export class DamagedFile extends Error {
  override readonly name: string = 'DamagedFile';
}

/** A file of an earlier version of Palisade. Its content may have another shape, so it is discarded like a damaged file. */
export class OlderFormat extends DamagedFile {
  override readonly name = 'OlderFormat';
}

/** A whole file of a later version of Palisade. */
export class NewerFormat extends Error {
  override readonly name = 'NewerFormat';
  readonly format: number;

  constructor(format: number) {
    super(`is of format ${format}, newer than format ${FORMAT}, which this version of Palisade writes`);
    this.format = format;
  }
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** @throws RangeError when `about` does not fit into a header */
export async function encode(about: About, content: Buffer, format = FORMAT): Promise<Buffer> {
  const packed = await deflate(content);
  const header: Header = {
    about,
    body: { bytes: packed.length, sha256: sha256(packed), contentBytes: content.length },
  };
  const json = JSON.stringify(header);
  const line = Buffer.from(`${MAGIC} ${format} ${sha256(`${format} ${json}`)} ${json}\n`);
  if (line.length > MAX_HEADER_BYTES) {
    throw new RangeError(`the name of a ${about.kind} is too long to be stored: ${line.length} bytes of header`);
  }
  return Buffer.concat([line, packed]);
}

/**
 * Reads the header line.
 * @param beginning the first MAX_HEADER_BYTES of the file, or all of it when it is shorter
 * @throws DamagedFile, OlderFormat, NewerFormat
 */
export function decodeHeader(beginning: Buffer): { header: Header; length: number } {
  const end = beginning.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  if (end === -1) throw new DamagedFile('has no header line');
  const [, version, checksum, json] = HEADER.exec(beginning.toString('latin1', 0, end)) ?? [];
  if (version === undefined || json === undefined) throw new DamagedFile('is no file of a report store');
  if (sha256(Buffer.from(`${version} ${json}`, 'latin1')) !== checksum) {
    throw new DamagedFile('has a header with a wrong checksum');
  }
  if (Number(version) > FORMAT) throw new NewerFormat(Number(version));
  if (Number(version) < FORMAT) throw new OlderFormat(`is of format ${version}, older than format ${FORMAT}`);
  const header: Header = JSON.parse(Buffer.from(json, 'latin1').toString());
  const { kind } = header.about;
  if (!ENTRY_KINDS.includes(kind)) throw new OlderFormat(`is of a kind that is not kept any more: ${kind}`);
  return { header, length: end + 1 };
}

/** @returns the content. @throws DamagedFile */
export async function decodeBody({ body }: Header, packed: Buffer): Promise<Buffer> {
  if (packed.length !== body.bytes || sha256(packed) !== body.sha256) {
    throw new DamagedFile('has content with a wrong checksum');
  }
  // A limit of 0 is refused, and a longer content must not be cut to the length that is expected.
  const content = await inflate(packed, { maxOutputLength: body.contentBytes + 1 }).catch(() => undefined);
  if (content?.length !== body.contentBytes) throw new DamagedFile('has content that cannot be unpacked');
  return content;
}
