import { createHash } from 'node:crypto';
import type { Clock } from '../../kube/clock.ts';
import type { ImageSource } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { readBody } from './content.ts';
import type { Credentials } from './credentials.ts';
import type { Target } from './egress-policy.ts';
import { type Asked, readErrorResponse } from './error-response.ts';
import type { Transport } from './transport.ts';

/** A request for content of an image. */
export interface Asking extends Asked {
  readonly source: ImageSource;
  readonly target: Target;
  readonly signal: AbortSignal;
}

interface Known {
  readonly header: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const MOST_KNOWN = 1000;
const MOST_TOKEN_BYTES = 256 * 1024;
/** Lifetime of a token without expires_in, by the token specification. */
const LIFETIME_SECONDS = 60;
const LONGEST_SECONDS = 3600;
/** A token is not used for so long before it expires: it has to arrive, and clocks differ. */
const MARGIN_MS = 10_000;
const TOKEN = /^[\x21-\x7e]{1,65536}$/;

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const keyOf = ({ registry, repository, credentials }: ImageSource): string =>
  createHash('sha256')
    .update(JSON.stringify([registry, repository, credentials?.username, credentials?.password]))
    .digest('base64');

/** @returns undefined when it is not a response of a token service */
const readToken = (text: string): { token: string; seconds: number } | undefined => {
  try {
    const { token, access_token, expires_in } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    const found = token || access_token;
    if (typeof found !== 'string' || !TOKEN.test(found)) return undefined;
    const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : LIFETIME_SECONDS;
    return { token: found, seconds: Math.min(seconds, LONGEST_SECONDS) };
  } catch {
    return undefined;
  }
};

/**
 * Answers the challenges of registries: Basic, and Bearer by the token specification of the CNCF Distribution project.
 * Keeps an authorization while it is valid, by registry, repository and credentials, on which realm, service and scope
 * depend.
 */
export class Authorization {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** The authorization to send at once; undefined: none. */
  known(source: ImageSource): string | undefined {
    const known = this.#known.get(keyOf(source));
    return known !== undefined && known.until > this.#clock.now() ? known.header : undefined;
  }

  /** Secrets that may have been sent for a source, longest first, in the forms in which a response could repeat them. */
  secrets(source: ImageSource): string[] {
    const [, token = ''] = this.known(source)?.split(' ') ?? [];
    if (source.credentials === undefined) return [token];
    const { password } = source.credentials;
    const forms = [basic(source.credentials).slice('Basic '.length), token, password, encodeURIComponent(password)];
    return forms.sort((a, b) => b.length - a.length);
  }

  forget(source: ImageSource): void {
    this.#known.delete(keyOf(source));
  }

  /**
   * @param header WWW-Authenticate
   * @returns the header Authorization; undefined without a usable challenge
   * @throws ScanError
   */
  async answer(header: string, asking: Asking): Promise<string | undefined> {
    const { credentials } = asking.source;
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme, realm }) => scheme === 'bearer' && realm);
    if (bearer !== undefined) return this.#fetchToken(bearer, asking);
    if (credentials === undefined || !challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    return this.#keep(asking.source, basic(credentials), Number.POSITIVE_INFINITY);
  }

  async #fetchToken({ realm = '', service }: Challenge, asking: Asking): Promise<string> {
    const { source, target: registry, signal, what } = asking;
    const { credentials } = source;
    const realmTarget = this.#transport.redirect(realm, registry.url, registry, what);
    const url = new URL(realmTarget.url);
    if (service !== undefined) url.searchParams.set('service', service);
    // Our own scope, not the challenge's: no registry gets a token for more than the pull of this repository.
    url.searchParams.set('scope', `repository:${source.repository}:pull`);
    const asked = this.#clock.now();
    const answer = await this.#transport.send(
      registry,
      { url, reach: realmTarget.reach },
      { headers: {}, authorization: credentials && basic(credentials), what, signal },
    );
    if (answer.status !== 200) {
      throw await readErrorResponse(answer, { ...asking, secrets: this.secrets(source) }, asked, signal);
    }
    const read = readToken((await readBody(answer, MOST_TOKEN_BYTES, `the token for ${what}`, signal)).toString());
    if (read === undefined) {
      throw new ScanError('Unreachable', `${what}: ${url.host} gives no token: check the registry's token service`);
    }
    return this.#keep(source, `Bearer ${read.token}`, asked + read.seconds * 1000 - MARGIN_MS);
  }

  #keep(source: ImageSource, header: string, until: number): string {
    const now = this.#clock.now();
    for (const [key, known] of this.#known) if (known.until <= now) this.#known.delete(key);
    const oldest = this.#known.size >= MOST_KNOWN ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    if (until > now) this.#known.set(keyOf(source), { header, until });
    return header;
  }
}
