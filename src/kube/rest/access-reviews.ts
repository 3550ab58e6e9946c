import { createHash } from 'node:crypto';
import { type Clock, monotonicClock } from '../clock.ts';
import { clusterScoped } from '../kinds.ts';
import type { KubeClient } from './client.ts';
import { apiVersion, type Resource } from './resource.ts';

/** What somebody wants to do, as authorization.k8s.io/v1 has it. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  readonly name: string;
}

/** Unauthenticated: the token is nobody's. */
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

/** A token or a right that is taken away counts for so long at most. */
const TTL_MS = 10_000;
const MAX_ANSWERS = 1000;

interface Answer {
  /** By the clock. */
  readonly until: number;
  readonly access: Promise<Access>;
}

/**
 * Asks the API server what the owner of a bearer token may do, and remembers its answers for a short time, good and bad
 * ones. Tokens are kept as hashes only.
 */
export class AccessReviews {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** By hash, in the order in which they end. */
  readonly #answers = new Map<string, Answer>();

  /** @param clock is never set */
  constructor(client: Pick<KubeClient, 'create'>, clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws ApiError, NetworkError when the API server does not say; such an answer is not remembered */
  async of(token: string, wanted: ResourceAttributes): Promise<Access> {
    const key = createHash('sha256')
      .update(JSON.stringify([token, wanted]))
      .digest('base64');
    const now = this.#clock.now();
    const known = this.#answers.get(key);
    if (known !== undefined && now < known.until) return await known.access;
    const access = this.#ask(token, wanted);
    this.#remember(key, { until: now + TTL_MS, access });
    try {
      return await access;
    } catch (error) {
      if (this.#answers.get(key)?.access === access) this.#answers.delete(key);
      throw error;
    }
  }

  #remember(key: string, answer: Answer): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }

  async #ask(token: string, wanted: ResourceAttributes): Promise<Access> {
    const user = await this.#userOf(token);
    if (user === undefined) return 'Unauthenticated';
    const { username, uid, groups, extra } = user;
    const spec = { user: username, uid, groups, extra, resourceAttributes: wanted };
    const { status } = await this.#create<SubjectAccessReview>(ACCESS_REVIEWS, spec);
    return status?.allowed === true ? 'Allowed' : 'Denied';
  }

  async #userOf(token: string): Promise<User | undefined> {
    const { status } = await this.#create<TokenReview>(TOKEN_REVIEWS, { token });
    return status?.authenticated === true && status.user?.username ? status.user : undefined;
  }

  #create<T extends object>(resource: Resource, spec: object): Promise<T> {
    return this.#client.create<T>(resource, { apiVersion: apiVersion(resource), kind: resource.kind, spec });
  }
}
