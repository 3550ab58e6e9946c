// suite: faults
// timeout: 480s
// Faults between the operator and the API server, while policies are created, changed and deleted.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Asked } from '../../harness/faulty-proxy.ts';
import type { Mishap } from '../../harness/mishap.ts';
import { Palisade } from '../../harness/palisade.ts';
import { type Ending, type Fault, NO_FAULT, type Played, play } from './story.ts';

/** Of the requests of each key, those that this is true for. */
const nth = (which: (n: number) => boolean, of: (asked: Asked) => string | undefined, mishap: Mishap): Fault => {
  const counts = new Map<string, number>();
  return (asked) => {
    const key = of(asked);
    if (key === undefined) return undefined;
    const n = (counts.get(key) ?? 0) + 1;
    counts.set(key, n);
    return which(n) ? mishap : undefined;
  };
};
const first = (n: number) => (i: number) => i <= n;
/** Not for ever: a retry that repeats two requests would always meet the same fault. */
const MOST = 9;
const everySecond = (i: number) => i % 2 === 1 && i < MOST;
const everyThird = (i: number) => i % 3 === 1 && i < MOST;
const watch = ({ watch, path }: Asked) => (watch ? path : undefined);
const read = ({ watch, method, path }: Asked) => (!watch && method === 'GET' ? path : undefined);
/** Events are written in the background, and tried again by rules of their own. */
const isWrite = ({ method, path }: Asked) => method !== 'GET' && !/\/events(\/|$)/.test(path);
const write = (asked: Asked) => (isWrite(asked) ? 'write' : undefined);
const eachWrite = (asked: Asked) => (isWrite(asked) ? `${asked.method} ${asked.path} ${asked.dryRun}` : undefined);
const either =
  (...faults: readonly Fault[]): Fault =>
  (asked) =>
    faults.map((fault) => fault(asked)).find((mishap) => mishap !== undefined);

const failing = (mishap: Mishap): Fault =>
  either(nth(everyThird, eachWrite, mishap), nth(first(1), read, mishap), nth(first(1), watch, mishap));

const endWatches = ({ proxy }: Played) => proxy.thaw();
const silence = ({ proxy }: Played): void => {
  proxy.freeze();
  setTimeout(() => proxy.thaw(), 4000);
};

const FAULTS: Record<string, [fault: Fault, begin?: (played: Played) => void]> = {
  'watches are closed by the server as soon as they are open': [nth(first(3), watch, 'closed'), endWatches],
  'watches are open, and tell nothing': [NO_FAULT, silence],
  'the connection is reset in the middle of an event': [nth(first(3), watch, 'cut short'), endWatches],
  '410 in the stream': [nth(first(2), watch, 'expired'), endWatches],
  '410 on the request': [nth(first(2), watch, { code: 410, reason: 'Expired' }), endWatches],
  '409 on every second write': [nth(everySecond, eachWrite, { code: 409, reason: 'Conflict' })],
  '429 with Retry-After on every second write': [
    nth(everySecond, eachWrite, { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }),
  ],
  '500 on writes, reads and watches': [failing({ code: 500, reason: 'InternalError' }), endWatches],
  '503 on writes, reads and watches': [failing({ code: 503, reason: 'ServiceUnavailable' }), endWatches],
  'answers are cut short': [
    either(nth(everySecond, eachWrite, 'cut short'), nth(first(2), read, 'cut short')),
    endWatches,
  ],
  'requests hang': [either(nth(first(1), write, 'unanswered'), nth(first(1), watch, 'unanswered')), endWatches],
  'answers never come': [nth(first(1), write, 'answer lost')],
};

const palisade = await Palisade.open();
test.after(() => palisade.close());

/** Watches that restart, some of them twice, and requests that a fault makes the operator repeat: retries, lists, reviews. */
const boundOn = (undisturbed: Ending, { asked }: Ending): number =>
  undisturbed.asked.length + 2 * asked.filter((a) => a.watch).length + 3 * asked.filter((a) => a.mishap).length;

// All in parallel, since most of the time is waiting.
const undisturbed = play(palisade, await palisade.namespace('undisturbed'), NO_FAULT);
const endings = await Promise.all(
  Object.entries(FAULTS).map(async ([what, [fault, begin]]) => {
    const ending = play(palisade, await palisade.namespace('fault'), fault, { begin, asIn: undisturbed });
    ending.catch(() => {});
    return { what, ending };
  }),
);

for (const { what, ending } of endings) {
  test(what, async () => {
    const [expected, found] = await Promise.all([undisturbed, ending]);
    assert.equal(found.snapshot, expected.snapshot);
    assert.equal(found.created, expected.created, 'no object is created twice');
    assert.ok(found.asked.length <= boundOn(expected, found), `${found.asked.length} requests`);
  });
}

test('each fault is really injected', async () => {
  const played = await Promise.all(endings.map(async ({ what, ending }) => ({ what, asked: (await ending).asked })));
  const none = played.filter(({ asked }) => asked.every(({ mishap }) => mishap === undefined));
  assert.equal(
    none.map(({ what }) => what),
    ['watches are open, and tell nothing'],
  );
});

test.run();
