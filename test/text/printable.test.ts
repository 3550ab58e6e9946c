import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printable, printableAscii, printableLines } from '../../src/text/printable.ts';
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
  assert.is(printableLines('a\n\u001b[2Jb\r\n\u202ec\u2028d\te'), 'a\n\ufffd[2Jb\ufffd\n\ufffdc\ufffdd\ufffde');
});

test.run();
