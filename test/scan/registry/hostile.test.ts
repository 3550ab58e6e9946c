import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../harness/until.ts';
import { Contents, digestOf, type Misbehave, OCI, refuse } from './hostile-registry.ts';
import { pulling } from './pulling.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = `HOST/team/app@${DIGEST}`;
const MiB = 1024 * 1024;

/** What `work` says, if it does so in much less than the idle time of other tests. */
const soon = async <T>(work: Promise<T>): Promise<T> => {
  const started = performance.now();
  const result = await work;
  assert.ok(performance.now() - started < 30_000);
  return result;
};

test('a registry that never responds is given up after the idle time', async () => {
  await pulling(
    () => undefined,
    async ({ pull }) => {
      const { failure } = await soon(pull({ digest: DIGEST }));
      assert.is(
        failure,
        `Unreachable: ${IMAGE}: the registry cannot be reached: it accepts a request and sends no response; the request is retried later`,
      );
    },
    { idleMs: 100 },
  );
});

test('a registry that stops in the middle of a response is given up after the idle time', async () => {
  await pulling(
    (_, response) => response.writeHead(200).write('{'),
    async ({ pull }) => {
      const { failure } = await soon(pull({ digest: DIGEST }));
      assert.is(
        failure,
        `Unreachable: the manifest of ${IMAGE}: the registry cannot be reached: it stopped in the middle of its response; the request is retried later`,
      );
    },
    { idleMs: 100 },
  );
});

test('a registry that drips is given up at the deadline', async () => {
  let open = true;
  const drip: Misbehave = async (_, response) => {
    response.writeHead(200);
    response.on('close', () => {
      open = false;
    });
    while (open) {
      response.write(' ');
      await wait(5);
    }
  };
  await pulling(drip, async ({ pull }) => {
    const { failure } = await pull({ digest: DIGEST, signal: AbortSignal.timeout(150) });
    assert.is(
      failure,
      `Timeout: ${IMAGE}: the pull took longer than the limit of one scan: raise --scan-timeout, or make the image smaller`,
    );
    await until('the connection is closed', () => !open);
  });
});

test("the caller's own abort reason is thrown unchanged", async () => {
  const caller = new AbortController();
  const reason = new Error('the operator ends');
  await pulling(
    () => caller.abort(reason),
    async ({ pull, client, source }) => {
      const { error } = await pull({ digest: DIGEST, signal: caller.signal });
      assert.is(error, reason);
      try {
        await client.resolve(source, 'latest', caller.signal);
        assert.unreachable();
      } catch (thrown) {
        assert.is(thrown, reason);
      }
    },
  );
});

const endless: Misbehave = (_, response) => {
  const part = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (response.write(part));
  };
  response.writeHead(200);
  response.on('drain', more);
  more();
};

test('an endless manifest is cut after 4 MiB, in bounded memory', async () => {
  await pulling(endless, async ({ pull, server }) => {
    const before = process.memoryUsage().rss;
    const { failure } = await pull({ digest: DIGEST });
    assert.is(
      failure,
      `TooLarge: the manifest of ${IMAGE} is longer than 4194304 bytes, the limit: check the registry`,
    );
    // What the kernel has buffered on both sides counts as sent.
    assert.ok(server.sent() < 32 * MiB, `${server.sent()} bytes were sent`);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 64 * MiB, `${grown} bytes of memory`);
  });
});

test('a manifest that promises 2 GB is not read at all', async () => {
  await pulling(
    (_, response) => {
      response.writeHead(200, { 'content-length': 2e9 });
      response.write(Buffer.alloc(1000));
    },
    async ({ pull }) => {
      assert.match(
        (await pull({ digest: DIGEST })).failure,
        /^TooLarge: the manifest of .* is longer than 4194304 bytes/,
      );
    },
  );
});

test('an endless 401 or 500 response is not read to its end either', async () => {
  for (const status of [401, 500]) {
    const answer: Misbehave = (asked, response, request) => {
      const writeHead = response.writeHead.bind(response);
      response.writeHead = () => writeHead(status, { 'www-authenticate': 'Basic realm="x"' });
      return endless(asked, response, request);
    };
    await pulling(answer, async ({ pull, server }) => {
      assert.match((await pull({ digest: DIGEST })).failure, status === 401 ? /^Unauthorized: / : /^Unreachable: /);
      assert.ok(server.sent() < 16 * MiB, `${server.sent()} bytes were sent`);
    });
  }
});

const GARBAGE: readonly [name: string, answer: Misbehave, failure: RegExp][] = [
  [
    'no HTTP',
    (_, response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
    /^Unreachable: .* it does not answer as a registry does/,
  ],
  ['a broken connection', (_, response) => response.socket?.destroy(), /^Unreachable: .* it closed the connection/],
  [
    'two lengths',
    (_, response) => response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    /^Unreachable: /,
  ],
  [
    'endless headers',
    (_, response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${'X-A: bbbbbbbbbbbbbbbb\r\n'.repeat(100_000)}\r\n`),
    /^Unreachable: .* its headers are too long for a registry/,
  ],
  ['a web page', (_, response) => response.end('<html>hello</html>'), /^DamagedImage: .* of digest sha256:/],
  ['500', (_, response) => response.writeHead(500).end('oops'), /^Unreachable: .* answered 500, an error of its own/],
  ['204', (_, response) => response.writeHead(204).end(), /^Unreachable: .* answered 204/],
  ['a partial answer', (_, response) => response.writeHead(206).end('x'), /^Unreachable: .* answered 206/],
  ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), /^Unreachable: .* answered 302/],
  ['403', (_, response) => refuse(response, 403, 'DENIED'), /^Unauthorized: .* answered 403 \(DENIED\)/],
  ['404', (_, response) => refuse(response, 404, 'NAME_UNKNOWN'), /^NotFound: .* answered 404 \(NAME_UNKNOWN\)/],
];

for (const [name, answer, failure] of GARBAGE) {
  test(`a registry that answers with ${name}`, async () => {
    await pulling(answer, async ({ pull }) => assert.match((await pull({ digest: DIGEST })).failure, failure));
  });
}

test('a registry that does not exist, or is not in DNS, is Unreachable with the cure', async () => {
  let port = 0;
  await pulling(
    () => undefined,
    async ({ server }) => {
      port = server.port;
    },
  );
  const gone = `127.0.0.1:${port}`;
  await pulling(
    () => undefined,
    async ({ pull }) => {
      const refused = await pull({ digest: DIGEST, source: { registry: gone, repository: 'app' } });
      assert.is(
        refused.failure,
        `Unreachable: ${gone}/app@${DIGEST}: the registry cannot be reached: it refuses connections; check that the registry runs and its port is right`,
      );
      const unknown = await pull({ digest: DIGEST, source: { registry: 'no.such.invalid', repository: 'app' } });
      assert.is(
        unknown.failure,
        `Unreachable: no.such.invalid/app@${DIGEST}: the registry cannot be reached: DNS has no record of its name; check the name of the registry`,
      );
    },
    {
      allowedRegistries: [gone, '*'],
      lookup: (hostname, _, callback) =>
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), ''),
    },
  );
});

test('the requested pause after 429 is kept, in seconds and as a date', async () => {
  const headers = ['120', new Date(Date.now() + 120_000).toUTCString()];
  for (const header of headers) {
    await pulling(
      (_, response) => refuse(response, 429, 'TOOMANYREQUESTS', 'slow', { 'retry-after': header }),
      async ({ pull }) => {
        const { error } = await pull({ digest: DIGEST });
        assert.is(error?.reason, 'RateLimited');
        const { retryAfterMs = 0 } = error ?? {};
        assert.ok(retryAfterMs > 110_000 && retryAfterMs <= 120_000, `${header}: ${retryAfterMs}`);
      },
    );
  }
});

/** Serves an image in which the content of one digest is replaced. */
const altered =
  (contents: Contents, digest: string, serve: Misbehave): Misbehave =>
  (asked, response, request) =>
    (asked.path.endsWith(digest) ? serve : contents.serve)(asked, response, request);

const bytes =
  (text: string | Buffer, headers: Record<string, number> = {}): Misbehave =>
  (_, response) => {
    response.writeHead(200, headers);
    response.end(text);
  };

interface Parts {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

const LAYER = 'the layer itself';
const LONG = Buffer.alloc(8 * MiB);

const DAMAGES: readonly [name: string, part: keyof Parts, answer: Misbehave, failure: RegExp][] = [
  [
    'another manifest',
    'manifest',
    bytes('{"schemaVersion": 2}'),
    /^DamagedImage: .*: the registry has other content there, of digest sha256:/,
  ],
  [
    'another config of the same size',
    'config',
    (_, r) => {
      const rootfs = { type: 'layers', diff_ids: [LONG, LAYER].map(digestOf) };
      r.end(JSON.stringify({ os: 'linux', architecture: 'arm64', rootfs }));
    },
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ has content of digest sha256:/,
  ],
  [
    'another layer of the same size',
    'layer',
    bytes('THE LAYER ITSELF'),
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ has content of digest sha256:/,
  ],
  [
    'a shorter layer',
    'layer',
    bytes('the layer'),
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ should have 16 bytes and has 9/,
  ],
  [
    'a shorter layer that says so',
    'layer',
    bytes('the layer', { 'content-length': 9 }),
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ should have 16 bytes and has 9/,
  ],
  [
    'a longer layer',
    'layer',
    (_, r) => {
      r.writeHead(200);
      r.write(LAYER);
      r.end('!');
    },
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ has more than its 16 bytes/,
  ],
  [
    'a longer layer that says so',
    'layer',
    bytes(`${LAYER}!`, { 'content-length': 17 }),
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ should have 16 bytes and has 17/,
  ],
  [
    'an endless layer',
    'layer',
    endless,
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ has more than its 16 bytes/,
  ],
  [
    'an endless config',
    'config',
    endless,
    /^DamagedImage: sha256:\w+ of HOST\/team\/app@sha256:\w+ has more than its \d+ bytes/,
  ],
  [
    'a broken-off layer',
    'layer',
    (_, r) => {
      r.writeHead(200, { 'content-length': 16 });
      r.write('the', () => r.socket?.destroy());
    },
    /^Unreachable: .* it closed the connection/,
  ],
  ['no layer', 'layer', (_, r) => refuse(r, 404, 'BLOB_UNKNOWN'), /^NotFound: .* answered 404 \(BLOB_UNKNOWN\)/],
  ['a forbidden layer', 'layer', (_, r) => refuse(r, 403, 'DENIED'), /^Unauthorized: .* answered 403 \(DENIED\)/],
];

for (const [name, part, answer, failure] of DAMAGES) {
  test(`${name} in place of the ${part} is detected, and nothing is left of the image`, async () => {
    const contents = new Contents();
    const image = contents.image({ layers: [LONG, LAYER] });
    const { config } = JSON.parse(contents.blobs.get(image.digest)!.toString()) as { config: { digest: string } };
    const parts: Parts = { manifest: image.digest, config: config.digest, layer: digestOf(LAYER) };
    await pulling(altered(contents, parts[part], answer), async ({ pull, server }) => {
      const result = await pull({ digest: image.digest });
      assert.match(result.failure, failure);
      assert.ok(server.sent() < 48 * MiB, `${server.sent()} bytes were sent`);
    });
  });
}

test('an image with more in its layers than a scan may download is refused before the download', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: [Buffer.alloc(600), Buffer.alloc(600, 1)] });
  await pulling(contents.serve, async ({ pull, server }) => {
    assert.is(
      (await pull({ digest: image.digest, imageBytes: 1199 })).failure,
      `TooLarge: HOST/team/app@${image.digest}: its layers have 1200 bytes, more than the 1199 that one scan may download: make the image smaller, or raise --scan-image-size`,
    );
    assert.equal(
      server.asked.filter(({ path }) => path.includes(digestOf(Buffer.alloc(600)))),
      [],
    );
    assert.is((await pull({ digest: image.digest, imageBytes: 1200 })).failure, '');
  });
});

const HUGE: readonly [what: string, change: object][] = [
  ['a config of 9 MiB', { config: { mediaType: OCI.config, digest: DIGEST, size: 9 * MiB } }],
  ['a layer of 9 PB', { layers: [{ mediaType: OCI.layer, digest: DIGEST, size: Number.MAX_SAFE_INTEGER }] }],
];

for (const [what, change] of HUGE) {
  test(`${what} is refused by its descriptor`, async () => {
    const contents = new Contents();
    const image = contents.image({ change });
    await pulling(contents.serve, async ({ pull, server }) => {
      assert.match((await pull({ digest: image.digest })).failure, /^TooLarge: /);
      assert.not.ok(server.asked.some(({ path }) => path.endsWith(DIGEST)));
    });
  });
}

test('a manifest of 5 MiB in an index is refused by its descriptor', async () => {
  const contents = new Contents();
  const root = contents.index([{ mediaType: OCI.manifest, digest: DIGEST, size: 5 * MiB }]);
  await pulling(contents.serve, async ({ pull, server }) => {
    assert.match((await pull({ digest: root.digest })).failure, /^TooLarge: /);
    assert.not.ok(server.asked.some(({ path }) => path.endsWith(DIGEST)));
  });
});

test('one layer with two sizes is refused', async () => {
  const contents = new Contents();
  const layer = contents.add(OCI.layer, 'x');
  const image = contents.image({ change: { layers: [layer, { ...layer, size: 2 }] } });
  await pulling(contents.serve, async ({ pull }) => {
    assert.match((await pull({ digest: image.digest })).failure, /^DamagedImage: .* gives two sizes for layer sha256:/);
  });
});

const NO_IMAGES: readonly [repository: string, reference: string][] = [
  ['../../etc', 'latest'],
  ['team/app?x=', 'latest'],
  ['Team', 'latest'],
  ['', 'latest'],
  ['a//b', 'latest'],
  ['team', '../../blobs/x'],
  ['team', '-x y'],
  ['team', ''],
  ['team', 'sha256:abc'],
];

for (const [repository, reference] of NO_IMAGES) {
  test(`${JSON.stringify(`${repository}:${reference}`)} causes no request`, async () => {
    await pulling(
      () => assert.unreachable(),
      async ({ client, server }) => {
        const source = { registry: server.registry, repository };
        try {
          await client.resolve(source, reference, new AbortController().signal);
          assert.unreachable();
        } catch (error) {
          assert.is((error as { reason?: string }).reason, 'NotFound');
          assert.match(
            (error as Error).message,
            /is not an image reference: write registry\/repository:tag or @sha256:digest/,
          );
        }
        assert.equal(server.asked, []);
      },
    );
  });
}

test.run();
