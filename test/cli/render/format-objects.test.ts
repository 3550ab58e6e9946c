import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatObjects } from '../../../src/cli/render/format-objects.ts';

const shared = { app: 'on', tier: '010', note: 'x: y', long: 'a '.repeat(80).trim() };
const objects = [
  { kind: 'A', one: shared, two: shared },
  { kind: 'B', list: [80, 'http', true] },
];

test('YAML repeats aliased values, breaks no line, and quotes text that kubectl would read otherwise', () => {
  const block = `  app: "on"\n  tier: "010"\n  note: "x: y"\n  long: ${shared.long}\n`;
  assert.is(
    formatObjects(objects, 'yaml'),
    `kind: A\none:\n${block}two:\n${block}---\nkind: B\nlist:\n  - 80\n  - http\n  - true\n`,
  );
});

test('JSON is a List', () => {
  assert.equal(JSON.parse(formatObjects(objects, 'json')), { apiVersion: 'v1', kind: 'List', items: objects });
  assert.ok(formatObjects(objects, 'json').endsWith('\n'));
});

test('nothing to create', () => {
  assert.is(formatObjects([], 'yaml'), '');
});

test.run();
