import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDocuments } from '../../../src/cli/input/documents.ts';
import { cpuMs } from '../../harness/cpu-ms.ts';

const parse = (text: string) => parseDocuments({ file: 'p.yaml', text });

const readable: [name: string, text: string, documents: unknown[]][] = [
  ['an empty file', '', []],
  ['comments only', '# nothing\n---\n# here\n', []],
  ['several documents', 'a: 1\n---\n---\nb: 2\n...\n---\nc: 3', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ['JSON', '{"a": [1, "x", null, true]}', [{ a: [1, 'x', null, true] }]],
  ['JSON with tabs', '{\n\t"a":\t1\n}', [{ a: 1 }]],
  ['CRLF and a byte order mark', '\ufeffa: 1\r\nb:\r\n  - x\r\n', [{ a: 1, b: ['x'] }]],
  ['a scalar', 'hello', ['hello']],
  ['aliases become copies', 'a: &a {x: 1}\nb: *a', [{ a: { x: 1 }, b: { x: 1 } }]],
  ['merge keys', 'a: &a {x: 1}\nb: {<<: *a, z: 2}', [{ a: { x: 1 }, b: { x: 1, z: 2 } }]],
  // As kubectl's parser reads them.
  ['YAML 1.1', 'a: on\nb: no\nc: 010\nd: 0x10\ne: ~', [{ a: true, b: false, c: 8, d: 16, e: null }]],
  ['no times', 'a: 22:22\nb: 2026-01-31', [{ a: '22:22', b: '2026-01-31' }]],
];

for (const [name, text, documents] of readable) {
  test(`documents: ${name}`, () => {
    assert.equal(parse(text), { documents, problems: [] });
  });
}

test('documents: names of JavaScript properties are ordinary keys', () => {
  const [document] = parse('__proto__: {admin: true}\nconstructor: 1').documents as [object];
  assert.equal(Object.keys(document), ['__proto__', 'constructor']);
  assert.is((document as { admin?: true }).admin, undefined);
});

const unreadable: [name: string, text: string, problem: string | RegExp][] = [
  ['a syntax error', 'a: 1\nb: [1,\n', /^p\.yaml:3:1: flow sequence/],
  ['a syntax error in the second document', 'a: 1\n---\nb: c: d\n', /^p\.yaml:3:4: nested mappings/],
  ['tabs', 'a:\n\tb: 1\n', /^p\.yaml:2:1: tabs are not allowed as indentation$/],
  ['a key twice', 'a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n', 'p.yaml:5:3: the key "c" occurs twice in one object'],
  ['a key twice in JSON', '{"a": 1, "a": 2}', 'p.yaml:1:10: the key "a" occurs twice in one object'],
  ['an alias without an anchor', 'a: *b', /^p\.yaml: unresolved alias/],
  ['an object that contains itself', 'a: &a\n  b: *a\n', 'p.yaml: an alias refers to an object that contains it'],
  ['an unknown tag', 'a: !!js/function x', /^p\.yaml:1:4: unresolved tag/],
];

for (const [name, text, problem] of unreadable) {
  test(`documents: ${name} is a problem`, () => {
    const { documents, problems } = parse(text);
    assert.equal(documents, []);
    assert.is(problems.length, 1, problems.join('\n'));
    if (typeof problem === 'string') assert.is(problems[0], problem);
    else assert.match(problems[0] ?? '', problem);
  });
}

test('documents: aliases that multiply are refused', () => {
  const levels = [...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`);
  assert.equal(parse(`a: &a [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}`).problems, [
    'p.yaml: excessive alias count indicates a resource exhaustion attack',
  ]);
});

for (const [name, text] of [
  ['flow', '['.repeat(100_000)],
  ['closed flow', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['JSON', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  ['block', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
] as const) {
  test(`documents: ${name} nested too deeply is a problem and does not crash`, () => {
    const { problems } = parse(text);
    assert.match(problems[0] ?? '', /^p\.yaml:\d+:\d+: it is nested too deeply$/);
  });
}

test('documents: many keys take linear time', () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n');
  const started = cpuMs();
  assert.is(parse(text).problems.length, 0);
  assert.ok(cpuMs() - started < 10_000);
});

test.run();
