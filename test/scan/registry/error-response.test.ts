import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Asked, responseError, withSecretProblems } from '../../../src/scan/registry/error-response.ts';

const ASKED: Asked = { what: 'r.example.com/app:1', registry: 'r.example.com', authenticated: false };
const said = (code: string, message = '') => JSON.stringify({ errors: [{ code, message }] });

const RESPONSES: readonly [status: number, text: string, asked: Partial<Asked>, outcome: string][] = [
  [
    401,
    said('UNAUTHORIZED', 'authentication required'),
    {},
    'Unauthorized: r.example.com/app:1: the registry answered 401 (UNAUTHORIZED: authentication required); name a pull secret with credentials for r.example.com in spec.pullSecrets',
  ],
  [
    403,
    said('DENIED'),
    { authenticated: true },
    'Unauthorized: r.example.com/app:1: the registry answered 403 (DENIED); the credentials for r.example.com do not allow it: correct them in the pull secret',
  ],
  [
    401,
    '',
    { registry: 'docker.io', what: 'docker.io/team/app:1' },
    'Unauthorized: docker.io/team/app:1: the registry answered 401, which Docker Hub also answers for a repository that does not exist; name a pull secret with credentials for docker.io in spec.pullSecrets',
  ],
  [
    404,
    said('MANIFEST_UNKNOWN', 'manifest unknown'),
    {},
    'NotFound: r.example.com/app:1: the registry answered 404 (MANIFEST_UNKNOWN: manifest unknown); it does not exist, or no longer: check the name, or push it again',
  ],
  [
    410,
    '',
    {},
    'NotFound: r.example.com/app:1: the registry answered 410; it does not exist, or no longer: check the name, or push it again',
  ],
  [
    429,
    said('TOOMANYREQUESTS', 'slow down'),
    {},
    'RateLimited: r.example.com/app:1: the registry answered 429 (TOOMANYREQUESTS: slow down), too many requests; credentials for r.example.com often raise its limit',
  ],
  [
    403,
    said('TOOMANYREQUESTS'),
    { authenticated: true },
    'RateLimited: r.example.com/app:1: the registry answered 403 (TOOMANYREQUESTS), too many requests; the request is retried later',
  ],
  [
    500,
    '<html>\u001b[31moops\n\n</html>',
    {},
    'Unreachable: r.example.com/app:1: the registry answered 500, an error of its own; check that r.example.com is a working registry',
  ],
  [
    418,
    said('A\nB\u001b[2J\u202e', 'x'.repeat(300)),
    {},
    `Unreachable: r.example.com/app:1: the registry answered 418 (A B?[2J?: ${'x'.repeat(187)}...), an unexpected status; check that r.example.com is a working registry`,
  ],
  [
    302,
    '{"errors":[{"code":{},"message":[]}]}',
    {},
    'Unreachable: r.example.com/app:1: the registry answered 302, an unexpected status; check that r.example.com is a working registry',
  ],
  [
    503,
    'null',
    {},
    'Unreachable: r.example.com/app:1: the registry answered 503, an error of its own; check that r.example.com is a working registry',
  ],
];

for (const [status, text, asked, outcome] of RESPONSES) {
  test(`${status} ${JSON.stringify(text).slice(0, 60)} is ${outcome.slice(0, 12)}`, () => {
    const error = responseError({ status, text }, { ...ASKED, ...asked });
    assert.is(`${error.reason}: ${error.message}`, outcome);
    assert.is(error.retryAfterMs, undefined);
  });
}

test('a user who scans by a command gets the cures of the command', () => {
  const of = (status: number, authenticated: boolean) =>
    responseError({ status, text: '' }, { ...ASKED, authenticated }).byCommand?.replace(/^.*; /, '');
  assert.is(
    of(401, false),
    'pass --docker-config with a directory whose config.json has credentials for r.example.com',
  );
  assert.is(
    of(401, true),
    'the credentials for r.example.com do not allow it: correct them in the config.json of --docker-config',
  );
  assert.is(of(429, true), 'try again later');
  assert.is(of(404, true), undefined);
});

test('the requested pause is kept for 429 and 503', () => {
  assert.is(responseError({ status: 429, text: '', retryAfterMs: 5000 }, ASKED).retryAfterMs, 5000);
  assert.is(responseError({ status: 429, text: '' }, ASKED).registry, 'r.example.com');
  assert.is(responseError({ status: 503, text: '', retryAfterMs: 5000 }, ASKED).retryAfterMs, 5000);
});

test('a response that repeats the credentials does not pass them on, also where it would be cut', () => {
  const secrets = ['cm9ib3Q6aHVudGVyMjI=', 'hunter22'];
  const echo = `${'x'.repeat(160)} Authorization: Basic cm9ib3Q6aHVudGVyMjI=; password hunter22`;
  const { message } = responseError({ status: 403, text: said('DENIED', echo) }, { ...ASKED, secrets });
  assert.match(message, /Authorization: Basic \*\*\*/);
  assert.not.match(message, /cm9i|hunter/);
});

const PROBLEMS = ['Secret shop/mine does not exist: create it', 'Palisade may not read Secret shop/other: grant it'];
for (const [what, status, asked, problems, ending] of [
  ['no Secret is named', 401, {}, [], 'name a pull secret with credentials for r.example.com in spec.pullSecrets'],
  ['Secrets are unreadable', 401, {}, PROBLEMS, PROBLEMS.join('; ')],
  ['two ImageScans name one', 401, {}, [PROBLEMS[0]!, PROBLEMS[0]!], PROBLEMS[0]!],
  ['its registry has a port', 401, { registry: '127.0.0.1:5000' }, PROBLEMS, PROBLEMS.join('; ')],
  [
    'another Secret was sent',
    403,
    { authenticated: true },
    PROBLEMS,
    'the credentials for r.example.com do not allow it: correct them in the pull secret',
  ],
  [
    'credentials are not the cause',
    404,
    {},
    PROBLEMS,
    'it does not exist, or no longer: check the name, or push it again',
  ],
] as const) {
  test(`the cure when ${what}`, () => {
    const { reason, message } = responseError({ status, text: said('DENIED', '$&') }, { ...ASKED, ...asked });
    const { message: shown } = withSecretProblems({ reason, message }, problems);
    assert.is(shown, `r.example.com/app:1: the registry answered ${status} (DENIED: $&); ${ending}`);
  });
}

test.run();
