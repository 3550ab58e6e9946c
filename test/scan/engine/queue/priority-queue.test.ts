import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PriorityQueue } from '../../../../src/scan/engine/queue/priority-queue.ts';

const takeAll = (line: PriorityQueue, most = Number.POSITIVE_INFINITY): string[] => {
  const taken: string[] = [];
  for (let key = line.peek(); key !== undefined && taken.length < most; key = line.peek()) {
    line.take(key);
    taken.push(key);
  }
  return taken;
};

test('the better priority goes first, and first come first served within one', () => {
  const line = new PriorityQueue();
  line.add('i', 'Idle');
  line.add('s', 'Scheduled');
  line.add('r', 'Running');
  line.add('q1', 'Requested');
  line.add('q2', 'Requested');
  line.add('n', 'NeverScanned');
  assert.equal(takeAll(line), ['n', 'q1', 'q2', 'r', 's', 'i']);
});

test('a key that waits keeps its place, unless it gets a better priority', () => {
  const line = new PriorityQueue();
  for (const key of ['a', 'b', 'c']) line.add(key, 'Scheduled');
  line.add('a', 'Idle');
  line.add('a', 'Scheduled');
  line.add('c', 'Running');
  assert.equal(takeAll(line), ['c', 'a', 'b']);
});

test('the lower rank goes before the better priority, also at the eighth turn', () => {
  const line = new PriorityQueue((key) => Number(key[0]));
  for (let i = 1; i <= 8; i += 1) line.add(`1 i${i}`, 'Idle');
  for (let i = 1; i <= 8; i += 1) line.add(`0 n${i}`, 'NeverScanned');
  line.add('0 s', 'Scheduled');
  line.add('1 n', 'NeverScanned');
  const of = (prefix: string, count: number) => [...Array(count).keys()].map((i) => `${prefix}${i + 1}`);
  assert.equal(takeAll(line), [...of('0 n', 8), '0 s', '1 n', ...of('1 i', 8)]);
});

test('every eighth turn belongs to the key that waits longest: a flood starves no key', () => {
  const line = new PriorityQueue();
  for (const key of ['i1', 'i2']) line.add(key, 'Idle');
  line.add('s1', 'Scheduled');
  for (let i = 1; i <= 40; i += 1) line.add(`n${i}`, 'NeverScanned');
  const taken = takeAll(line, 32);
  assert.equal([taken[7], taken[15], taken[23], taken[31]], ['i1', 'i2', 's1', 'n29']);
  assert.is(taken.filter((key) => !key.startsWith('n')).length, 3);
});

test('during an endless flood a key with n before it runs within 8 n turns', () => {
  const line = new PriorityQueue();
  let arrivals = 0;
  const arrive = () => {
    arrivals += 1;
    line.add(`n${arrivals}`, 'NeverScanned');
  };
  for (let i = 0; i < 20; i += 1) arrive();
  line.add('idle', 'Idle');
  let turns = 0;
  for (let key = ''; key !== 'idle'; turns += 1) {
    arrive();
    arrive();
    key = line.peek()!;
    line.take(key);
    assert.ok(turns < 8 * 21, 'starved');
  }
  assert.ok(turns >= 8);
});

test('a peek takes no turn', () => {
  const line = new PriorityQueue();
  line.add('i', 'Idle');
  for (let i = 0; i < 8; i += 1) line.add(`n${i}`, 'NeverScanned');
  for (let i = 0; i < 50; i += 1) assert.is(line.peek(), 'n0');
});

test('depth by priority; a deleted key is gone', () => {
  const line = new PriorityQueue();
  line.add('a', 'Idle');
  line.add('b', 'Idle');
  line.add('b', 'Running');
  assert.equal([line.depth('Idle'), line.depth('Running'), line.depth('Scheduled')], [1, 1, 0]);
  line.delete('b');
  assert.equal(takeAll(line), ['a']);
});

test.run();
