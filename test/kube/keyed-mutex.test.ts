import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KeyedMutex } from '../../src/kube/keyed-mutex.ts';
import { turn } from './fake-clock.ts';

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

test('work on one key waits for earlier work on it, and other keys do not wait', async () => {
  const turns = new KeyedMutex();
  const seen: string[] = [];
  const first = gate();
  const all = [
    turns.run('a', async () => {
      seen.push('a1 in');
      await first.promise;
      seen.push('a1 out');
    }),
    turns.run('a', async () => seen.push('a2')),
    turns.run('b', async () => seen.push('b')),
  ];
  await turn();
  assert.equal(seen, ['a1 in', 'b']);
  first.open();
  await Promise.all(all);
  assert.equal(seen, ['a1 in', 'b', 'a1 out', 'a2']);
});

test('a failure reaches its own caller only, and the next caller gets its turn', async () => {
  const turns = new KeyedMutex();
  const failed = turns.run('a', async () => {
    throw new Error('no luck');
  });
  const next = turns.run('a', async () => 'done');
  assert.is(await failed.catch((error) => error.message), 'no luck');
  assert.is(await next, 'done');
});

test.run();
