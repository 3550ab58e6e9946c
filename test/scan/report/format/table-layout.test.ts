import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fit, formatColumns } from '../../../../src/scan/report/format/table-layout.ts';

const rows: [text: string, columns: number, fitting: string][] = [
  ['short', 5, 'short'],
  ['too long', 5, 'too …'],
  ['漢字漢字', 5, '漢字…'],
  ['漢字漢字', 8, '漢字漢字'],
  ['👩‍👩‍👧 family', 4, '👩‍👩‍👧 …'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['a', 0, ''],
];

for (const [text, columns, fitting] of rows) {
  test(`${text} in ${columns} columns`, () => assert.is(fit(text, columns), fitting));
}

test('columns are aligned by what a terminal shows, and the last one gives way', () => {
  assert.equal(
    formatColumns(
      [
        ['A', 'BB', 'TITLE'],
        ['漢字', 'b', 'a long title'],
        ['x', '', ''],
      ],
      18,
    ),
    ['A      BB   TITLE', '漢字   b    a lon…', 'x'],
  );
});

test.run();
