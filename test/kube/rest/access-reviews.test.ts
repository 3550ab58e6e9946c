import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AccessReviews, type ResourceAttributes } from '../../../src/kube/rest/access-reviews.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { FakeClock } from '../fake-clock.ts';
import { type Asked, json, type Loopback, loopback, status } from '../loopback.ts';

const WANTED: ResourceAttributes = { verb: 'get', group: 'g', resource: 'r', namespace: 'n', name: 'x' };
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
    assert.is(await reviews.of('good', { ...WANTED, subresource: 's' }), 'Allowed');
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
      async ({ reviews }) => assert.is(await reviews.of('some', WANTED), expected),
    ));
}

test('an answer is cached for 10 s, by token and by request, and concurrent callers share one review', () =>
  reviewing(janeMay, async ({ asked, clock, reviews }) => {
    await Promise.all([reviews.of('good', WANTED), reviews.of('good', WANTED)]);
    assert.is(await reviews.of('bad', WANTED), 'Unauthenticated');
    assert.is(await reviews.of('good', { ...WANTED, name: 'other' }), 'Allowed');
    assert.is(asked.length, 5);
    await clock.advance(9_999);
    await Promise.all([reviews.of('good', WANTED), reviews.of('bad', WANTED)]);
    assert.is(asked.length, 5);
    await clock.advance(1);
    await reviews.of('good', WANTED);
    assert.is(asked.length, 7);
  }));

test('at most 1000 answers are cached, and the oldest goes first', () =>
  reviewing(
    () => [201, { status: {} }],
    async ({ asked, reviews }) => {
      for (let i = 0; i <= 1000; i += 1) await reviews.of(`token-${i}`, WANTED);
      await reviews.of('token-1', WANTED);
      assert.is(asked.length, 1001);
      await reviews.of('token-0', WANTED);
      assert.is(asked.length, 1002);
    },
  ));

test('an unusable answer of the API server is an error and is not cached', () => {
  let failures = 1;
  return reviewing(
    (asked) => (failures-- > 0 ? [500, status(500, 'InternalError')] : janeMay(asked)),
    async ({ reviews }) => {
      const error = await reviews.of('good', WANTED).catch((cause: Error) => cause);
      assert.is((error as Error).name, 'ApiError');
      assert.is(await reviews.of('good', WANTED), 'Allowed');
    },
  );
});

test("a cached answer expires also when the machine's clock is set back", () =>
  reviewing(janeMay, async ({ asked, client }) => {
    const [day, since] = [Date.now, performance.now.bind(performance)];
    try {
      const reviews = new AccessReviews(client);
      await reviews.of('good', WANTED);
      Date.now = () => day() - 3_600_000;
      performance.now = () => since() + 11_000;
      await reviews.of('good', WANTED);
    } finally {
      Date.now = day;
      performance.now = since;
    }
    assert.is(asked.length, 4);
  }));

test.run();
