import type { ServerResponse } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listInPages } from '../../../src/kube/cache/list-in-pages.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { type ApiError, NetworkError, PageTooLarge } from '../../../src/kube/rest/errors.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { type Asked, json, loopback, status } from '../loopback.ts';

const THINGS: Resource = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const MAX_BYTES = 10_000;

const thing = (i: number, bytes: number) => ({ metadata: { name: `t-${i}` }, data: 'x'.repeat(bytes) });

/** A page as the API server makes it: the token is where the next one begins. */
const page = (sizes: readonly number[], { query }: Asked): object => {
  const from = Number(query.continue ?? 0);
  const to = Math.min(sizes.length, from + Number(query.limit));
  const items = sizes.slice(from, to).map((bytes, i) => thing(from + i, bytes));
  const more = to < sizes.length ? { continue: String(to) } : {};
  return { metadata: { resourceVersion: '7', ...more }, items };
};

interface Options {
  readonly pageSize?: number;
  readonly timeoutMs?: number;
  readonly project?: (object: KubeObject) => string | undefined;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name;

const listing = async (
  answer: (asked: Asked, response: ServerResponse) => unknown,
  { pageSize = 8, timeoutMs = 10_000, project = nameOf }: Options = {},
) => {
  const server = await loopback(answer);
  const client = new KubeClient(server.config, { timeoutMs });
  const limits = () => server.asked.map(({ query }) => Number(query.limit));
  try {
    const options = { namespace: 'n', labelSelector: 'a=b', pageSize, maxPageBytes: MAX_BYTES };
    return { limits, list: await listInPages(client, THINGS, options, project), asked: server.asked };
  } catch (error) {
    return { limits, error: error as Error, asked: server.asked };
  } finally {
    await server.close();
  }
};

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `t-${i}`);

for (const [what, sizes, limits] of [
  ['an empty list', [], [8]],
  ['small objects', Array(20).fill(10), [8, 8, 8]],
  ['large objects: at most what fitted, at most half', Array(9).fill(3000), [8, 3, 3, 3]],
  ['an object as large as a page, alone', Array(3).fill(9000), [8, 1, 1, 1]],
  [
    'large objects, then small ones: pages grow again',
    [...Array(4).fill(4000), ...Array(13).fill(10)],
    [8, 2, 2, 2, 4, 8],
  ],
  ['small objects, then large ones', [...Array(8).fill(10), ...Array(4).fill(4000)], [8, 8, 2, 2]],
] as const) {
  test(`${what}: each object once, in order`, async () => {
    const { list, limits: asked } = await listing((one, response) => json(response, 200, page(sizes, one)));
    assert.equal(list, { items: names(sizes.length), resourceVersion: '7' });
    assert.equal(asked(), [...limits]);
  });
}

test('the scope is that of the list, and a page that is requested again begins where it did', async () => {
  const sizes = [10, 10, 9000, 9000];
  const { asked } = await listing((one, response) => json(response, 200, page(sizes, one)), { pageSize: 2 });
  assert.equal(
    asked.map(({ query }) => [query.limit, query.continue, query.labelSelector]),
    [
      ['2', undefined, 'a=b'],
      ['2', '2', 'a=b'],
      ['1', '2', 'a=b'],
      ['1', '3', 'a=b'],
    ],
  );
});

test('what the projection leaves out is left out', async () => {
  const project = (object: KubeObject) => (nameOf(object) === 't-1' ? undefined : nameOf(object));
  const { list } = await listing((one, response) => json(response, 200, page([1, 1, 1], one)), { project });
  assert.equal(list?.items, ['t-0', 't-2']);
});

test('one object over the bound is an error that says so', async () => {
  const { error, limits } = await listing((one, response) => json(response, 200, page([10, 20_000], one)));
  assert.instance(error, PageTooLarge);
  assert.instance(error, NetworkError);
  assert.equal(error?.message, 'GET /apis/example.com/v1/namespaces/n/things: an object has more than 10000 bytes');
  assert.equal(limits(), [8, 1, 2, 1]);
});

test('a page that does not arrive before the deadline is requested again with fewer objects', async () => {
  const { list, limits } = await listing(
    (one, response) => {
      if (Number(one.query.limit) < 8) return json(response, 200, page([1, 1, 1, 1, 1], one));
      response.write('{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"t-0"}},{"metadata":{}},{');
    },
    { timeoutMs: 200 },
  );
  assert.equal(list?.items, names(5));
  assert.equal(limits(), [8, 2, 4]);
});

test('a server that answers nothing is not asked for less', async () => {
  const { error, limits } = await listing(() => undefined, { timeoutMs: 50 });
  assert.match(error!.message, 'no answer within 50 ms');
  assert.equal(limits(), [8]);
});

test('a refusal of the next page is passed on', async () => {
  const { error } = await listing((one, response) =>
    one.query.continue ? json(response, 410, status(410, 'Expired')) : json(response, 200, page(Array(9).fill(1), one)),
  );
  assert.is((error as ApiError).code, 410);
});

test.run();
