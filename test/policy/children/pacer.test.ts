import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_REPAIRS, RepairPacer } from '../../../src/policy/children/pacer.ts';

const afterRepairs = (count: number): { pacer: RepairPacer; pass(ms: number): void } => {
  let now = 1_000_000;
  const pacer = new RepairPacer(() => now);
  for (let i = 0; i < count; i++) {
    pacer.repaired('a');
    now += 100;
  }
  return {
    pacer,
    pass: (ms) => {
      now += ms;
    },
  };
};

test('repairs are made at once as long as there are few', () => {
  assert.is(afterRepairs(MAX_REPAIRS - 1).pacer.delay('a'), 0);
});

test('after many within a minute the next waits until the first is a minute old', () => {
  assert.is(afterRepairs(MAX_REPAIRS).pacer.delay('a'), 60_000 - MAX_REPAIRS * 100);
});

test('each object has its own count', () => {
  assert.is(afterRepairs(MAX_REPAIRS).pacer.delay('b'), 0);
});

test('a minute later it starts anew', () => {
  const { pacer, pass } = afterRepairs(MAX_REPAIRS);
  pass(60_000);
  assert.is(pacer.delay('a'), 0);
});

test.run();
