interface Alphabet {
  readonly unprintable: RegExp;
  readonly replacement: string;
  readonly ellipsis: string;
}

/** Without control, escape, bidirectional, invisible, private and unassigned characters and line separators. */
const UNICODE: Alphabet = {
  unprintable: /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu,
  replacement: '\ufffd',
  ellipsis: '…',
};

const ASCII: Alphabet = { unprintable: /[^\x20-\x7e]/g, replacement: '?', ellipsis: '...' };

const clean = (text: string, longest: number, { unprintable, replacement, ellipsis }: Alphabet): string => {
  // Cleaning is linear, but a title can have megabytes.
  const line = text
    .slice(0, longest * 4)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(unprintable, replacement)
    .trim();
  const characters = [...line];
  const fits = characters.length <= longest && text.length <= longest * 4;
  return fits ? line : `${characters.slice(0, longest - ellipsis.length).join('')}${ellipsis}`;
};

/**
 * Untrusted text, for example from an image or a vulnerability database, as one line that cannot steer a terminal.
 * @param longest in characters; a longer text ends in '…'
 */
export const printable = (text: string, longest = 512): string => clean(text, longest, UNICODE);

/**
 * As `printable`, but in ASCII only, for messages that quote a registry, a kubelet or a scanner.
 * @param longest in characters; a longer text ends in '...'
 */
export const printableAscii = (text: string, longest = 200): string => clean(text, longest, ASCII);

/** Untrusted text of several lines: the line breaks stay, and nothing else can steer a terminal. */
export const printableLines = (text: string): string => text.replaceAll(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
