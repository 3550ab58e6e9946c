/** Bound of one line in a log or on a terminal, in characters. */
export const MAX_LINE = 16_384;

interface Alphabet {
  readonly unprintable: RegExp;
  readonly replacement: string;
  readonly ellipsis: string;
}

/** Without control, escape, bidirectional, invisible, private and unassigned characters, line separators and half characters. */
const UNICODE: Alphabet = {
  unprintable: /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu,
  replacement: '\ufffd',
  ellipsis: '…',
};

const ASCII: Alphabet = { unprintable: /[^\x20-\x7e]/g, replacement: '?', ellipsis: '...' };

/** How much of a text is looked at: cleaning is linear, but a title can have megabytes. */
const LOOKED_AT = 4;

const clean = (text: string, longest: number, { unprintable, replacement, ellipsis }: Alphabet): string => {
  const line = text
    .slice(0, longest * LOOKED_AT)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(unprintable, replacement)
    .trim();
  const characters = [...line];
  const fits = characters.length <= longest && text.length <= longest * LOOKED_AT;
  return fits ? line : `${characters.slice(0, longest - ellipsis.length).join('')}${ellipsis}`;
};

/**
 * Text that others wrote, or that is cut, as one line for statuses, Events, logs, reports and terminals: well-formed UTF-16,
 * which the API server requires, within a bound, and without characters that steer a terminal or reorder the text.
 * @param longest in characters (code points), as maxLength of a schema counts; a longer text ends in '…'
 */
export const printable = (text: string, longest = 512): string => clean(text, longest, UNICODE);

/**
 * As `printable`, where the bound is in bytes of UTF-8, as that of an Event's note.
 * @param maxBytes a longer text ends in '…'
 */
export const printableBytes = (text: string, maxBytes: number): string => {
  const line = printable(text, maxBytes);
  if (Buffer.byteLength(line) <= maxBytes) return line;
  let bytes = Buffer.byteLength(UNICODE.ellipsis);
  let cut = '';
  for (const character of line) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    cut += character;
  }
  return cut + UNICODE.ellipsis;
};

/**
 * As `printable`, but in ASCII only, for messages that quote a registry, a kubelet or a scanner.
 * @param longest in characters; a longer text ends in '...'
 */
export const printableAscii = (text: string, longest = 200): string => clean(text, longest, ASCII);

/** As `printable`, for a text of several lines of any length: its line breaks stay. */
export const printableLines = (text: string): string =>
  text.replaceAll(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
