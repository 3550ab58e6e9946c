const SHORT: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Of a value in Trivy's log. */
export const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;

/** Of Go's strconv.Quote. A byte that is no UTF-8 is a replacement character, as in Go's JSON. */
export const unquote = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g, (_, byte, short, long, letter) => {
    if (letter !== undefined) return SHORT[letter] ?? letter;
    const code = Number.parseInt(byte ?? short ?? long, 16);
    return byte !== undefined && code > 0x7f ? '\ufffd' : String.fromCodePoint(code);
  });
