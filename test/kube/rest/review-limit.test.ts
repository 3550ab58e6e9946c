import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ReviewLimit, TooManyReviews } from '../../../src/kube/rest/review-limit.ts';
import { FakeClock } from '../fake-clock.ts';

/** How many reviews of each address are allowed at once. */
const allowed = (limit: ReviewLimit, addresses: readonly string[]): number =>
  addresses.filter((address) => {
    try {
      limit.take(address);
      return true;
    } catch (error) {
      assert.instance(error, TooManyReviews);
      return false;
    }
  }).length;

const times = (n: number, address: string): string[] => Array(n).fill(address);

for (const [what, addresses, expected] of [
  ['one IPv4 address', times(10, '10.0.0.1'), 3],
  ['two IPv4 addresses', [...times(5, '10.0.0.1'), ...times(5, '10.0.0.2')], 6],
  ['an IPv4 address also as an IPv6 address', [...times(5, '10.0.0.1'), ...times(5, '::ffff:10.0.0.1')], 3],
  ['two addresses of one /64', [...times(5, '2001:db8::1'), ...times(5, '2001:db8::2:0:0:1')], 3],
  ['two /64', [...times(5, '2001:db8::1'), ...times(5, '2001:db8:0:1::1')], 6],
  ['connections that are gone', times(10, ''), 3],
  ['many addresses: all together', Array.from({ length: 50 }, (_, i) => `10.0.1.${i}`), 20],
] as const) {
  test(`at once: ${what}`, () => {
    const limit = new ReviewLimit(new FakeClock(), { perSecond: 1, burst: 3 }, { perSecond: 10, burst: 20 });
    assert.is(allowed(limit, addresses), expected);
  });
}

test('later: the rate, and never more than a burst', async () => {
  const clock = new FakeClock();
  const limit = new ReviewLimit(clock, { perSecond: 1, burst: 3 }, { perSecond: 10, burst: 20 });
  const ask = () => allowed(limit, times(10, '10.0.0.1'));
  assert.is(ask(), 3);
  for (const [ms, expected] of [
    [999, 0],
    [1, 1],
    [2_000, 2],
    [3_600_000, 3],
  ] as const) {
    await clock.advance(ms);
    assert.is(ask(), expected);
  }
});

test('the time to wait is that of the emptier bucket, in whole seconds', () => {
  const limit = new ReviewLimit(new FakeClock(), { perSecond: 0.1, burst: 1 }, { perSecond: 0.05, burst: 2 });
  const wait = (address: string): number => {
    try {
      limit.take(address);
    } catch (error) {
      return (error as TooManyReviews).retryAfterSeconds;
    }
    return 0;
  };
  assert.equal(['a', 'a', 'b', 'a', 'c'].map(wait), [0, 10, 0, 20, 20]);
});

test.run();
