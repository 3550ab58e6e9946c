import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toJsonText } from '../../../../src/scan/report/format/json-text.ts';
import { anyText } from '../../findings/known-finding.ts';

test('characters that JSON allows but a terminal obeys are escaped', () => {
  assert.is(
    toJsonText({ a: '\u001b[31m \u009b31m \u202e \u200b \u2028 \u007f é 漢 😀' }, 2),
    '{\n  "a": "\\u001b[31m \\u009b31m \\u202e \\u200b \\u2028 \\u007f é 漢 😀"\n}\n',
  );
  assert.is(toJsonText({ a: '\u{e0001}' }, 0), '{"a":"\\udb40\\udc01"}\n');
});

test('the text has the same value, and no control characters', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), (value) => {
      const text = toJsonText(value, 2);
      assert.equal(JSON.parse(text), value);
      assert.not.match(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test.run();
