import ipaddr from 'ipaddr.js';
import type { Clock } from '../clock.ts';
import { Pace, type PaceOptions } from '../pace.ts';

/** The API server is asked for no more reviews now. */
export class TooManyReviews extends Error {
  override readonly name = 'TooManyReviews';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`too many tokens and requests to review: try again in ${retryAfterSeconds} s`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The IPv4 address, or the /64 of an IPv6 address: a host may have all of it. The name of a user is itself. */
const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
};

/** The key of the pace of all clients. */
const ALL = '';

/** Bounds reviews: those of each client, and those of all, which also bounds how many clients are in memory. */
export class ReviewLimit {
  readonly #each: Pace;
  readonly #all: Pace;

  constructor(
    clock: Pick<Clock, 'now'>,
    each: PaceOptions = { perSecond: 5, burst: 30 },
    all: PaceOptions = { perSecond: 50, burst: 100 },
  ) {
    this.#each = new Pace(each, clock);
    this.#all = new Pace(all, clock);
  }

  /** Counts a review. @param client its address, or its user name @throws TooManyReviews */
  take(client: string): void {
    const network = networkOf(client);
    const waitMs = Math.max(this.#each.waitMs(network), this.#all.waitMs(ALL));
    if (waitMs > 0) throw new TooManyReviews(Math.ceil(waitMs / 1000));
    this.#each.count(network);
    this.#all.count(ALL);
  }
}
