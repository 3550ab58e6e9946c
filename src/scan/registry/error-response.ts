import { printableAscii } from '../../text/printable.ts';
import { type Problem, ScanError } from '../scan-error.ts';
import { readBeginning } from './content.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { HttpAnswer } from './transport.ts';

/** A response of a registry that is no success. */
interface ErrorResponse {
  readonly status: number;
  /** The beginning of its body. */
  readonly text: string;
  readonly retryAfterMs?: number | undefined;
}

/** The request that the response answers. */
export interface Asked {
  /** In messages: `docker.io/library/nginx@sha256:…`. */
  readonly what: string;
  /** As the user writes it, which is not always where it is. */
  readonly registry: string;
  /** True when credentials were sent. */
  readonly authenticated: boolean;
  /** Secrets that were sent: some proxies repeat them in their responses. */
  readonly secrets?: readonly string[];
}

interface Said {
  readonly code: string;
  readonly message: string;
}

const NOTHING: Said = { code: '', message: '' };

/** The first error in the form of the Distribution Specification: `{"errors": [{"code", "message", "detail"}]}`. */
const read = (text: string): Said => {
  try {
    const first: unknown = JSON.parse(text)?.errors?.[0];
    const { code, message } = (first ?? {}) as Record<string, unknown>;
    return {
      code: typeof code === 'string' ? code : '',
      message: typeof message === 'string' ? message : '',
    };
  } catch {
    return NOTHING;
  }
};

/** Before anything is cut: half a secret is one too. */
const without = (secrets: readonly string[], text: string): string =>
  secrets.filter(Boolean).reduce((clean, secret) => clean.replaceAll(secret, '***'), text);

const answered = ({ status }: ErrorResponse, { code, message }: Said, { secrets = [] }: Asked): string => {
  const said = printableAscii(without(secrets, [code, message].filter(Boolean).join(': ')));
  return `the registry answered ${status}${said && ` (${said})`}`;
};

const withoutSecret = (registry: string): string =>
  `name a pull secret with credentials for ${registry} in spec.pullSecrets`;
const WITHOUT_SECRET = /name a pull secret with credentials for \S+ in spec\.pullSecrets$/;

/**
 * The failure with another cure, if that is to name a pull secret: an ImageScan that names one has to repair it. Failures come
 * as texts, also from Jobs and from records of an earlier operator.
 * @param problems why Secrets of the ImageScan gave no credentials, with the cures
 */
export const withSecretProblems = <T extends Problem>(failure: T, problems: readonly string[]): T => {
  if (failure.reason !== 'Unauthorized' || problems.length === 0) return failure;
  return { ...failure, message: failure.message.replace(WITHOUT_SECRET, () => [...new Set(problems)].join('; ')) };
};

const unauthorized = ({ registry, authenticated, what }: Asked, answer: string): ScanError => {
  const cure = authenticated
    ? `the credentials for ${registry} do not allow it: correct them in the pull secret`
    : withoutSecret(registry);
  const ofCommand = authenticated
    ? `the credentials for ${registry} do not allow it: correct them in the config.json of --docker-config`
    : `pass --docker-config with a directory whose config.json has credentials for ${registry}`;
  const hidden = registry === 'docker.io' ? ', which Docker Hub also answers for a repository that does not exist' : '';
  const said = `${what}: ${answer}${hidden}`;
  return new ScanError('Unauthorized', `${said}; ${cure}`, { byCommand: `${said}; ${ofCommand}` });
};

/** The ScanError for a response. Registries use several statuses for one meaning: the code decides before the status. */
export const responseError = (response: ErrorResponse, asked: Asked): ScanError => {
  const said = read(response.text);
  const answer = answered(response, said, asked);
  const { status, retryAfterMs } = response;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429 || said.code === 'TOOMANYREQUESTS') {
    const cure = asked.authenticated
      ? 'the request is retried later'
      : `credentials for ${asked.registry} often raise its limit`;
    const limited = `${asked.what}: ${answer}, too many requests`;
    return new ScanError('RateLimited', `${limited}; ${cure}`, {
      ...retry,
      ...(asked.authenticated && { byCommand: `${limited}; try again later` }),
      registry: asked.registry,
    });
  }
  if (status === 401 || status === 403) return unauthorized(asked, answer);
  if (status === 404 || status === 410) {
    return new ScanError(
      'NotFound',
      `${asked.what}: ${answer}; it does not exist, or no longer: check the name, or push it again`,
    );
  }
  const how = status >= 500 ? 'an error of its own' : 'an unexpected status';
  return new ScanError(
    'Unreachable',
    `${asked.what}: ${answer}, ${how}; check that ${asked.registry} is a working registry`,
    retry,
  );
};

const MOST_BYTES = 16 * 1024;

/** Reads an answer that is no success. @param now milliseconds since 1970 @returns the error to throw */
export const readErrorResponse = async (
  answer: HttpAnswer,
  asked: Asked,
  now: number,
  signal: AbortSignal,
): Promise<ScanError> => {
  const retryAfterMs = parseRetryAfter(answer.header('retry-after'), now);
  const text = await readBeginning(answer, MOST_BYTES, signal);
  return responseError({ status: answer.status, text, retryAfterMs }, asked);
};
