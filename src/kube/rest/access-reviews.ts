import { createHash } from 'node:crypto';
import { type Clock, monotonicClock } from '../clock.ts';
import { clusterScoped } from '../kinds.ts';
import type { KubeClient } from './client.ts';
import { apiVersion, type Resource } from './resource.ts';

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

interface Answer {
  /** Milliseconds, by the clock. */
  readonly until: number;
  readonly access: Promise<Access>;
}

/**
 * Asks the API server whether the owner of a bearer token is allowed an action, and caches the answers, denials too, for
 * a short time. Only hashes of tokens are kept.
 */
export class AccessReviews {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** By hash, in order of expiry. */
  readonly #answers = new Map<string, Answer>();

  /** @param clock must not be set back */
  constructor(client: Pick<KubeClient, 'create'>, clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws ApiError, NetworkError when the API server gives no answer; this is not cached */
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
