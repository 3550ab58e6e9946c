import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AccessReviews, type ResourceAttributes } from '../../../src/kube/rest/access-reviews.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { TooManyReviews } from '../../../src/kube/rest/review-limit.ts';
import { FakeClock } from '../fake-clock.ts';
import { type Asked, json, type Loopback, loopback, status } from '../loopback.ts';

const WANTED: ResourceAttributes = { verb: 'get', group: 'g', resource: 'r', namespace: 'n', name: 'x' };
/** Address of the client. */
const HERE = '10.0.0.1';
const UNLIMITED = { take: () => undefined };
const USER = { username: 'jane', uid: '1', groups: ['dev'], extra: { key: ['value'] } };

interface Reviewed {
  readonly asked: readonly Asked[];
  readonly clock: FakeClock;
  readonly client: KubeClient;
  readonly reviews: AccessReviews;
}

const specOf = ({ body }: Asked): { token?: string; user?: string } => JSON.parse(body).spec;

/** Against an API server that answers reviews like this. */
const reviewing = async (
  answer: (asked: Asked) => [code: number, body: object],
  work: (reviewed: Reviewed) => Promise<void>,
): Promise<void> => {
  const server: Loopback = await loopback((asked, response) => json(response, ...answer(asked)));
  const clock = new FakeClock();
  try {
    const client = new KubeClient(server.config);
    await work({ asked: server.asked, clock, client, reviews: new AccessReviews(client, clock) });
  } finally {
    await server.close();
  }
};

const janeMay = (asked: Asked): [number, object] =>
  asked.path.includes('tokenreviews')
    ? [201, { status: { authenticated: specOf(asked).token === 'good', user: USER } }]
    : [201, { status: { allowed: specOf(asked).user === 'jane' } }];

test('the user of the token is reviewed first, then the permission of that user', () =>
  reviewing(janeMay, async ({ asked, reviews }) => {
    assert.is(await reviews.of('good', { ...WANTED, subresource: 's' }, HERE), 'Allowed');
    assert.equal(
      asked.map(({ method, path, body }) => [method, path, JSON.parse(body)]),
      [
        [
          'POST',
          '/apis/authentication.k8s.io/v1/tokenreviews',
          { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'good' } },
        ],
        [
          'POST',
          '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: {
              user: 'jane',
              uid: '1',
              groups: ['dev'],
              extra: { key: ['value'] },
              resourceAttributes: {
                verb: 'get',
                group: 'g',
                resource: 'r',
                subresource: 's',
                namespace: 'n',
                name: 'x',
              },
            },
          },
        ],
      ],
    );
  }));

const verdicts: [name: string, token: object | undefined, access: object | undefined, expected: string][] = [
  ['a token without a user', { authenticated: false }, { allowed: true }, 'Unauthenticated'],
  ['a review without status', undefined, { allowed: true }, 'Unauthenticated'],
  ['a user without a name', { authenticated: true, user: {} }, { allowed: true }, 'Unauthenticated'],
  ['a user without the right', { authenticated: true, user: USER }, { allowed: false }, 'Denied'],
  ['an explicit denial wins', { authenticated: true, user: USER }, { allowed: false, denied: true }, 'Denied'],
  ['no verdict', { authenticated: true, user: USER }, undefined, 'Denied'],
];

for (const [name, token, access, expected] of verdicts) {
  test(`${name}: ${expected}`, () =>
    reviewing(
      ({ path }) => [201, { status: path.includes('tokenreviews') ? token : access }],
      async ({ reviews }) => assert.is(await reviews.of('some', WANTED, HERE), expected),
    ));
}

test('an answer is cached for 10 s, by token and by request, and concurrent callers share one review', () =>
  reviewing(janeMay, async ({ asked, clock, reviews }) => {
    await Promise.all([reviews.of('good', WANTED, HERE), reviews.of('good', WANTED, HERE)]);
    assert.is(await reviews.of('bad', WANTED, HERE), 'Unauthenticated');
    assert.is(await reviews.of('good', { ...WANTED, name: 'other' }, HERE), 'Allowed');
    // Two reviews for the first request, one for the unknown token, one for the other request of a known user.
    assert.is(asked.length, 4);
    await clock.advance(9_999);
    await Promise.all([reviews.of('good', WANTED, HERE), reviews.of('bad', WANTED, HERE)]);
    assert.is(asked.length, 4);
    await clock.advance(1);
    await reviews.of('good', WANTED, HERE);
    assert.is(asked.length, 6);
  }));

test('at most 1000 answers are cached, and the oldest goes first', () =>
  reviewing(
    () => [201, { status: {} }],
    async ({ asked, clock, client }) => {
      const reviews = new AccessReviews(client, clock, { unknown: UNLIMITED, known: UNLIMITED });
      for (let i = 0; i <= 1000; i += 1) await reviews.of(`token-${i}`, WANTED, HERE);
      await reviews.of('token-1', WANTED, HERE);
      assert.is(asked.length, 1001);
      await reviews.of('token-0', WANTED, HERE);
      assert.is(asked.length, 1002);
    },
  ));

test('an unusable answer of the API server is an error and is not cached', () => {
  let failures = 1;
  return reviewing(
    (asked) => (failures-- > 0 ? [500, status(500, 'InternalError')] : janeMay(asked)),
    async ({ reviews }) => {
      const error = await reviews.of('good', WANTED, HERE).catch((cause: Error) => cause);
      assert.is((error as Error).name, 'ApiError');
      assert.is(await reviews.of('good', WANTED, HERE), 'Allowed');
    },
  );
});

test("a cached answer expires also when the machine's clock is set back", () =>
  reviewing(janeMay, async ({ asked, client }) => {
    const [day, since] = [Date.now, performance.now.bind(performance)];
    try {
      const reviews = new AccessReviews(client);
      await reviews.of('good', WANTED, HERE);
      Date.now = () => day() - 3_600_000;
      performance.now = () => since() + 11_000;
      await reviews.of('good', WANTED, HERE);
    } finally {
      Date.now = day;
      performance.now = since;
    }
    assert.is(asked.length, 4);
  }));

test('an unknown token costs one review, whatever is requested with it', () =>
  reviewing(janeMay, async ({ asked, reviews }) => {
    for (let i = 0; i < 100; i += 1) {
      assert.is(await reviews.of('bad', { ...WANTED, name: `x-${i}` }, HERE), 'Unauthenticated');
    }
    assert.is(asked.length, 1);
  }));

test('a right is honored for 10 s after the review of the token, also when it is reviewed later', () =>
  reviewing(janeMay, async ({ asked, clock, reviews }) => {
    await reviews.of('good', WANTED, HERE);
    await clock.advance(9_000);
    await reviews.of('good', { ...WANTED, name: 'other' }, HERE);
    await clock.advance(1_000);
    await reviews.of('good', { ...WANTED, name: 'other' }, HERE);
    assert.equal(
      asked.map(({ path }) => path.replace(/.*\//, '')),
      ['tokenreviews', 'subjectaccessreviews', 'subjectaccessreviews', 'tokenreviews', 'subjectaccessreviews'],
    );
  }));

/** @returns how many were refused */
const flood = async (reviews: AccessReviews, n: number, of: (i: number) => [token: string, address: string]) => {
  let refused = 0;
  for (let i = 0; i < n; i += 1) {
    const [token, address] = of(i);
    await reviews.of(token, WANTED, address).catch((error) => {
      assert.instance(error, TooManyReviews);
      refused += 1;
    });
  }
  return refused;
};

test('500 unknown tokens a second from one address are 5 reviews a second, and others are served', () =>
  reviewing(janeMay, async ({ asked, clock, reviews }) => {
    await flood(reviews, 500, (i) => [`first-${i}`, HERE]);
    assert.is(asked.length, 30);
    await clock.advance(1_000);
    assert.is(await flood(reviews, 500, (i) => [`second-${i}`, HERE]), 495);
    assert.is(asked.length, 35);
    assert.is(await reviews.of('good', WANTED, '10.0.0.2'), 'Allowed');
    assert.is(await reviews.of('first-0', WANTED, HERE), 'Unauthenticated', 'cached answers cost nothing');
  }));

test('500 unknown tokens a second from as many addresses are 50 reviews a second', () =>
  reviewing(janeMay, async ({ asked, clock, reviews }) => {
    await flood(reviews, 500, (i) => [`first-${i}`, `10.1.${i >> 8}.${i & 255}`]);
    assert.is(asked.length, 100);
    await clock.advance(1_000);
    await flood(reviews, 500, (i) => [`second-${i}`, `10.2.${i >> 8}.${i & 255}`]);
    assert.is(asked.length, 150);
  }));

test('a user behind an address that sends unknown tokens all the time is served', () =>
  reviewing(janeMay, async ({ clock, reviews }) => {
    assert.is(await reviews.of('good', WANTED, HERE), 'Allowed');
    for (let minute = 0; minute < 30; minute += 1) {
      await clock.advance(60_000);
      await flood(reviews, 200, (i) => [`unknown-${minute}-${i}`, HERE]);
      assert.is(await reviews.of('good', WANTED, HERE), 'Allowed', `after ${minute} min`);
    }
  }));

test('a token that is not accepted any more counts for its address, and keeps its user out of nothing', () => {
  let accepted = true;
  return reviewing(
    ({ path, body }) => {
      const { token } = JSON.parse(body).spec;
      const authenticated = token === 'new' || (token === 'old' && accepted);
      return [201, { status: path.includes('tokenreviews') ? { authenticated, user: USER } : { allowed: true } }];
    },
    async ({ clock, reviews }) => {
      assert.is(await reviews.of('old', WANTED, HERE), 'Allowed');
      accepted = false;
      await clock.advance(10_000);
      assert.is(await reviews.of('old', WANTED, HERE), 'Unauthenticated');
      await clock.advance(10_000);
      await flood(reviews, 200, (i) => [`unknown-${i}`, HERE]);
      const error = await reviews.of('old', WANTED, HERE).catch((thrown) => thrown);
      assert.instance(error, TooManyReviews);
      assert.is(await reviews.of('new', WANTED, '10.0.0.2'), 'Allowed');
    },
  );
});

test('requests of a user without the right are limited too, and a refusal is not cached', () =>
  reviewing(
    ({ path }) => [201, { status: path.includes('tokenreviews') ? { authenticated: true, user: USER } : {} }],
    async ({ asked, clock, reviews }) => {
      const wanted = (i: number) => ({ ...WANTED, name: `x-${i}` });
      const errors: TooManyReviews[] = [];
      for (let i = 0; i < 100; i += 1) await reviews.of('some', wanted(i), HERE).catch((e) => errors.push(e));
      // One of the token, and 30 of the user.
      assert.equal([asked.length, errors.length], [31, 70]);
      assert.is(errors[0]?.retryAfterSeconds, 1);
      await clock.advance(1_000);
      assert.is(await reviews.of('some', wanted(99), HERE), 'Denied');
    },
  ));

/** Authenticators without audiences accept any token, and name none. */
const audienceOf = ({ body }: Asked): readonly string[] | undefined => JSON.parse(body).spec.audiences;

for (const [what, audiences, access] of [
  ['of the audience', ['report'], 'Allowed'],
  ['of several audiences', ['api', 'report'], 'Allowed'],
  ['of another audience', ['api'], 'Unauthenticated'],
  ['whose audiences the API server does not tell', undefined, 'Unauthenticated'],
] as const) {
  test(`a token ${what} is ${access} where one for an audience is wanted`, () =>
    reviewing(
      (asked) => [
        201,
        {
          status: asked.path.includes('tokenreviews')
            ? { authenticated: true, user: USER, ...(audiences && { audiences }) }
            : { allowed: true },
        },
      ],
      async ({ asked, reviews }) => {
        assert.is(await reviews.of('some', WANTED, HERE, 'report'), access);
        assert.equal(audienceOf(asked[0] as Asked), ['report']);
      },
    ));
}

test('the answer about a token for one audience is none about another', () =>
  reviewing(
    (asked) => [
      201,
      {
        status: asked.path.includes('tokenreviews')
          ? { authenticated: audienceOf(asked) === undefined, user: USER }
          : { allowed: true },
      },
    ],
    async ({ reviews }) => {
      assert.is(await reviews.of('some', WANTED, HERE), 'Allowed');
      assert.is(await reviews.of('some', WANTED, HERE, 'report'), 'Unauthenticated');
      assert.is(await reviews.of('some', WANTED, HERE), 'Allowed');
    },
  ));

test.run();
