import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { holderOf } from '../../../src/kube/leaderelection/lease.ts';
import { turn } from '../fake-clock.ts';
import { LeaseWorld, type Replica } from './lease-world.ts';

// As client-go has them: a Lease lasts 15 s, a leader gives up after 10 s, and all try every 2 s.
const never = new AbortController().signal;
const held = { holderIdentity: 'other', leaseDurationSeconds: 15, leaseTransitions: 3 };

/** Runs a replica as an operator does. */
const running = (replica: Replica) => {
  const stop = new AbortController();
  const run = { ended: 'no' as 'no' | 'released' | 'lost', stop: (): void => stop.abort(new Error('stopped')) };
  const lead = async (): Promise<void> => {
    await replica.election.acquire(stop.signal);
    run.ended = await replica.election.hold(stop.signal);
  };
  lead().catch(() => {});
  return run;
};

const taking = suite('taking');

taking('without a Lease one is created, and its creator leads at once', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  await a.election.acquire(never);
  assert.ok(a.election.leads());
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = world.lease?.spec ?? {};
  assert.equal([holderIdentity, leaseDurationSeconds, leaseTransitions], ['a', 15, 0]);
});

taking('of two that create it at the same moment one leads, and the other logs no warning', async () => {
  const world = new LeaseWorld();
  const [a, b] = [world.replica('a'), world.replica('b')];
  b.connection.watching = false;
  running(a);
  running(b);
  await turn();
  assert.equal(world.leaders, ['a']);
  assert.is(holderOf(b.store.get('ns/lease')), 'a', 'it has read the name of the faster one');
  assert.equal(
    b.lines.map(({ level, msg }) => `${level}: ${msg}`),
    ['debug: the lease was not written', 'info: standing by'],
  );
});

taking(
  'a Lease that another holds is taken when it has not changed for its duration since it was first seen',
  async () => {
    const world = new LeaseWorld();
    world.put(held);
    await world.clock.advance(14_000);
    const a = world.replica('a');
    running(a);
    await world.clock.advance(14_999);
    assert.equal(world.leaders, []);
    await world.clock.advance(1);
    assert.equal(world.leaders, ['a']);
    assert.is(world.lease?.spec?.leaseTransitions, 4);
  },
);

taking('replicas are apart by a fifth of a retry at most: all are done within the duration and one retry', async () => {
  const world = new LeaseWorld();
  world.put(held);
  running(world.replica('a', { random: () => 1 }));
  await world.clock.advance(15_399);
  assert.equal(world.leaders, []);
  await world.clock.advance(1);
  assert.equal(world.leaders, ['a']);
});

taking('each renewal restarts that time', async () => {
  const world = new LeaseWorld();
  world.put(held);
  const a = world.replica('a');
  running(a);
  for (let i = 0; i < 5; i += 1) {
    await world.clock.advance(14_000);
    world.put(held);
  }
  assert.equal(world.leaders, []);
  await world.clock.advance(14_999);
  assert.equal(world.leaders, []);
  await world.clock.advance(1);
  assert.equal(world.leaders, ['a']);
});

for (const renewTime of ['1970-01-01T00:00:00.000000Z', '2099-01-01T00:00:00.000000Z']) {
  taking(`the clock of another replica is not trusted: ${renewTime}`, async () => {
    const world = new LeaseWorld();
    world.put({ ...held, renewTime, acquireTime: renewTime });
    running(world.replica('a'));
    await world.clock.advance(14_999);
    assert.equal(world.leaders, []);
    await world.clock.advance(1);
    assert.equal(world.leaders, ['a']);
  });
}

taking('the duration in the Lease counts, not that of the candidate', async () => {
  const world = new LeaseWorld();
  world.put({ ...held, leaseDurationSeconds: 60 });
  running(world.replica('a'));
  await world.clock.advance(59_999);
  assert.equal(world.leaders, []);
  await world.clock.advance(1);
  assert.equal(world.leaders, ['a']);
});

taking('a Lease of its own, which it has from before, is taken at once and is no transition', async () => {
  const world = new LeaseWorld();
  world.put({ ...held, holderIdentity: 'a', acquireTime: '2026-01-01T00:00:00.000000Z' });
  running(world.replica('a'));
  await turn();
  assert.equal(world.leaders, ['a']);
  assert.is(world.lease?.spec?.leaseTransitions, 3);
  assert.is(world.lease?.spec?.acquireTime, '2026-01-01T00:00:00.000000Z');
});

taking('the duration counts from the first sight, also where the watch has shown nothing yet', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  a.connection.watching = false;
  world.put(held);
  running(a);
  await world.clock.advance(14_999);
  assert.equal(world.leaders, []);
  await world.clock.advance(1);
  assert.equal(world.leaders, ['a']);
});

taking('a Lease that is released during an attempt is taken without a wait', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  a.connection.requests = 'slow';
  running(a);
  world.put(held);
  await world.clock.advance(2_000);
  world.put({ ...held, holderIdentity: '' });
  await world.clock.advance(4_000);
  assert.equal(world.leaders, [], 'refused after 3 s, and read after 6');
  await world.clock.advance(3_000);
  assert.equal(world.leaders, ['a']);
});

taking('a waiting candidate can be stopped', async () => {
  const world = new LeaseWorld();
  world.put(held);
  const { election } = world.replica('a');
  const stop = new AbortController();
  const waiting = election.acquire(stop.signal).catch((error: Error) => error.message);
  await turn();
  stop.abort(new Error('stopped'));
  assert.is(await waiting, 'stopped');
  assert.equal(world.writes, []);
  assert.is(world.clock.pending, 0);
});

taking.run();

const holding = suite('holding');

holding('it is renewed every 2 s', async () => {
  const world = new LeaseWorld();
  const run = running(world.replica('a'));
  await world.clock.advance(8_500);
  assert.equal(
    world.writes.map(({ at }) => at),
    [0, 2000, 4000, 6000, 8000],
  );
  await world.clock.advance(3_600_000);
  assert.equal([world.leaders, run.ended], [['a'], 'no']);
});

for (const requests of ['failing', 'hanging'] as const) {
  holding(`a leader whose requests are ${requests} leads no longer 10 s after the last renewal was sent`, async () => {
    const world = new LeaseWorld();
    const a = world.replica('a');
    running(a);
    await world.clock.advance(4_000);
    a.connection.requests = requests;
    await world.clock.advance(9_999);
    assert.equal(world.leaders, ['a']);
    await world.clock.advance(1);
    assert.equal(world.leaders, []);
  });
}

holding('a renewal that hangs ends with the deadline, and so does the work', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(4_000);
  a.connection.requests = 'hanging';
  await world.clock.advance(9_999);
  assert.is(run.ended, 'no');
  await world.clock.advance(1);
  assert.is(run.ended, 'lost');
  assert.equal(a.lines.at(-1)?.msg, 'the lease was lost: it was not renewed for 10 s');
});

holding('a leader that is frozen while it renews has lost the Lease when it resumes', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(3_999);
  a.connection.requests = 'slow';
  await world.clock.advance(1_000);
  a.skew = 20_000;
  await world.clock.advance(3_000);
  assert.equal([world.leaders, run.ended], [[], 'lost']);
});

holding('a slow renewal does not delay the next one', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  running(a);
  await world.clock.advance(3_999);
  a.connection.requests = 'slow';
  await world.clock.advance(3_001);
  a.connection.requests = 'failing';
  assert.is(world.writes.at(-1)?.at, 7000, 'what was sent at 4 s');
  await world.clock.advance(6_999);
  assert.equal(world.leaders, ['a']);
  await world.clock.advance(1);
  assert.equal(world.leaders, []);
});

holding(
  'a Lease that could not be renewed in time is lost, and is no longer written when requests succeed again',
  async () => {
    const world = new LeaseWorld();
    const a = world.replica('a');
    const run = running(a);
    await world.clock.advance(4_000);
    a.connection.requests = 'failing';
    await world.clock.advance(12_000);
    assert.is(run.ended, 'lost');
    a.connection.requests = 'good';
    await world.clock.advance(60_000);
    assert.is(world.writes.at(-1)?.at, 4000);
  },
);

holding('a failure that ends before the deadline costs nothing', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(4_000);
  a.connection.requests = 'failing';
  await world.clock.advance(7_000);
  a.connection.requests = 'good';
  await world.clock.advance(60_000);
  assert.equal([world.leaders, run.ended], [['a'], 'no']);
});

holding('a leader that was frozen past its deadline does not lead when it resumes, and writes nothing', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(4_000);
  a.skew = 10_000;
  assert.equal(world.leaders, [], 'before any timer is called');
  await world.clock.advance(60_000);
  assert.is(run.ended, 'lost');
  assert.is(world.writes.at(-1)?.at, 4000);
});

holding('a Lease that another has taken is lost at once', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  a.connection.watching = false;
  const run = running(a);
  await world.clock.advance(1_000);
  world.put(held);
  await world.clock.advance(1_000);
  assert.equal([run.ended, world.leaders], ['lost', []]);
  assert.is(holderOf(world.lease), 'other');
});

const interferences: [what: string, interfere: (world: LeaseWorld) => void, why: string][] = [
  ['is given to another', (world) => world.put({ ...held, holderIdentity: 'ghost' }), 'it is held by ghost'],
  ['is released', (world) => world.put({ ...held, holderIdentity: '' }), 'it is not held any more'],
  ['is deleted', (world) => world.delete(), 'it is not held any more'],
];
for (const [what, interfere, why] of interferences) {
  holding(`a Lease that ${what} is lost as soon as that is seen, and not overwritten`, async () => {
    const world = new LeaseWorld();
    const a = world.replica('a');
    const run = running(a);
    await world.clock.advance(3_000);
    interfere(world);
    assert.equal(world.leaders, []);
    await turn();
    assert.is(run.ended, 'lost');
    assert.is(world.writes.at(-1)?.at, 2000);
    assert.equal(a.lines.at(-1)?.msg, `the lease was lost: ${why}`);
  });
}

holding.run();

const releasing = suite('releasing');

releasing('a leader that is stopped releases the Lease, and the next leader need not wait', async () => {
  const world = new LeaseWorld();
  const run = running(world.replica('a'));
  await turn();
  running(world.replica('b'));
  await world.clock.advance(7_000);
  run.stop();
  await turn();
  assert.equal([run.ended, world.leaders], ['released', ['b']]);
  const released = world.writes.find(({ spec }) => spec.holderIdentity === '');
  assert.equal([released?.by, released?.at], ['a', 7000]);
});

releasing('the Lease is released also after a renewal whose response was lost', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(3_000);
  a.connection.watching = false;
  world.put({ ...world.lease?.spec, holderIdentity: 'a' });
  run.stop();
  await turn();
  assert.is(run.ended, 'released');
  assert.is(holderOf(world.lease), '');
});

releasing('a leader stops leading as soon as it begins to release the Lease', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(3_000);
  a.connection.requests = 'slow';
  run.stop();
  await turn();
  assert.equal([world.leaders, run.ended, holderOf(world.lease)], [[], 'no', 'a']);
  await world.clock.advance(3_000);
  assert.equal([run.ended, holderOf(world.lease)], ['released', '']);
});

releasing('a former leader does not touch the Lease of its successor', async () => {
  const world = new LeaseWorld();
  const a = world.replica('a');
  const run = running(a);
  await world.clock.advance(4_000);
  a.skew = 20_000;
  world.put(held);
  run.stop();
  await turn();
  assert.is(holderOf(world.lease), 'other');
  assert.equal(world.leaders, []);
});

releasing.run();

const safety = suite('safety');

/** A pseudo-random number from 0 to below 1, the same in every run. */
const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const STATES = ['good', 'good', 'failing'] as const;

safety('there are never two leaders, and soon one, whatever the connections and clocks do', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = randomOf(seed);
    const world = new LeaseWorld();
    const replicas = ['a', 'b', 'c'].map((name) => world.replica(name, { random }));
    for (const replica of replicas) replica.skew = Math.round((random() - 0.5) * 7_200_000);
    const runs = replicas.map(running);
    for (let step = 0; step < 240; step += 1) {
      for (const [i, { connection }] of replicas.entries()) {
        // A replica whose Lease was lost restarts, as a process would.
        if (runs[i]?.ended !== 'no') runs[i] = running(replicas[i]!);
        if (random() < 0.1) connection.requests = STATES[Math.floor(random() * 3)]!;
        if (random() < 0.1) connection.watching = !connection.watching;
      }
      await world.clock.advance(500);
      assert.ok(world.leaders.length <= 1, `seed ${seed}, step ${step}: ${world.leaders.join(' and ')}`);
    }
    for (const { connection } of replicas) Object.assign(connection, { requests: 'good', watching: true });
    await world.clock.advance(40_000);
    assert.is(world.leaders.length, 1, `seed ${seed}`);
    for (const run of runs) run.stop();
  }
});

safety.run();
