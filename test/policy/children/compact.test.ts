import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compact } from '../../../src/policy/children/compact.ts';

const large = 'x'.repeat(40_000);
const many = Array.from({ length: 20_000 }, (_, i) => i);
/** As the API server returns it: without -0. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const HASH = /^\{"sha256":"[0-9a-f]{64}"\}$/;

for (const [what, value] of [
  ['nothing', undefined],
  ['null', null],
  ['a NetworkPolicy', { podSelector: {}, policyTypes: ['Ingress'] }],
  ['a text below the bound', { a: 'x'.repeat(30_000) }],
] as const) {
  test(`kept as it is: ${what}`, () => assert.is(compact(value), value));
}

for (const [what, value] of [
  ['a long text', large],
  ['many numbers', many],
  ['many empty objects', many.map(() => ({}))],
  ['a long key', [{ [large]: 1 }]],
] as const) {
  test(`only its hash is kept: ${what}`, () => {
    assert.match(JSON.stringify(compact(value)), HASH);
    assert.equal(compact(structuredClone(value)), compact(value));
  });
}

test('of a large spec its small fields are kept', () => {
  const podSelector = { matchLabels: { app: 'web' } };
  const { ingress, ...rest } = compact({ podSelector, ingress: many, policyTypes: ['Ingress'] }) as { ingress: object };
  assert.equal(rest, { podSelector, policyTypes: ['Ingress'] });
  assert.match(JSON.stringify(ingress), HASH);
});

test('the order of keys does not count, that of a list does', () => {
  assert.equal(compact([{ a: large, b: { c: 1, d: 2 } }]), compact([{ b: { d: 2, c: 1 }, a: large }]));
  assert.not.equal(compact([large, 1]), compact([1, large]));
  assert.not.equal(compact({ a: large, b: '1' }), compact({ a: large, b: 1 }));
});

test('large values are equal when compacted only if they are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      assert.equal(compact([large, a]), compact([large, structuredClone(a)]));
      assert.is(isDeepStrictEqual(compact([large, a]), compact([large, b])), isDeepStrictEqual(written(a), written(b)));
    }),
  );
});

test.run();
