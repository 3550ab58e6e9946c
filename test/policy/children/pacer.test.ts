import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_WRITES, WritePacer } from '../../../src/policy/children/pacer.ts';

const afterWrites = (count: number): { pacer: WritePacer; pass(ms: number): void } => {
  let now = 1_000_000;
  const pacer = new WritePacer({ now: () => now });
  for (let i = 0; i < count; i++) pacer.written('a');
  return {
    pacer,
    pass: (ms) => {
      now += ms;
    },
  };
};

test('writes are immediate as long as there are few', () => {
  assert.is(afterWrites(MAX_WRITES - 1).pacer.delay('a'), 0);
});

test('after many the next write waits a minute', () => {
  const { pacer, pass } = afterWrites(MAX_WRITES);
  assert.is(pacer.delay('a'), 60_000);
  pass(45_000);
  assert.is(pacer.delay('a'), 15_000);
});

test('each write after that waits too', () => {
  const { pacer, pass } = afterWrites(MAX_WRITES);
  for (let i = 0; i < 3; i++) {
    pass(60_000);
    assert.is(pacer.delay('a'), 0);
    pacer.written('a');
    assert.is(pacer.delay('a'), 60_000);
  }
});

test('each object has its own count', () => {
  assert.is(afterWrites(MAX_WRITES).pacer.delay('b'), 0);
});

test('a failed write waits a minute, after few writes or many', () => {
  const { pacer } = afterWrites(1);
  pacer.exhaust('a');
  assert.is(pacer.delay('a'), 60_000);
});

test('much later the count restarts', () => {
  const { pacer, pass } = afterWrites(MAX_WRITES);
  pass(MAX_WRITES * 60_000);
  for (let i = 0; i < MAX_WRITES - 1; i++) pacer.written('a');
  assert.is(pacer.delay('a'), 0);
});

test.run();
