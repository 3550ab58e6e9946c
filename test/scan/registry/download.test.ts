import type { ServerResponse } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Asked, Contents, refuse } from './hostile-registry.ts';
import { pulling } from './pulling.ts';

const LAYER = 'abcdefghijklmnopqrstuvwxyz'.repeat(40_000);

/** Serves half of a body and breaks the connection. */
const half = (response: ServerResponse, headers: object = {}): void => {
  response.writeHead(200, { 'content-length': LAYER.length, ...headers });
  response.write(LAYER.slice(0, LAYER.length / 2), () => setImmediate(() => response.destroy()));
};

const fromOf = ({ headers }: Asked): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1]);

const rest = (asked: Asked, response: ServerResponse, from = fromOf(asked), content = LAYER): void => {
  response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
  response.end(content.slice(from));
};

/** HTTP/1.0: the content ends with the connection. */
const withoutLength = (response: ServerResponse, content: string): void => {
  response.socket?.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${content}`);
};

type Second = (asked: Asked, response: ServerResponse) => void;

/** What a registry does when the rest is requested, what becomes of the pull, and in how many requests. */
const seconds: [what: string, second: Second, failure: RegExp, requests: number][] = [
  ['the rest', rest, /^$/, 2],
  ['the whole blob, since it knows no ranges', (_, response) => response.end(LAYER), /^$/, 2],
  ['no such range', (_, response) => response.writeHead(416).end(), /^$/, 3],
  ['another part', (asked, response) => rest(asked, response, 5), /^$/, 3],
  ['a part without Content-Range', (_, response) => response.writeHead(206).end('x'), /^$/, 3],
  [
    'the rest of content of another length',
    (asked, response) => rest(asked, response, fromOf(asked), `${LAYER}x`),
    /^$/,
    3,
  ],
  ['an error of its own', (_, response) => refuse(response, 503, 'UNAVAILABLE'), /^$/, 3],
  [
    'other content',
    (asked, response) => rest(asked, response, fromOf(asked), LAYER.toUpperCase()),
    /^DamagedImage: .* has content of digest sha256:/,
    2,
  ],
  ['a blob that is gone', (_, response) => refuse(response, 404, 'BLOB_UNKNOWN'), /^NotFound: .* answered 404/, 2],
  ['too many requests', (_, response) => refuse(response, 429, 'TOOMANYREQUESTS'), /^RateLimited: /, 2],
  ['all, to the end of the connection', (_, response) => withoutLength(response, LAYER), /^$/, 2],
  [
    'half of it, to the end of the connection',
    (_, response) => withoutLength(response, LAYER.slice(0, 600_000)),
    /^$/,
    3,
  ],
  [
    'a part of the rest, as it says',
    (asked, response) => {
      const from = fromOf(asked);
      response.writeHead(206, { 'content-range': `bytes ${from}-${from + 9}/${LAYER.length}` });
      response.end(LAYER.slice(from, from + 10));
    },
    /^$/,
    3,
  ],
  [
    'less than the rest',
    (asked, response) =>
      response
        .writeHead(206, { 'content-range': `bytes ${fromOf(asked)}-${LAYER.length - 1}/${LAYER.length}` })
        .end('x'),
    /^DamagedImage: .* should have \d+ bytes and has \d+/,
    2,
  ],
  [
    'more than the rest',
    (asked, response) => {
      response.writeHead(206, { 'content-range': `bytes ${fromOf(asked)}-${LAYER.length - 1}/${LAYER.length}` });
      response.end(`${LAYER.slice(fromOf(asked))}x`);
    },
    /^DamagedImage: .* has more than its \d+ bytes/,
    2,
  ],
];

for (const [what, second, failure, requests] of seconds) {
  test(`half of a layer, then ${what}`, async () => {
    const contents = new Contents();
    const image = contents.image({ layers: [LAYER] });
    let asks = 0;
    await pulling(
      (asked, response, request) => {
        const isLayer = contents.blobs.get(asked.path.split('/').at(-1)!)?.length === LAYER.length;
        if (!isLayer) return contents.serve(asked, response, request);
        asks += 1;
        if (asks === 1) return half(response);
        return asks === 2 ? second(asked, response) : contents.serve(asked, response, request);
      },
      async ({ pull }) => {
        const pulled = await pull({ digest: image.digest });
        assert.match(pulled.failure, failure);
        assert.is(asks, requests);
        if (pulled.failure === '') assert.equal([...pulled.blobs.keys()].sort(), [...contents.blobs.keys()].sort());
      },
    );
  });
}

test('content that ends too early with each connection is damaged in the end', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: [LAYER] });
  let asks = 0;
  await pulling(
    (asked, response, request) => {
      const isLayer = contents.blobs.get(asked.path.split('/').at(-1)!)?.length === LAYER.length;
      if (!isLayer) return contents.serve(asked, response, request);
      asks += 1;
      return withoutLength(response, 'short');
    },
    async ({ pull }) => {
      assert.match(
        (await pull({ digest: image.digest })).failure,
        /^DamagedImage: .* should have 1040000 bytes and has 5:/,
      );
      assert.is(asks, 6);
    },
  );
});

const etags: [etag: string, ifRange: string | undefined][] = [
  ['"sha256:abc"', '"sha256:abc"'],
  ['W/"weak"', undefined],
];

for (const [etag, ifRange] of etags) {
  test(`the rest is requested only of the same content, if its tag is strong: ${etag}`, async () => {
    const contents = new Contents();
    const image = contents.image({ layers: [LAYER] });
    await pulling(
      (asked, response, request) => {
        if (asked.headers.range !== undefined) return rest(asked, response);
        const isLayer = contents.blobs.get(asked.path.split('/').at(-1)!)?.length === LAYER.length;
        return isLayer ? half(response, { etag }) : contents.serve(asked, response, request);
      },
      async ({ pull, server }) => {
        assert.is((await pull({ digest: image.digest })).failure, '');
        assert.is(server.asked.at(-1)?.headers['if-range'], ifRange);
      },
    );
  });
}

for (const reference of [`sha512:${'a'.repeat(128)}`, `sha384:${'a'.repeat(96)}`]) {
  test(`an image named by ${reference.slice(0, 6)} is refused by that name`, async () => {
    await pulling(
      () => assert.unreachable(),
      async ({ pull, client, source }) => {
        const expected = `DamagedImage: HOST/team/app@${reference} is named by a digest of ${reference.slice(0, 6)}, which the scanner cannot read: push the image with digests of sha256, and name it by its tag or that digest`;
        assert.is((await pull({ digest: reference })).failure, expected);
        const error = await client.resolve(source, reference, new AbortController().signal).catch((thrown) => thrown);
        assert.is(error.reason, 'DamagedImage');
      },
    );
  });
}

test.run();
