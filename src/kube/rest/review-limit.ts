import ipaddr from 'ipaddr.js';
import type { Clock } from '../clock.ts';

/** Of reviews that the API server is asked for. */
export interface Rate {
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** The API server is asked for no more reviews now. */
export class TooManyReviews extends Error {
  override readonly name = 'TooManyReviews';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`too many tokens and requests to review: try again in ${retryAfterSeconds} s`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** More than the total rate can fill. */
const MAX_CLIENTS = 1000;

/** The IPv4 address, or the /64 of an IPv6 address: a host may have all of it. The name of a user is itself. */
const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
};

/** Bounds reviews by token buckets: one for each client, and one for all. */
export class ReviewLimit {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #each: Rate;
  readonly #all: Rate;
  /** In order of the last review. */
  readonly #buckets = new Map<string, Bucket>();
  #total: Bucket;

  constructor(
    clock: Pick<Clock, 'now'>,
    each: Rate = { perSecond: 5, burst: 30 },
    all: Rate = { perSecond: 50, burst: 100 },
  ) {
    this.#clock = clock;
    this.#each = each;
    this.#all = all;
    this.#total = { left: all.burst, at: clock.now() };
  }

  /** Counts a review. @param client its address, or its user name @throws TooManyReviews */
  take(client: string): void {
    const network = networkOf(client);
    const full = { left: this.#each.burst, at: this.#clock.now() };
    const own = this.#refilled(this.#buckets.get(network) ?? full, this.#each);
    const total = this.#refilled(this.#total, this.#all);
    const wait = Math.max((1 - own.left) / this.#each.perSecond, (1 - total.left) / this.#all.perSecond);
    if (wait > 0) throw new TooManyReviews(Math.max(1, Math.ceil(wait)));
    this.#total = { ...total, left: total.left - 1 };
    this.#buckets.delete(network);
    this.#buckets.set(network, { ...own, left: own.left - 1 });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_CLIENTS && oldest !== undefined) this.#buckets.delete(oldest);
  }

  #refilled({ left, at }: Bucket, { perSecond, burst }: Rate): Bucket {
    const now = this.#clock.now();
    return { left: Math.min(burst, left + ((now - at) / 1000) * perSecond), at: now };
  }
}
