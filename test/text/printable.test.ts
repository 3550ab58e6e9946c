import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printable, printableAscii, printableBytes, printableLines } from '../../src/text/printable.ts';
import { cpuTime } from '../scan/findings/cpu-time.ts';
import { anyText } from '../scan/findings/known-finding.ts';

const rows: [text: string, longest: number, shown: string][] = [
  ['openssl 3.0.15', 20, 'openssl 3.0.15'],
  ['two\nlines\tand  more ', 40, 'two lines and more'],
  ['\u001b[31mred\u001b[0m', 40, '\ufffd[31mred\ufffd[0m'],
  ['\u001b]8;;http://x\u0007link', 40, '\ufffd]8;;http://x\ufffdlink'],
  ['\u009b31m', 40, '\ufffd31m'],
  ['abc\u202efdp.exe', 40, 'abc\ufffdfdp.exe'],
  ['zero\u200bwidth\ufeff', 40, 'zero\ufffdwidth'],
  ['half \ud83d', 40, 'half \ufffd'],
  ['a\u2028b', 40, 'a b'],
  ['a\u0000b', 40, 'a\ufffdb'],
  ['Überlauf in 漢字 😀', 40, 'Überlauf in 漢字 😀'],
  ['too long', 8, 'too long'],
  ['too long!', 8, 'too lon…'],
  ['😀😀😀', 2, '😀…'],
  ['', 8, ''],
];

for (const [text, longest, shown] of rows) {
  test(`${JSON.stringify(text)} in ${longest}`, () => assert.is(printable(text, longest), shown));
}

test('printed text cannot steer a terminal, break the line or grow', () => {
  fc.assert(
    fc.property(
      fc.array(anyText).map((texts) => texts.join('')),
      fc.integer({ min: 1, max: 60 }),
      (text, longest) => {
        const shown = printable(text, longest);
        assert.not.match(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        assert.ok([...shown].length <= longest);
        assert.is(printable(shown, longest), shown);
      },
    ),
  );
});

test('a title of megabytes costs no more than its shown part', () => {
  const titles = ['a', ' ', '\u001b', '\u001b ', '\ud83d'].map((unit) => unit.repeat(5_000_000));
  const busy = cpuTime(() => {
    for (const title of titles) printable(title, 100);
  });
  assert.ok(busy < 500, `${busy} ms`);
});

const CUT = 8;
const WIDE = ['é', '漢', '😀', '\u{1f469}\u200d\u{1f4bb}', 'e\u0301', '\ud83d', '\ude00'];

for (const wide of WIDE) {
  test(`${JSON.stringify(wide)} at each boundary of a cut leaves well-formed text within its bound`, () => {
    for (let before = 0; before <= 3 * CUT; before += 1) {
      const text = `${'x'.repeat(before)}${wide.repeat(4)}${'y'.repeat(CUT)}`;
      for (let bound = 1; bound <= CUT; bound += 1) {
        const shown = [printable(text, bound), printableBytes(text, bound + 2)];
        for (const one of shown) assert.ok(one.isWellFormed(), `${JSON.stringify(text)}: ${JSON.stringify(one)}`);
        assert.ok([...(shown[0] ?? '')].length <= bound);
        assert.ok(Buffer.byteLength(shown[1] ?? '') <= bound + 2);
      }
    }
  });
}

const byteRows: [text: string, bytes: number, cut: string][] = [
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['too long', 6, 'too…'],
  ['€€€', 9, '€€€'],
  ['€€€€', 9, '€€…'],
  ['a€€€', 9, 'a€…'],
  ['😀😀😀', 11, '😀😀…'],
  ['😀😀😀', 10, '😀…'],
  ['a\u001b[2J\nb\u202e', 20, 'a\ufffd[2J b\ufffd'],
];

for (const [text, bytes, cut] of byteRows) {
  test(`${JSON.stringify(text)} in ${bytes} bytes`, () => assert.is(printableBytes(text, bytes), cut));
}

test('in bytes any text is one well-formed line within the bound', () => {
  fc.assert(
    fc.property(
      fc.array(anyText).map((texts) => texts.join('')),
      fc.integer({ min: 3, max: 60 }),
      (text, maxBytes) => {
        const shown = printableBytes(text, maxBytes);
        assert.ok(shown.isWellFormed());
        assert.not.match(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        assert.ok(Buffer.byteLength(shown) <= maxBytes);
      },
    ),
  );
});

const asciiRows: [text: string, shown: string][] = [
  ['denied:\n  access\tto x', 'denied: access to x'],
  ['\u001b[31mred\u202e', '?[31mred?'],
  ['pas trouvé', 'pas trouv?'],
  ['x'.repeat(200), 'x'.repeat(200)],
  ['x'.repeat(201), `${'x'.repeat(197)}...`],
];

for (const [text, shown] of asciiRows) {
  test(`in ASCII: ${JSON.stringify(text)}`, () => assert.is(printableAscii(text), shown));
}

test('in ASCII any text is one line of printable characters within the bound', () => {
  fc.assert(
    fc.property(
      fc.array(anyText).map((texts) => texts.join('')),
      (text) => {
        assert.match(printableAscii(text), /^[\x20-\x7e]{0,200}$/);
      },
    ),
  );
});

test('text of several lines keeps its line breaks, and no other control characters', () => {
  assert.is(
    printableLines('a\n\u001b[2Jb\r\n\u202ec\u2028d\te\ud83d'),
    'a\n\ufffd[2Jb\ufffd\n\ufffdc\ufffdd\ufffde\ufffd',
  );
  assert.is(printableLines('Überlauf in 漢字 😀'), 'Überlauf in 漢字 😀');
});

test.run();
