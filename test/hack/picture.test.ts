import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { drawPicture, parsePicture } from '../../hack/picture.ts';

const TEXT = `# a comment
column Left
box A | one | two
column Right
box B <b>
arrow A -> B <b>
`;

test('a picture consists of columns of boxes, and arrows', () => {
  assert.equal(parsePicture(TEXT), {
    columns: [
      { title: 'Left', boxes: [{ name: 'A', lines: ['one', 'two'] }] },
      { title: 'Right', boxes: [{ name: 'B <b>', lines: [] }] },
    ],
    arrows: [{ from: 'A', to: 'B <b>' }],
  });
});

test('text is escaped, and the arrow starts at the right edge of one box and ends at the left edge of the other', () => {
  const svg = drawPicture(TEXT, 'A & B');
  assert.match(svg, '<title>A &amp; B</title>');
  assert.match(svg, '>B &lt;b&gt;</text>');
  assert.match(svg, 'd="M262 86 C296 86 296 86 330 86"');
});

for (const [what, text, error] of [
  ['a word that is none', 'circle A\n', 'line 1 is no column, box in a column, or arrow: circle A'],
  ['a box without a column', 'box A\n', 'line 1 is no column, box in a column, or arrow: box A'],
  ['an arrow to nothing', 'column L\nbox A\narrow A -> B\n', 'an arrow names B, which is no box'],
] as const)
  test(`${what} is an error that names it`, () => {
    assert.throws(
      () => drawPicture(text, ''),
      (error_: Error) => error_.message === error,
    );
  });

test.run();
