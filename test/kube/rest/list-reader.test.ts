import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ListReader } from '../../../src/kube/rest/list-reader.ts';

/** @param size bytes of a chunk */
const read = (text: string, size: number): { items: object[]; envelope: object } => {
  const items: object[] = [];
  const reader = new ListReader((item) => items.push(item));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  return { items, envelope: reader.end() };
};

const SIZES = [1, 2, 3, 7, 1000];

const METADATA = { resourceVersion: '7', continue: 'more' };

for (const [what, text, items] of [
  ['no items', '{"metadata":{},"items":[]}', []],
  ['null', '{"metadata":{},"items":null}', []],
  ['no field', '{"metadata":{}}', []],
  ['two', '{"metadata":{},"items":[{"a":1},{"b":[2,{"c":[]}]}]}', [{ a: 1 }, { b: [2, { c: [] }] }]],
  ['spaces everywhere', ' { "metadata" : {} , "items" : [ { "a" : 1 } ,\n\t{ } ] }\r\n', [{ a: 1 }, {}]],
  ['items before metadata', '{"items":[{"a":1}],"metadata":{}}', [{ a: 1 }]],
  ['brackets and quotes in texts', '{"metadata":{},"items":[{"a":"]}\\"{[\\\\"}]}', [{ a: ']}"{[\\' }]],
  ['a text that looks like items', '{"metadata":{"x":"\\"items\\":["},"items":[{}]}', [{}]],
  ['items inside of an item', '{"metadata":{},"items":[{"items":[{"a":1}]}]}', [{ items: [{ a: 1 }] }]],
  ['items inside of metadata', '{"metadata":{"items":[{"a":1}]},"items":[]}', []],
  ['another array', '{"others":[{"a":1}],"metadata":{},"items":[]}', []],
  ['characters of many bytes', '{"metadata":{},"items":[{"ä€😀":"😀"}]}', [{ 'ä€😀': '😀' }]],
  ['a key that is special in JavaScript', '{"items":[{"__proto__":{"a":1}}]}', [JSON.parse('{"__proto__":{"a":1}}')]],
] as const) {
  test(`items are read: ${what}`, () => {
    for (const size of SIZES) {
      const found = read(text, size);
      assert.equal(found.items, items);
      assert.equal(JSON.stringify(found.items), JSON.stringify(items));
      const { items: _, ...rest } = JSON.parse(text);
      const { items: left = [], ...envelope } = found.envelope as { items?: object[] | null };
      assert.equal(envelope, rest);
      assert.equal(left ?? [], [], 'no item is kept');
    }
  });
}

for (const [what, text] of [
  ['nothing', ''],
  ['a text', '"items"'],
  ['a number', '7'],
  ['an array', '[{"items":[]}]'],
  ['cut in the envelope', '{"metadata":{'],
  ['cut in an item', '{"metadata":{},"items":[{"a":1'],
  ['cut between items', '{"metadata":{},"items":[{"a":1},'],
  ['cut after the items', '{"metadata":{},"items":[{"a":1}]'],
  ['an item that is a number', '{"items":[1]}'],
  ['an item that is a text', '{"items":["a"]}'],
  ['an item that is null', '{"items":[null]}'],
  ['an item that is an array', '{"items":[[{}]]}'],
  ['an item that is no JSON', '{"items":[{"a":}]}'],
  ['brackets that do not match in an item', '{"items":[{"a":[}]}'],
  ['brackets that do not match', '{"items":[{}}'],
  ['two values', '{"items":[]}{"items":[]}'],
  ['a page of a proxy', '<html>busy</html>'],
  ['an endless envelope', `{"a":"${'a'.repeat(2 << 20)}"}`],
] as const) {
  test(`no list: ${what}`, () => {
    assert.throws(() => read(text, 1000));
    if (text.length < 1000) assert.throws(() => read(text, 1));
  });
}

test('whatever the items are, and however they arrive, they are those of JSON.parse', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      fc.integer({ min: 1, max: 40 }),
      (items, size) => {
        const text = JSON.stringify({ kind: 'List', metadata: METADATA, items });
        const found = read(text, size);
        assert.equal(JSON.stringify(found.items), JSON.stringify(JSON.parse(text).items));
        assert.equal(found.envelope, { kind: 'List', metadata: METADATA, items: [] });
      },
    ),
    { numRuns: 300 },
  );
});

test.run();
