import { createHash } from 'node:crypto';
import { type Clock, monotonicClock } from '../clock.ts';
import { clusterScoped, SUBJECT_ACCESS_REVIEWS } from '../kinds.ts';
import type { KubeClient } from './client.ts';
import { apiVersion, type Resource } from './resource.ts';
import { ReviewLimit } from './review-limit.ts';
import { ShortCache } from './short-cache.ts';

/** ResourceAttributes of authorization.k8s.io/v1: the action to authorize. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  readonly name: string;
}

/** Unauthenticated: the API server does not accept the token. */
export type Access = 'Allowed' | 'Denied' | 'Unauthenticated';

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    /** Those of the review that the token is for. */
    readonly audiences?: readonly string[];
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean };
}

type User = NonNullable<NonNullable<TokenReview['status']>['user']>;

const TOKEN_REVIEWS = clusterScoped('authentication.k8s.io', 'tokenreviews', 'TokenReview');

/** A revoked token or right is honored for at most this long. */
const TTL_MS = 10_000;
const MAX_ANSWERS = 1000;
/** For so long after its last review, a token counts for its user and not for the address that sends it. */
const KNOWN_MS = 600_000;

type Limit = Pick<ReviewLimit, 'take'>;

/** How many reviews the API server is asked for. */
interface Limits {
  /** Of tokens that may be nobody's, by address. */
  readonly unknown: Limit;
  /** Of users, by name: other clients behind the same address, as of a Service or a proxy, keep no user out. */
  readonly known: Limit;
}

const hashOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');

/**
 * Asks the API server whether the owner of a bearer token is allowed an action, and caches the answers, denials and
 * unknown tokens too, for a short time. Only hashes of tokens are kept.
 */
export class AccessReviews {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limits: Limits;
  /** User names of tokens. */
  readonly #known = new ShortCache<string>(MAX_ANSWERS);
  readonly #users = new ShortCache<User | undefined>(MAX_ANSWERS);
  readonly #answers = new ShortCache<Access>(MAX_ANSWERS);

  /** @param clock must not be set back */
  constructor(
    client: Pick<KubeClient, 'create'>,
    clock: Pick<Clock, 'now'> = monotonicClock,
    limits: Limits = { unknown: new ReviewLimit(clock), known: new ReviewLimit(clock) },
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * @param address of the client
   * @param audience that the token must be for; absent: the API server's own
   * @throws TooManyReviews; ApiError, NetworkError when the API server gives no answer; this is not cached
   */
  async of(token: string, wanted: ResourceAttributes, address: string, audience = ''): Promise<Access> {
    const now = this.#clock.now();
    const ofUser = hashOf(token, audience);
    const user =
      this.#users.get(ofUser, now) ??
      this.#users.set(ofUser, { until: now + TTL_MS, answer: this.#userOf(token, audience, ofUser, address) });
    const ofAnswer = hashOf(token, audience, wanted);
    const known =
      this.#answers.get(ofAnswer, now) ??
      // No longer than the user is known: both together are honored for TTL_MS at most.
      this.#answers.set(ofAnswer, { until: user.until, answer: this.#accessOf(user.answer, wanted) });
    return await known.answer;
  }

  async #accessOf(known: Promise<User | undefined>, wanted: ResourceAttributes): Promise<Access> {
    const user = await known;
    if (user?.username === undefined) return 'Unauthenticated';
    const { username, uid, groups, extra } = user;
    this.#limits.known.take(username);
    const spec = { user: username, uid, groups, extra, resourceAttributes: wanted };
    const { status } = await this.#create<SubjectAccessReview>(SUBJECT_ACCESS_REVIEWS, spec);
    return status?.allowed === true ? 'Allowed' : 'Denied';
  }

  /** @param hash of token and audience */
  async #userOf(token: string, audience: string, hash: string, address: string): Promise<User | undefined> {
    const name = await this.#known.get(hash, this.#clock.now())?.answer;
    if (name === undefined) this.#limits.unknown.take(address);
    else this.#limits.known.take(name);
    const audiences = audience === '' ? {} : { audiences: [audience] };
    const { status } = await this.#create<TokenReview>(TOKEN_REVIEWS, { token, ...audiences });
    // An authenticator that knows no audiences accepts any token, and names none.
    const isForUs = audience === '' || status?.audiences?.includes(audience) === true;
    const user = status?.authenticated === true && isForUs && status.user?.username ? status.user : undefined;
    // One that is not accepted any more counts for its address again.
    const until = this.#clock.now() + (user === undefined ? 0 : KNOWN_MS);
    const answer = Promise.resolve(user?.username ?? '');
    if (user !== undefined || name !== undefined) this.#known.set(hash, { until, answer });
    return user;
  }

  async #create<T extends object>(resource: Resource, spec: object): Promise<T> {
    return await this.#client.create<T>(resource, { apiVersion: apiVersion(resource), kind: resource.kind, spec });
  }
}
