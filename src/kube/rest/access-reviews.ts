import { createHash } from 'node:crypto';
import { type Clock, monotonicClock } from '../clock.ts';
import { clusterScoped } from '../kinds.ts';
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
const ACCESS_REVIEWS = clusterScoped('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview');

/** A revoked token or right is honored for at most this long. */
const TTL_MS = 10_000;
const MAX_ANSWERS = 1000;

const hashOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');

/**
 * Asks the API server whether the owner of a bearer token is allowed an action, and caches the answers, denials and
 * unknown tokens too, for a short time. Only hashes of tokens are kept.
 */
export class AccessReviews {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limit: Pick<ReviewLimit, 'take'>;
  readonly #users = new ShortCache<User | undefined>(MAX_ANSWERS);
  readonly #answers = new ShortCache<Access>(MAX_ANSWERS);

  /** @param clock must not be set back */
  constructor(
    client: Pick<KubeClient, 'create'>,
    clock: Pick<Clock, 'now'> = monotonicClock,
    limit: Pick<ReviewLimit, 'take'> = new ReviewLimit(clock),
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#limit = limit;
  }

  /**
   * @param address of the client: it is asked for only so many reviews
   * @throws TooManyReviews; ApiError, NetworkError when the API server gives no answer; this is not cached
   */
  async of(token: string, wanted: ResourceAttributes, address: string): Promise<Access> {
    const now = this.#clock.now();
    const ofUser = hashOf(token);
    const user =
      this.#users.get(ofUser, now) ??
      this.#users.set(ofUser, { until: now + TTL_MS, answer: this.#userOf(token, address) });
    const ofAnswer = hashOf(token, wanted);
    const known =
      this.#answers.get(ofAnswer, now) ??
      // No longer than the user is known: both together are honored for TTL_MS at most.
      this.#answers.set(ofAnswer, { until: user.until, answer: this.#accessOf(user.answer, wanted, address) });
    return await known.answer;
  }

  async #accessOf(known: Promise<User | undefined>, wanted: ResourceAttributes, address: string): Promise<Access> {
    const user = await known;
    if (user === undefined) return 'Unauthenticated';
    const { username, uid, groups, extra } = user;
    const spec = { user: username, uid, groups, extra, resourceAttributes: wanted };
    const { status } = await this.#create<SubjectAccessReview>(ACCESS_REVIEWS, spec, address);
    return status?.allowed === true ? 'Allowed' : 'Denied';
  }

  async #userOf(token: string, address: string): Promise<User | undefined> {
    const { status } = await this.#create<TokenReview>(TOKEN_REVIEWS, { token }, address);
    return status?.authenticated === true && status.user?.username ? status.user : undefined;
  }

  async #create<T extends object>(resource: Resource, spec: object, address: string): Promise<T> {
    this.#limit.take(address);
    return await this.#client.create<T>(resource, { apiVersion: apiVersion(resource), kind: resource.kind, spec });
  }
}
