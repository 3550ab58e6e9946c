import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeClock } from '../../kube/fake-clock.ts';
import { Contents, hostileRegistry, type Misbehave, refuse } from './hostile-registry.ts';
import { failureOf, type Pulling, pulling } from './pulling.ts';

const never = new AbortController().signal;
const credentials = { username: 'user', password: 'pä:ss' };
const BASIC = `Basic ${Buffer.from('user:pä:ss').toString('base64')}`;

const challenge =
  (header: string): Misbehave =>
  (_, response) =>
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': header });

const json =
  (body: unknown): Misbehave =>
  (_, response) =>
    response.end(JSON.stringify(body));

interface Service {
  /** What WWW-Authenticate says. */
  readonly challenge?: (pulling: { registry: string }) => string;
  /** How the token service answers; the n-th call gives `token-n`. */
  readonly token?: (call: number) => Misbehave;
  /** Accepts a token. Default: the last one given. */
  readonly accepts?: (authorization: string, calls: number) => boolean;
}

/** A registry with a token service on the same port. */
const withTokens = async (
  { challenge: say, token, accepts }: Service,
  work: (pulling: Pulling & { image: string; tokens: () => string[] }) => Promise<void>,
  options: Parameters<typeof pulling>[2] = {},
): Promise<void> => {
  const contents = new Contents();
  const image = contents.image({ layers: ['one', 'two'] });
  let calls = 0;
  let registry = '';
  const answer: Misbehave = (asked, response, request) => {
    if (asked.path.startsWith('/token')) {
      calls += 1;
      return (token?.(calls) ?? json({ token: `token-${calls}`, expires_in: 300 }))(asked, response, request);
    }
    const { authorization = '' } = asked.headers;
    const good = accepts?.(authorization, calls) ?? authorization === `Bearer token-${calls}`;
    if (good) return contents.serve(asked, response, request);
    return challenge(say?.({ registry }) ?? `Bearer realm="http://${registry}/token",service="the service"`)(
      asked,
      response,
      request,
    );
  };
  await pulling(
    answer,
    async (p) => {
      registry = p.server.registry;
      const tokens = () => p.server.asked.map(({ path }) => path).filter((path) => path.startsWith('/token'));
      await work({ ...p, image: image.digest, tokens });
    },
    options,
  );
};

test('Basic: credentials are sent when the registry asks for them, and at once afterwards', async () => {
  await withTokens(
    { challenge: () => 'Basic realm="x"', accepts: (authorization) => authorization === BASIC },
    async ({ pull, server, source, image }) => {
      assert.is((await pull({ digest: image, source: { ...source, credentials } })).failure, '');
      assert.equal(
        server.asked.map(({ headers }) => headers.authorization),
        [undefined, BASIC, BASIC, BASIC, BASIC],
      );
    },
  );
});

test('Bearer: one token for the pull of this repository serves the whole pull', async () => {
  await withTokens({}, async ({ pull, server, source, image, tokens }) => {
    assert.is((await pull({ digest: image, source: { ...source, credentials } })).failure, '');
    assert.equal(tokens(), ['/token?service=the+service&scope=repository%3Ateam%2Fapp%3Apull']);
    assert.equal(
      server.asked.map(({ headers }) => headers.authorization),
      [undefined, BASIC, 'Bearer token-1', 'Bearer token-1', 'Bearer token-1', 'Bearer token-1'],
    );
  });
});

test('Bearer: anonymously too, with access_token, and a realm that has a query', async () => {
  await withTokens(
    {
      challenge: ({ registry }) => `Bearer realm="http://${registry}/token?account=a",scope="repository:other:push"`,
      token: () => json({ access_token: 'token-1' }),
    },
    async ({ pull, server, image, tokens }) => {
      assert.is((await pull({ digest: image })).failure, '');
      assert.equal(tokens(), ['/token?account=a&scope=repository%3Ateam%2Fapp%3Apull']);
      assert.is(server.asked[1]!.headers.authorization, undefined);
    },
  );
});

test('Bearer comes before Basic, so that the password goes to the token service only', async () => {
  await withTokens(
    { challenge: ({ registry }) => `Basic realm="x", Bearer realm="http://${registry}/token"` },
    async ({ pull, server, source, image }) => {
      assert.is((await pull({ digest: image, source: { ...source, credentials } })).failure, '');
      const shown = server.asked.filter(({ headers }) => headers.authorization === BASIC);
      assert.equal(
        shown.map(({ path }) => path.split('?')[0]),
        ['/token'],
      );
    },
  );
});

test('a token is used for its lifetime, by the same credentials, for the same repository', async () => {
  const clock = new FakeClock();
  await withTokens(
    { accepts: (authorization) => /^Bearer token-\d$/.test(authorization) },
    async ({ client, source, image, tokens }) => {
      const resolve = (other: object = {}) => client.resolve({ ...source, ...other }, image, never);
      await resolve();
      await resolve();
      assert.is(tokens().length, 1);
      await resolve({ credentials });
      assert.is(tokens().length, 2);
      await resolve({ credentials: { ...credentials, password: 'other' } });
      assert.is(tokens().length, 3);
      await resolve({ repository: 'team/web' });
      assert.is(tokens().length, 4);
      await resolve({ credentials });
      assert.is(tokens().length, 4);
      await clock.advance(289_000);
      await resolve();
      assert.is(tokens().length, 4);
      await clock.advance(1_000);
      await resolve();
      assert.is(tokens().length, 5);
    },
    { clock },
  );
});

test('a token that is refused before it expires is replaced once', async () => {
  await withTokens(
    { accepts: (authorization, calls) => calls < 3 && authorization === `Bearer token-${calls}` },
    async ({ client, source, image, server, tokens }) => {
      await client.resolve(source, image, never);
      const other = { ...source, repository: 'team/web' };
      await client.resolve(other, image, never);
      // The service took token-1 back when it gave token-2: this repository gets token-3, which is not accepted.
      const before = server.asked.length;
      await assertFails(client.resolve(source, image, never), server, /^Unauthorized: /);
      assert.is(tokens().length, 3);
      assert.is(server.asked.length - before, 3);
    },
  );
});

const assertFails = async (work: Promise<unknown>, server: Pulling['server'], expected: RegExp): Promise<void> => {
  try {
    await work;
  } catch (error) {
    assert.match(failureOf(error, server), expected);
    assert.not.match((error as Error).message, /pä:ss|token-\d|Basic [A-Za-z0-9]/);
    return;
  }
  assert.unreachable('it did not fail');
};

const FAILURES: readonly [name: string, service: Service, failure: RegExp][] = [
  [
    'refuses the credentials',
    { token: () => (_, response) => refuse(response, 401, 'UNAUTHORIZED', 'incorrect username or password') },
    /^Unauthorized: HOST\/team\/app@sha256:\w+: the registry answered 401 \(UNAUTHORIZED: incorrect username or password\); the credentials for HOST do not allow it/,
  ],
  ['has a fault', { token: () => (_, response) => response.writeHead(502).end() }, /^Unreachable: .* answered 502/],
  ['is rate limited', { token: () => (_, response) => refuse(response, 429, 'TOOMANYREQUESTS') }, /^RateLimited: /],
  ['gives no JSON', { token: () => (_, response) => response.end('<html>') }, /^Unreachable: .* HOST gives no token/],
  ['gives null', { token: () => json(null) }, /^Unreachable: .* HOST gives no token/],
  ['gives no token', { token: () => json({ token: '' }) }, /^Unreachable: .* HOST gives no token/],
  ['gives a header', { token: () => json({ token: 'x\r\nX-Evil: 1' }) }, /^Unreachable: .* HOST gives no token/],
  [
    'never ends its answer',
    {
      token: () => (_, response) => {
        response.writeHead(200);
        for (let i = 0; i < 100; i += 1) response.write(Buffer.alloc(10_000, ' '));
      },
    },
    /^TooLarge: the token for HOST/,
  ],
  ['gives a token that is no good', { accepts: () => false }, /^Unauthorized: .* answered 401/],
  [
    'is a metadata service',
    { challenge: () => 'Bearer realm="http://169.254.169.254/latest/meta-data"' },
    /^NotAllowed: .*HOST refers to http:\/\/169\.254\.169\.254\/latest\/meta-data, which is not https/,
  ],
  [
    'is private',
    { challenge: () => 'Bearer realm="https://10.0.0.1/"' },
    /^NotAllowed: .*10\.0\.0\.1, because it is a private address/,
  ],
  ['is no URL', { challenge: () => 'Bearer realm="https://"' }, /^NotAllowed: .*which is not a URL/],
  ['is not there', { challenge: () => 'Bearer service="x"' }, /^Unauthorized: .* answered 401/],
  ['wants something else', { challenge: () => 'Negotiate' }, /^Unauthorized: .* answered 401/],
  ['says nothing readable', { challenge: () => '"""' }, /^Unauthorized: .* answered 401/],
  [
    'redirects to a metadata service',
    { token: () => (_, response) => response.writeHead(302, { location: 'https://169.254.169.254/' }).end() },
    /^NotAllowed: .*169\.254\.169\.254, because it is a loopback, link-local, multicast or cloud metadata address/,
  ],
];

for (const [name, service, failure] of FAILURES) {
  test(`a token service that ${name}`, async () => {
    await withTokens(service, async ({ client, server, source, image }) => {
      await assertFails(client.resolve({ ...source, credentials }, image, never), server, failure);
    });
  });
}

test('a token service on another host may ask for credentials, but not one that is not allowed', async () => {
  const other = await hostileRegistry(json({ token: 'token-0' }));
  try {
    const service: Service = {
      challenge: () => `Bearer realm="http://${other.registry}/auth"`,
      accepts: (authorization) => authorization === 'Bearer token-0',
    };
    await withTokens(service, async ({ client, server, source, image }) => {
      await assertFails(client.resolve({ ...source, credentials }, image, never), server, /^NotAllowed: /);
      assert.equal(other.asked, []);
    });
    await withTokens(
      service,
      async ({ client, source, image }) => {
        assert.is(await client.resolve({ ...source, credentials }, image, never), image);
        assert.equal(
          other.asked.map(({ headers }) => headers.authorization),
          [BASIC],
        );
      },
      { allowedRegistries: [other.registry] },
    );
  } finally {
    await other.close();
  }
});

test('without credentials a registry that wants Basic is Unauthorized, with the cure', async () => {
  await withTokens({ challenge: () => 'Basic realm="x"' }, async ({ pull, image }) => {
    assert.is(
      (await pull({ digest: image })).failure,
      `Unauthorized: HOST/team/app@${image}: the registry answered 401 (UNAUTHORIZED: authentication required); name a pull secret with credentials for HOST in spec.pullSecrets`,
    );
  });
});

test('a failure contains no credentials, even if a registry or a token service repeats them', async () => {
  const echo: Misbehave = ({ headers }, response) =>
    refuse(response, 403, 'DENIED', `no ${headers.authorization} ${credentials.password} here`);
  await withTokens({ challenge: () => 'Basic realm="x"', accepts: () => false }, async ({ pull, source, image }) => {
    assert.match((await pull({ digest: image, source: { ...source, credentials } })).failure, 'Unauthorized: ');
  });
  for (const shown of ['Basic', 'Bearer'] as const) {
    await pulling(
      (asked, response, request) => {
        const { authorization = '' } = asked.headers;
        if (authorization.startsWith(shown)) return echo(asked, response, request);
        if (asked.path.startsWith('/token'))
          return json({ token: 'the-token', expires_in: 300 })(asked, response, request);
        const realm = `Bearer realm="http://${asked.headers.host}/token"`;
        return challenge(shown === 'Basic' && !asked.path.startsWith('/token') ? 'Basic realm="x"' : realm)(
          asked,
          response,
          request,
        );
      },
      async ({ pull, source }) => {
        const { failure } = await pull({ digest: `sha256:${'a'.repeat(64)}`, source: { ...source, credentials } });
        assert.match(failure, `(DENIED: no ${shown} *** *** here)`);
      },
    );
  }
});

test.run();
