import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeAsGo, isExcessive, type Shape, struct } from '../../../src/scan/registry/go-json.ts';

const SHAPE: Shape = struct({
  kind: { kind: 'string' },
  size: { kind: 'integer' },
  data: { kind: 'bytes' },
  notes: { kind: 'map' },
  names: { kind: 'strings' },
  rest: { kind: 'any' },
  items: { kind: 'list', of: struct({ kind: { kind: 'string' } }) },
});

const DECODED: readonly [text: string, decoded: ReturnType<typeof decodeAsGo>][] = [
  ['{}', { value: {} }],
  [' { "kind" : "a" } ', { value: { kind: 'a' } }],
  ['{"KIND":"a","\u212aind ":"b"}', { value: { kind: 'a' } }],
  ['{"\u212aind":"a"}', { value: { kind: 'a' } }],
  ['{"item\u017f":[]}', { value: { items: [] } }],
  ['{"k\u0131nd":"a","k\u0130nd":"b"}', { value: {} }],
  ['{"other":{"kind":[1,{"a":"\\"}"}]},"kind":"a"}', { value: { kind: 'a' } }],
  ['{"kind":null,"items":null}', { value: { kind: undefined, items: undefined } }],
  ['{"kind":"a","Kind":"b"}', { value: { kind: 'b' }, repeated: 'kind' }],
  [
    '{"items":[{"kind":"a"},{"kind":"b","kind":"c"}]}',
    { value: { items: [{ kind: 'a' }, { kind: 'c' }] }, repeated: 'items.kind' },
  ],
  ['{"kind":1}', { value: { kind: undefined }, wrong: 'kind' }],
  ['{"size":9223372036854775807}', { value: { size: 2 ** 63 } }],
  ['{"size":9223372036854775808}', { value: { size: undefined }, wrong: 'size' }],
  ['{"size":1.0}', { value: { size: undefined }, wrong: 'size' }],
  ['{"size":1e2}', { value: { size: undefined }, wrong: 'size' }],
  ['{"size":"1"}', { value: { size: undefined }, wrong: 'size' }],
  ['{"data":"aGk="}', { value: { data: undefined } }],
  ['{"data":"aGk"}', { value: { data: undefined }, wrong: 'data' }],
  ['{"data":[256]}', { value: { data: [undefined] }, wrong: 'data' }],
  ['{"names":["a",null],"items":[null]}', { value: { names: ['a', undefined], items: [undefined] } }],
  ['{"names":["a",1]}', { value: { names: ['a', undefined] }, wrong: 'names' }],
  [
    '{"notes":{"a":"b","A":"c"}}',
    {
      value: {
        notes: new Map([
          ['a', 'b'],
          ['A', 'c'],
        ]),
      },
    },
  ],
  ['{"notes":{"a":1}}', { value: { notes: new Map([['a', undefined]]) }, wrong: 'notes' }],
  ['{"rest":{"a":[1,"}"]},"kind":"a"}', { value: { rest: true, kind: 'a' } }],
  ['{"rest":null}', { value: { rest: undefined } }],
  ['{"items":{}}', { value: { items: undefined }, wrong: 'items' }],
];

for (const [text, decoded] of DECODED) {
  test(`as encoding/json: ${text}`, () => assert.equal(decodeAsGo(text, SHAPE), decoded));
}

const EXCESSIVE: readonly [what: string, text: string, excessive: boolean][] = [
  [
    'an image of a thousand layers',
    JSON.stringify({ layers: Array(1000).fill({ digest: 'a', size: 1, annotations: { a: 'b' } }) }),
    false,
  ],
  ['marks in a string', JSON.stringify({ a: '{['.repeat(200_000) }), false],
  ['numbers', `[${'0,'.repeat(100_001)}0]`, true],
  ['objects', `[${'{},'.repeat(100_001)}{}]`, true],
  ['depth', '['.repeat(101), true],
  ['a string without an end', `"${'\\'.repeat(1000)}`, false],
];

for (const [what, text, excessive] of EXCESSIVE) {
  test(`JSON that is ${excessive ? '' : 'not '}too much to parse: ${what}`, () =>
    assert.is(isExcessive(text), excessive));
}

test.run();
