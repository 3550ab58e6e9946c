import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FinishedScan } from '../../../../src/scan/engine/queue/scan-state.ts';
import { type FailureReason, ScanError } from '../../../../src/scan/scan-error.ts';
import { turn } from '../../../kube/fake-clock.ts';
import { asks, started } from './queues.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

const failed = (reason: FailureReason, options: { retryAfterMs?: number; registry?: string } = {}) =>
  new ScanError(reason, `r/a: ${reason}: do something`, options);

const order = suite('order');

order('never more scans than the limit, the most urgent first', async () => {
  const { queue, scans, keys } = started({ limit: 2 });
  queue.add('r/1', asks('Idle'));
  queue.add('r/2', asks('Idle'));
  queue.add('r/3', asks('Scheduled'));
  queue.add('r/4', asks('Running'));
  queue.add('r/5', asks('Requested'));
  queue.add('r/6', asks('NeverScanned'));
  await turn();
  assert.equal(keys(), ['r/1', 'r/2']);
  for (let i = 0; i < 6; i += 1) {
    scans[i]?.end();
    await turn();
  }
  assert.equal(keys(), ['r/1', 'r/2', 'r/6', 'r/5', 'r/4', 'r/3']);
  assert.equal(queue.counts().running, 0);
});

order('a namespace whose images drip delays others by no more than its running scans', async () => {
  const { queue, scans, keys, clock } = started({ limit: 2, namespacesOf: (key) => [key.split('/')[0]!] });
  for (let i = 0; i < 64; i += 1) queue.add(`dripping/${i}`, asks('NeverScanned', '', 'dripping'));
  await turn();
  for (const priority of ['Idle', 'Scheduled'] as const) queue.add(`other/${priority}`, asks(priority, '', 'other'));
  await clock.advance(10 * MINUTE);
  for (const scan of scans) scan.fail(failed('Timeout'));
  await turn();
  assert.equal(keys(), ['dripping/0', 'dripping/1', 'other/Scheduled', 'other/Idle']);
});

order('the namespace that asks for a shared image pays alone, and waits according to its usage', async () => {
  const having: Record<string, string[]> = { shared: ['evil', 'victim'] };
  const { queue, scans, keys, clock } = started({ namespacesOf: (key) => having[key] ?? [key.split('/')[0]!] });
  for (let i = 0; i < 4; i += 1) {
    queue.add('shared', asks('Requested', `${i}`, 'evil'));
    await clock.advance(5 * MINUTE);
    scans[i]!.end();
    await turn();
  }
  queue.add('other/1', asks('Idle', 'db:1', 'other'));
  await turn();
  queue.add('shared', asks('Requested', 'again', 'evil'));
  queue.add('victim/1', asks('Idle', 'db:1', 'victim'));
  for (let i = 4; i < 6; i += 1) {
    scans[i]!.end();
    await turn();
  }
  assert.equal(keys().slice(4), ['other/1', 'victim/1', 'shared']);
});

const havingShared = (key: string): string[] => (key.startsWith('shared') ? ['a', 'b', 'c'] : ['c']);

order(
  'a namespace that asks for a running scan shares its cost, and one that waits for it too brings it forward',
  async () => {
    const { queue, scans, keys, clock } = started({ namespacesOf: havingShared });
    queue.add('shared/1', asks('NeverScanned', '', 'a'));
    await turn();
    queue.add('shared/1', asks('NeverScanned', '', 'b'));
    await clock.advance(20 * MINUTE);
    queue.add('shared/2', asks('Running', 'db:1', 'a'));
    queue.add('c/1', asks('Idle', 'db:1', 'c'));
    queue.add('shared/3', asks('Requested', 'now', 'b'));
    queue.add('shared/2', asks('Running', 'db:1', 'c'));
    for (let i = 0; i < 4; i += 1) {
      scans[i]!.end();
      await turn();
    }
    assert.equal(keys(), ['shared/1', 'shared/2', 'c/1', 'shared/3']);
  },
);

order('a retry serves all who have the image, whichever asked first', async () => {
  const { queue, scans, keys, clock } = started({ namespacesOf: havingShared, random: () => 1 });
  queue.add('shared/1', asks('NeverScanned', '', 'a'));
  await clock.advance(20 * MINUTE);
  scans[0]!.fail(failed('Timeout'));
  await turn();
  queue.add('c/0', asks('Requested', '', 'c'));
  await clock.advance(9 * MINUTE);
  queue.add('c/1', asks('Idle', 'db:1', 'c'));
  scans[1]!.end();
  await turn();
  assert.equal(keys(), ['shared/1', 'c/0', 'shared/1'], 'a has rank 2, c 1, and b none');
});

order('a scan that fails frees its place', async () => {
  const { queue, scans, keys } = started();
  queue.add('r/1', asks('Idle'));
  queue.add('r/2', asks('Idle'));
  await turn();
  scans[0]!.fail(failed('Unauthorized'));
  await turn();
  assert.equal(keys(), ['r/1', 'r/2']);
});

order('nothing runs before run, and a handler never inside add', async () => {
  let ran = 0;
  const { queue } = started({
    handler: async () => {
      ran += 1;
    },
  });
  queue.add('r/1', asks('Idle'));
  assert.is(ran, 0);
  await turn();
  assert.is(ran, 1);
});

order.run();

const again = suite('asked for while it runs');

again('a request that the running scan answers causes no other scan', async () => {
  const { queue, scans, keys } = started({ limit: 3 });
  queue.add('r/1', asks('Running', 'db:1'));
  await turn();
  queue.add('r/1', asks('NeverScanned'));
  queue.add('r/1', asks('Scheduled'));
  queue.add('r/1', asks('Idle', 'db:1'));
  scans[0]!.end();
  await turn();
  assert.equal(keys(), ['r/1']);
  assert.is(queue.state('r/1'), undefined);
});

again('a database that changes during the scan makes exactly one more, after it', async () => {
  const { queue, scans, keys } = started({ limit: 3 });
  queue.add('r/1', asks('Running', 'db:1'));
  await turn();
  queue.add('r/1', asks('Running', 'db:2'));
  queue.add('r/1', asks('Running', 'db:2'));
  queue.add('r/1', asks('Requested', 'at 12:00'));
  await turn();
  assert.equal(keys(), ['r/1'], 'never twice at once');
  scans[0]!.end();
  await turn();
  queue.add('r/1', asks('Running', 'db:2'));
  queue.add('r/1', asks('Requested', 'at 12:00'));
  scans[1]!.end();
  await turn();
  assert.equal(keys(), ['r/1', 'r/1']);
  assert.is(queue.state('r/1'), undefined);
});

again('requests that came together are answered together', async () => {
  const { queue, scans, keys } = started();
  queue.add('r/0', asks('Idle'));
  queue.add('r/1', asks('NeverScanned'));
  queue.add('r/1', asks('Idle', 'db:1'));
  queue.add('r/1', asks('Running', 'db:2'));
  scans[0]?.end();
  await turn();
  scans[0]!.end();
  await turn();
  for (const cause of ['db:1', 'db:2']) queue.add('r/1', asks('Running', cause));
  scans[1]!.end();
  await turn();
  assert.equal(keys(), ['r/0', 'r/1']);
});

again("a user's request during a scan that fails causes another one at once", async () => {
  const { queue, scans, keys } = started();
  queue.add('r/1', asks('NeverScanned'));
  await turn();
  queue.add('r/1', asks('Requested', 'at 12:00'));
  scans[0]!.fail(failed('Unauthorized'));
  await turn();
  assert.equal(keys(), ['r/1', 'r/1']);
  scans[1]!.fail(failed('Unauthorized'));
  await turn();
  assert.is(queue.state('r/1')?.state, 'Failed', 'once');
});

again('a retried scan answers its own request and later ones', async () => {
  const { queue, scans, clock } = started();
  queue.add('r/1', asks('Idle', 'db:1'));
  await turn();
  queue.add('r/1', asks('Running', 'db:2'));
  scans[0]!.fail(failed('Timeout'));
  await turn();
  queue.add('r/1', asks('Idle', 'db:3'));
  await clock.advance(MINUTE);
  assert.is(scans.length, 2);
  for (const cause of ['db:1', 'db:2', 'db:3']) queue.add('r/1', asks('Running', cause));
  scans[1]!.end();
  await turn();
  assert.is(scans.length, 2);
});

again('a database that changes during a scan that cannot pull waits with it', async () => {
  const { queue, scans, keys } = started();
  queue.add('r/1', asks('NeverScanned'));
  await turn();
  queue.add('r/1', asks('Running', 'db:2'));
  scans[0]!.fail(failed('Unauthorized'));
  await turn();
  assert.equal(keys(), ['r/1']);
  assert.is(queue.state('r/1')?.state, 'Failed');
});

again.run();

const failures = suite('failures');

failures('a temporary failure is retried, later each time, and forgotten by a success', async () => {
  const { queue, scans, clock } = started({ random: () => 1 });
  queue.add('r/a', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Timeout'));
  await turn();
  assert.equal(queue.state('r/a'), {
    state: 'BackingOff',
    since: START,
    reason: 'Timeout',
    message: 'r/a: Timeout: do something',
    nextTryAt: START + MINUTE,
  });
  await clock.advance(MINUTE - 1);
  assert.is(scans.length, 1);
  await clock.advance(1);
  assert.is(scans.length, 2);
  assert.equal(queue.state('r/a'), {
    state: 'Running',
    since: START + MINUTE,
    reason: 'Timeout',
    message: 'r/a: Timeout: do something',
  });
  scans[1]!.fail(failed('Timeout'));
  await turn();
  assert.is(queue.state('r/a')?.nextTryAt, START + 3 * MINUTE);
  await clock.advance(2 * MINUTE);
  scans[2]!.fail(failed('NotFound'));
  await turn();
  assert.is(queue.state('r/a')?.nextTryAt, START + 13 * MINUTE, 'another reason restarts the count');
  await clock.advance(10 * MINUTE);
  scans[3]!.end();
  await turn();
  assert.is(queue.state('r/a'), undefined);
  assert.is(clock.pending, 0, 'no timer is left');
});

failures('a failure that needs a change waits for it without end', async () => {
  const { queue, scans, clock } = started();
  queue.add('r/a', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Unauthorized'));
  await clock.advance(30 * 24 * 60 * MINUTE);
  assert.equal(queue.state('r/a'), {
    state: 'Failed',
    since: START,
    reason: 'Unauthorized',
    message: 'r/a: Unauthorized: do something',
  });
  queue.add('r/a', asks('NeverScanned'));
  queue.add('r/a', asks('Running', 'db:2'));
  queue.add('r/a', asks('Idle', 'db:3'));
  await turn();
  assert.is(scans.length, 1, 'these are found again at every look');
  queue.changed('r/a');
  await turn();
  assert.is(scans.length, 2);
});

for (const priority of ['Requested', 'Scheduled'] as const) {
  failures(`${priority} tries a failed key at once`, async () => {
    const { queue, scans } = started();
    queue.add('r/a', asks('NeverScanned'));
    await turn();
    for (const [tries, reason] of (['Unauthorized', 'Timeout', 'NotFound', 'DatabaseMissing'] as const).entries()) {
      scans[tries]!.fail(failed(reason));
      await turn();
      queue.add('r/a', asks(priority, `${tries}`));
      await turn();
      assert.is(scans.length, tries + 2, reason);
    }
  });
}

failures('a change during a scan that fails is not lost; one that succeeds needs no other', async () => {
  const { queue, scans } = started();
  queue.add('r/a', asks('NeverScanned'));
  await turn();
  queue.changed('r/a');
  scans[0]!.fail(failed('Unauthorized'));
  await turn();
  assert.is(scans.length, 2);
  queue.changed('r/a');
  scans[1]!.end();
  await turn();
  assert.is(scans.length, 2);
  queue.changed('r/unknown');
  assert.is(queue.state('r/unknown'), undefined);
});

failures('a database that arrives runs all that waited for it, also those that were just failing', async () => {
  const { queue, scans, keys } = started({ limit: 3 });
  for (const key of ['r/1', 'r/2', 'r/3']) queue.add(key, asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('DatabaseMissing'));
  scans[2]!.fail(failed('Unauthorized'));
  await turn();
  queue.databaseArrived();
  await turn();
  assert.equal(keys(), ['r/1', 'r/2', 'r/3', 'r/1']);
  scans[1]!.fail(failed('DatabaseMissing'));
  await turn();
  assert.equal(keys(), ['r/1', 'r/2', 'r/3', 'r/1', 'r/2']);
  assert.is(queue.state('r/3')?.state, 'Failed', 'a database does not mend credentials');
});

failures('an unexpected error is ScannerFailed: the log has it once, the status none of its text', async () => {
  const { queue, scans, lines } = started();
  queue.add('r/a', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(new TypeError('https://user:secret@r/a is not a function'));
  await turn();
  assert.is(queue.state('r/a')?.reason, 'ScannerFailed');
  assert.is(
    queue.state('r/a')?.message,
    'r/a: the scan failed unexpectedly: see "scan failed unexpectedly" in the operator\'s log',
  );
  assert.equal(
    lines.filter((line) => line.level === 'error').map(({ image, msg }) => [image, msg]),
    [['r/a', 'scan failed unexpectedly']],
  );
});

failures('thousands of failed keys need one timer', async () => {
  const { queue, clock } = started({
    limit: 50,
    random: Math.random,
    handler: async () => {
      throw failed('Timeout');
    },
  });
  for (let i = 0; i < 3000; i += 1) queue.add(`r/${i}`, asks('NeverScanned'));
  await clock.advance(0);
  assert.is(queue.counts().backingOff, 3000);
  assert.is(clock.pending, 1);
});

failures.run();

const pauses = suite('a registry that asks to wait');

pauses('is held against the one that asked, not against another that has the image too', async () => {
  const { queue, scans, keys, clock } = started({
    registriesOf: (key) => (key === 'mirrored' ? ['hub', 'evil'] : [key.split('/')[0]!]),
  });
  queue.add('mirrored', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited', { retryAfterMs: 24 * 60 * MINUTE, registry: 'evil' }));
  await turn();
  assert.is(queue.isPaused('evil'), true);
  assert.is(queue.isPaused('hub'), false);
  assert.is(queue.state('mirrored')?.nextTryAt, START + 24 * 60 * MINUTE);
  queue.add('hub/1', asks('NeverScanned'));
  queue.add('evil/1', asks('NeverScanned'));
  await turn();
  scans[1]!.end();
  await turn();
  assert.equal(keys(), ['mirrored', 'hub/1']);
  queue.changed('mirrored');
  queue.changed('evil/1');
  await turn();
  assert.equal(keys(), ['mirrored', 'hub/1', 'mirrored'], 'another registry may have it');
  scans[2]!.end();
  await clock.advance(24 * 60 * MINUTE);
  assert.equal(keys().slice(3), ['evil/1']);
});

pauses('holds back what several have only while all of them asked, until the first of them ends', async () => {
  const { queue, scans, keys, clock } = started({ registriesOf: (key) => key.split('/')[0]!.split('+') });
  for (const [i, [registry, minutes]] of [
    ['a', 20],
    ['b', 10],
  ].entries()) {
    queue.add(`${registry}/0`, asks('NeverScanned'));
    await turn();
    scans[i]!.fail(failed('RateLimited', { retryAfterMs: Number(minutes) * MINUTE, registry: `${registry}` }));
    await turn();
  }
  for (const key of ['a+b/1', 'a+c/1']) queue.add(key, asks('NeverScanned'));
  await turn();
  assert.equal(keys(), ['a/0', 'b/0', 'a+c/1']);
  scans[2]!.end();
  await turn();
  assert.is(queue.state('a+b/1')?.message, 'image a+b/1: b asks clients to wait; the scan is retried later');
  await clock.advance(10 * MINUTE);
  assert.equal(keys().slice(3), ['b/0']);
  scans[3]!.end();
  await turn();
  assert.equal(keys().slice(4), ['a+b/1']);
});

pauses('holds back every key of it, and no other, as long as it asked', async () => {
  const { queue, scans, clock, keys } = started();
  for (const key of ['slow/1', 'slow/2', 'fast/1', 'stored']) queue.add(key, asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited', { retryAfterMs: 10 * MINUTE }));
  await turn();
  scans[1]!.end();
  await turn();
  scans[2]!.end();
  await turn();
  assert.equal(keys(), ['slow/1', 'fast/1', 'stored'], 'one whose analysis is stored asks no registry');
  assert.equal(queue.state('slow/2'), {
    state: 'BackingOff',
    since: START,
    reason: 'RateLimited',
    message: 'image slow/2: slow asks clients to wait; the scan is retried later',
    nextTryAt: START + 10 * MINUTE,
  });
  assert.is(queue.state('slow/1')?.message, 'r/a: RateLimited: do something');
  assert.is(queue.state('slow/1')?.nextTryAt, START + 10 * MINUTE);
  assert.is(queue.counts().backingOff, 2);
  await clock.advance(10 * MINUTE - 1);
  queue.add('slow/1', asks('Scheduled'));
  queue.add('slow/2', asks('Running', 'db:2'));
  queue.add('slow/3', asks('NeverScanned'));
  queue.changed('slow/1');
  await turn();
  assert.is(scans.length, 3);
  await clock.advance(1);
  for (let i = 3; i < 6; i += 1) {
    scans[i]!.end();
    await turn();
  }
  assert.equal(keys().slice(3).sort(), ['slow/1', 'slow/2', 'slow/3']);
  assert.equal([queue.counts().backingOff, clock.pending], [0, 0]);
});

pauses('is shown for every image of it until that one was tried again: nothing flaps when a pause ends', async () => {
  const { queue, scans, clock } = started();
  const images = ['hub/a', 'hub/b', 'hub/c'];
  for (const key of images) queue.add(key, asks('NeverScanned'));
  await turn();
  const shown = () => images.map((key) => queue.state(key)?.message);
  scans[0]!.fail(failed('RateLimited', { registry: 'hub' }));
  await turn();
  const others = ['b', 'c'].map((name) => `image hub/${name}: hub asks clients to wait; the scan is retried later`);
  for (let round = 1; round < 4; round += 1) {
    assert.equal(shown(), ['r/a: RateLimited: do something', ...others]);
    await clock.advance(60 * MINUTE);
    assert.equal(shown(), ['r/a: RateLimited: do something', ...others], 'the pause is over, and one is tried');
    scans[round]!.fail(failed('RateLimited', { registry: 'hub' }));
    await turn();
    if (scans[round]!.key !== 'hub/a') others[images.indexOf(scans[round]!.key) - 1] = 'r/a: RateLimited: do something';
  }
  await clock.advance(60 * MINUTE);
  for (let i = 4; i < 7; i += 1) {
    scans[i]!.end();
    await turn();
  }
  assert.equal(shown(), [undefined, undefined, undefined]);
});

pauses("let a user's request through, once", async () => {
  const { queue, scans, keys, clock } = started();
  queue.add('slow/1', asks('NeverScanned'));
  queue.add('slow/2', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited'));
  await turn();
  queue.add('slow/2', asks('Requested', 'at 12:00'));
  await turn();
  assert.equal(keys(), ['slow/1', 'slow/2']);
  scans[1]!.fail(failed('RateLimited'));
  await turn();
  assert.is(
    queue.state('slow/2')?.nextTryAt,
    START + MINUTE,
    'what was asked in spite of the pause makes it no longer',
  );
  await clock.advance(MINUTE - 1);
  assert.is(scans.length, 2);
  await clock.advance(1);
  assert.is(scans.length, 3);
});

pauses('get longer while it refuses, by one step for concurrent scans, and restart after a success', async () => {
  const { queue, scans, clock } = started({ limit: 2 });
  const until = () => (queue.state('slow/1')!.nextTryAt! - clock.now()) / MINUTE;
  queue.add('slow/1', asks('NeverScanned'));
  queue.add('slow/2', asks('NeverScanned'));
  const seen: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    await turn();
    for (const scan of scans.splice(0)) scan.fail(failed('RateLimited'));
    await turn();
    seen.push(until());
    await clock.advance(until() * MINUTE);
  }
  assert.equal(seen, [1, 2, 4, 8, 16, 32, 60, 60]);
  for (const scan of scans.splice(0)) scan.end();
  await turn();
  queue.add('slow/1', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited'));
  await turn();
  assert.is(until(), 1);
});

pauses('a person who asked once is not let through again by a later try', async () => {
  const { queue, scans, clock } = started({ limit: 2, random: () => 0 });
  queue.add('slow/1', asks('Requested', 'at 12:00'));
  queue.add('slow/2', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Timeout'));
  scans[1]!.fail(failed('RateLimited', { retryAfterMs: 5 * MINUTE }));
  await clock.advance(5 * MINUTE - 1);
  assert.is(scans.length, 2);
  const paused = {
    state: 'BackingOff',
    since: START + MINUTE / 2,
    reason: 'RateLimited',
    message: 'image slow/1: slow asks clients to wait; the scan is retried later',
    nextTryAt: START + 5 * MINUTE,
  };
  assert.equal(queue.state('slow/1'), paused);
  queue.add('slow/1', asks('Scheduled'));
  assert.equal(queue.state('slow/1'), paused);
});

pauses('of several demands of a registry the longest counts', async () => {
  const { queue, scans, clock } = started({ limit: 3 });
  for (const key of ['slow/1', 'slow/2', 'slow/3']) queue.add(key, asks('NeverScanned'));
  await turn();
  for (const [i, minutes] of [10, 0, 20].entries()) {
    scans[i]!.fail(failed('RateLimited', { retryAfterMs: minutes * MINUTE }));
    await turn();
    assert.is(queue.state('slow/1')?.nextTryAt, START + [10, 10, 20][i]! * MINUTE);
  }
  await clock.advance(20 * MINUTE - 1);
  assert.is(scans.length, 3);
  await clock.advance(1);
  assert.is(scans.length, 6);
});

pauses('the end of a later pause does not run a key that has left the registry', async () => {
  const { queue, scans, keys, clock } = started({ limit: 2 });
  queue.add('slow/1', asks('NeverScanned'));
  queue.add('slow/2', asks('NeverScanned'));
  await turn();
  for (const scan of scans) scan.fail(failed('RateLimited'));
  await clock.advance(MINUTE);
  scans[2]!.fail(failed('RateLimited'));
  scans[3]!.fail(failed('NotFound'));
  await clock.advance(2 * MINUTE);
  assert.equal(keys().slice(4), ['slow/1']);
  assert.is(queue.state('slow/2')?.nextTryAt, START + 11 * MINUTE);
});

pauses('a late answer from before the pause neither ends it nor makes the next one shorter', async () => {
  const { queue, scans, clock } = started({ limit: 2 });
  queue.add('slow/1', asks('NeverScanned'));
  queue.add('slow/2', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited'));
  await turn();
  scans[1]!.end();
  await clock.advance(MINUTE - 1);
  assert.is(scans.length, 2);
  await clock.advance(1);
  assert.is(scans.length, 3);
  scans[2]!.fail(failed('RateLimited'));
  await turn();
  assert.is(queue.state('slow/1')?.nextTryAt, START + 3 * MINUTE);
});

pauses('wake every key, also when an answer arrives at the end of the pause', async () => {
  const { queue, scans, clock } = started({ limit: 2 });
  queue.add('slow/1', asks('NeverScanned'));
  queue.add('slow/2', asks('NeverScanned'));
  await turn();
  clock.after(MINUTE, () => scans[1]!.end());
  scans[0]!.fail(failed('RateLimited'));
  await clock.advance(MINUTE);
  assert.equal(
    scans.map((scan) => scan.key),
    ['slow/1', 'slow/2', 'slow/1'],
  );
});

pauses('an image whose registry is not known waits alone', async () => {
  const { queue, scans, keys, clock } = started({ registriesOf: () => [] });
  queue.add('x', asks('NeverScanned'));
  queue.add('y', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('RateLimited', { retryAfterMs: 5 * MINUTE }));
  await turn();
  assert.equal(keys(), ['x', 'y']);
  assert.is(queue.state('x')?.nextTryAt, START + 5 * MINUTE);
  scans[1]!.end();
  await clock.advance(5 * MINUTE);
  assert.equal(keys(), ['x', 'y', 'x']);
});

pauses.run();

const removal = suite('remove');

removal('forgets a key wherever it is', async () => {
  const { queue, scans, clock, keys } = started();
  for (const key of ['r/1', 'r/2', 'r/3', 'r/4']) queue.add(key, asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Timeout'));
  await turn();
  scans[1]!.fail(failed('Unauthorized'));
  await turn();
  for (const key of ['r/1', 'r/2', 'r/4', 'r/unknown']) queue.remove(key);
  scans[2]!.fail(failed('RateLimited'));
  await turn();
  queue.remove('r/3');
  await clock.advance(60 * MINUTE);
  assert.equal(keys(), ['r/1', 'r/2', 'r/3']);
  for (const key of ['r/1', 'r/2', 'r/3', 'r/4']) assert.is(queue.state(key), undefined);
  assert.equal([queue.counts().backingOff, queue.counts().failed], [0, 0]);
});

removal('ends the scan and ignores its outcome; a new request waits until it has ended', async () => {
  const { queue, scans, keys } = started({ limit: 3 });
  const finished: FinishedScan[] = [];
  queue.subscribe((scan) => finished.push(scan));
  queue.add('r/1', asks('NeverScanned'));
  await turn();
  queue.remove('r/1');
  assert.is(scans[0]!.signal.aborted, true);
  assert.is(queue.state('r/1'), undefined);
  queue.add('r/1', asks('NeverScanned'));
  await turn();
  assert.equal(keys(), ['r/1']);
  assert.is(queue.state('r/1')?.state, 'Waiting');
  scans[0]!.fail(new Error('aborted'));
  await turn();
  assert.equal(keys(), ['r/1', 'r/1']);
  assert.equal(finished, []);
  scans[1]!.end();
  await turn();
  assert.equal(
    finished.map((scan) => scan.key),
    ['r/1'],
  );
});

removal.run();

const seen = suite('what others see');

seen('finished scans, with times and failure; a listener that throws affects no others', async () => {
  const { queue, scans, clock, lines } = started();
  const finished: FinishedScan[] = [];
  queue.subscribe(() => {
    throw new Error('listener');
  });
  const unsubscribe = queue.subscribe((scan) => finished.push(scan));
  queue.add('r/1', asks('NeverScanned'));
  queue.add('r/2', asks('NeverScanned'));
  await clock.advance(5);
  scans[0]!.end();
  await clock.advance(7);
  scans[1]!.fail(failed('TooLarge'));
  await turn();
  assert.equal(finished, [
    { key: 'r/1', startedAt: START, endedAt: START + 5 },
    {
      key: 'r/2',
      startedAt: START + 5,
      endedAt: START + 12,
      failure: { reason: 'TooLarge', message: 'r/a: TooLarge: do something' },
    },
  ]);
  assert.is(lines.filter((line) => line.level === 'error').length, 2);
  unsubscribe();
  queue.changed('r/2');
  await turn();
  scans[2]!.end();
  await turn();
  assert.is(finished.length, 2);
});

seen('counts', async () => {
  const { queue, scans, clock } = started();
  queue.add('r/1', asks('NeverScanned'));
  queue.add('r/2', asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Timeout'));
  await turn();
  scans[1]!.fail(failed('NotAllowed'));
  await clock.advance(1);
  queue.add('r/3', asks('Idle'));
  queue.add('r/4', asks('Idle'));
  queue.add('r/5', asks('Requested'));
  assert.equal(queue.counts(), {
    waiting: { NeverScanned: 0, Requested: 1, Running: 0, Scheduled: 0, Idle: 1 },
    running: 1,
    backingOff: 1,
    failed: 1,
  });
  assert.equal(queue.state('r/4'), { state: 'Waiting', since: START + 1 });
});

seen.run();

const end = suite('the end');

end('running scans are ended by their signal, nothing else starts, and no timer is left', async () => {
  const { queue, scans, stop, done, clock, lines } = started({ limit: 2 });
  for (const key of ['r/1', 'r/2', 'r/3', 'r/4']) queue.add(key, asks('NeverScanned'));
  await turn();
  scans[0]!.fail(failed('Timeout'));
  await turn();
  stop.abort();
  await turn();
  assert.equal(
    scans.slice(1).map((scan) => scan.signal.aborted),
    [true, true],
  );
  for (const scan of scans.slice(1)) scan.fail(new Error('aborted'));
  await done;
  queue.add('r/5', asks('Requested'));
  queue.databaseArrived();
  assert.is(clock.pending, 0);
  queue.changed('r/1');
  assert.is(queue.state('r/1')?.state, 'BackingOff');
  await clock.advance(60 * MINUTE);
  assert.is(scans.length, 3);
  assert.is(queue.state('r/5'), undefined);
  assert.is(clock.pending, 0);
  assert.equal(
    lines.filter((line) => line.level === 'error'),
    [],
  );
});

end('a scan that does not end is left after 10 seconds, with a warning', async () => {
  const { queue, stop, done, clock, lines } = started();
  queue.add('r/1', asks('NeverScanned'));
  await turn();
  stop.abort();
  let ended = false;
  void done.then(() => {
    ended = true;
  });
  await clock.advance(9999);
  assert.is(ended, false);
  await clock.advance(1);
  assert.is(ended, true);
  assert.equal(
    lines.map(({ level, msg, scans }) => [level, msg, scans]),
    [['warn', 'abandoned running scans', 1]],
  );
});

end.run();
