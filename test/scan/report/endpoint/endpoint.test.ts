import { connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../../../../src/kube/clock.ts';
import { AccessReviews } from '../../../../src/kube/rest/access-reviews.ts';
import { KubeClient } from '../../../../src/kube/rest/client.ts';
import { type Reports, reportEndpoint } from '../../../../src/scan/report/endpoint/endpoint.ts';
import { renderReport } from '../../../../src/scan/report/format/render.ts';
import type { ScanReport } from '../../../../src/scan/report/model.ts';
import { ReportTooLarge } from '../../../../src/scan/report/read.ts';
import { listen } from '../../../../src/telemetry/server.ts';
import { until } from '../../../harness/until.ts';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { type Answerer, json, loopback, status } from '../../../kube/loopback.ts';
import { type Line, spyLog } from '../../../kube/spy-log.ts';
import { SAMPLE } from '../sample-report.ts';

const PATH = '/namespaces/payments/imagescans/nightly/report';
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';
/** Reports that are found like this. */
const finding = (find: () => Promise<ScanReport>): Reports => ({
  unavailable: () => undefined,
  render: async ({ format, width }) => Buffer.from(renderReport(await find(), format, { width })),
  sbom: async ({ image, format }) =>
    image === 'nginx' ? Buffer.from(`${image} ${format}`) : { status: 404, message: 'no such image' },
});
const found = finding(async () => SAMPLE);

const allowing: Answerer = ({ path }, response) =>
  json(response, 201, {
    status: path.includes('tokenreviews') ? { authenticated: true, user: { username: 'jane' } } : { allowed: true },
  });

interface Served {
  readonly url: string;
  readonly lines: readonly Line[];
}

/** The endpoint in front of an API server that answers like this. */
const serving = async (
  answer: Answerer,
  reports: Reports,
  work: (served: Served) => Promise<void>,
  clock?: Pick<Clock, 'after'>,
): Promise<void> => {
  const api = await loopback(answer);
  const { log, lines } = spyLog();
  const client = new KubeClient(api.config, { timeoutMs: 3_000 });
  const access = new AccessReviews(client);
  const options = { access, reports, log, ...(clock !== undefined && { clock }) };
  const listening = await listen('127.0.0.1:0', reportEndpoint(options));
  try {
    await work({ url: `http://${listening.address}`, lines });
  } finally {
    await listening.close();
    await api.close();
  }
};

const get = async (url: string, token = TOKEN) => {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
};

const silences: [name: string, answer: Answerer, failure: string][] = [
  ['is overloaded', (_, response) => json(response, 429, status(429, 'TooManyRequests')), 'TooManyRequests'],
  ['fails', (_, response) => json(response, 500, status(500, 'InternalError')), 'Unavailable'],
  ['refuses the operator', (_, response) => json(response, 403, status(403, 'Forbidden')), 'Forbidden'],
  ['does not answer in time', () => {}, 'Network'],
  ['breaks off', (_, response) => response.destroy(), 'Network'],
  ['echoes the token as no object', ({ body }, response) => response.end(`"${body}`), 'Network'],
];

for (const [name, answer, failure] of silences) {
  test(`an API server that ${name}: 503, and no token in the log`, () =>
    serving(answer, found, async ({ url, lines }) => {
      const message = 'the API server could not check the token: try again\n';
      assert.equal(await get(url + PATH), { status: 503, text: message, retryAfter: '5' });
      assert.equal(
        lines.map((line) => [line.level, line.msg, line.failure]),
        [['warn', 'the API server could not check who may read a report', failure]],
      );
      assert.not.match(JSON.stringify(lines), TOKEN.slice(0, 8));
    }));
}

test('an operator without reports says so, and only to clients that may read them', async () => {
  const waiting = { ...found, unavailable: () => 'waiting for the first list of pods' };
  await serving(allowing, waiting, async ({ url }) => {
    const text = 'waiting for the first list of pods\n';
    assert.equal(await get(url + PATH), { status: 503, text, retryAfter: '5' });
    assert.is((await fetch(url + PATH)).status, 401);
  });
});

test('a report that cannot be read: 500, with the cause in the log alone', async () => {
  const find = () => Promise.reject(new Error('/var/lib/palisade/reports/x cannot be read'));
  await serving(allowing, finding(find), async ({ url, lines }) => {
    const text = 'the report could not be rendered: see the log of the operator\n';
    assert.equal(await get(url + PATH), { status: 500, text, retryAfter: null });
    assert.equal([lines[0]?.level, lines[0]?.msg], ['error', 'a report could not be rendered']);
    assert.match(JSON.stringify(lines), '/var/lib/palisade/reports/x cannot be read');
  });
});

test('a flood of unknown tokens is few reviews: 429 with Retry-After', async () => {
  let reviews = 0;
  const unknown: Answerer = (_, response) => {
    reviews += 1;
    json(response, 201, { status: { authenticated: false } });
  };
  await serving(unknown, found, async ({ url, lines }) => {
    const answers: Awaited<ReturnType<typeof get>>[] = [];
    const started = performance.now();
    for (let i = 0; i < 200; i += 1) answers.push(await get(url + PATH, `${TOKEN}${i}`));
    // 30 at once, and 5 a second.
    const most = 30 + 5 * Math.ceil((performance.now() - started) / 1000);
    const refused = answers.filter(({ status: code }) => code === 429);
    assert.is(refused.length, 200 - reviews);
    assert.ok(reviews >= 30 && reviews <= most, `${reviews} reviews`);
    const text = 'too many tokens and requests to review: try again in 1 s\n';
    if (refused.length > 0) assert.equal(refused[0], { status: 429, text, retryAfter: '1' });
    assert.equal(lines, []);
  });
});

for (const authorization of [
  '',
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'Bearer a b',
  'Bearer {}',
  `Bearer ${'x'.repeat(9000)}`,
]) {
  test(`no review without a token: ${authorization.slice(0, 20)}`, async () => {
    let reviews = 0;
    const counting: Answerer = (asked, response, request) => {
      reviews += 1;
      return allowing(asked, response, request);
    };
    await serving(counting, found, async ({ url }) => {
      assert.is((await fetch(url + PATH, { headers: { authorization } })).status, 401);
      assert.is(reviews, 0);
    });
  });
}

test('one report is made at a time, and no more than 16 wait or are read', async () => {
  let [making, most, made] = [0, 0, 0];
  const gate = Promise.withResolvers<void>();
  const find = async () => {
    making += 1;
    most = Math.max(most, making);
    await gate.promise;
    making -= 1;
    made += 1;
    return SAMPLE;
  };
  await serving(allowing, finding(find), async ({ url }) => {
    let answered = 0;
    // Four of each token, and four of each namespace.
    const asked = Array.from({ length: 20 }, (_, n) => {
      const path = PATH.replace('payments', `team-${n % 5}`);
      return get(url + path, `${TOKEN}${n >> 2}`).finally(() => (answered += 1));
    });
    await until('four are refused', () => answered === 4);
    assert.equal(await Promise.any(asked), {
      status: 503,
      text: 'too many reports are being read: try again\n',
      retryAfter: '5',
    });
    gate.resolve();
    const statuses = (await Promise.all(asked)).map(({ status: code }) => code).sort();
    assert.equal(statuses, [...Array(16).fill(200), ...Array(4).fill(503)]);
    assert.equal([most, made], [1, 16]);
    assert.is((await get(url + PATH)).status, 200);
  });
});

for (const [what, pathOf, tokenOf] of [
  ['one token, in many namespaces', (n: number) => PATH.replace('payments', `team-${n}`), () => TOKEN],
  ['one namespace, with many tokens', () => PATH, (n: number) => `${TOKEN}${n}`],
] as const) {
  test(`${what}: four reports at a time, and others get theirs`, async () => {
    const gate = Promise.withResolvers<void>();
    const find = async () => {
      await gate.promise;
      return SAMPLE;
    };
    await serving(allowing, finding(find), async ({ url }) => {
      let refused = 0;
      const asked = Array.from({ length: 6 }, async (_, n) => {
        const { status: code } = await get(url + pathOf(n), tokenOf(n));
        if (code === 503) refused += 1;
        return code;
      });
      await until('two are refused', () => refused === 2);
      const another = get(url + PATH.replace('payments', 'other'), `${TOKEN}other`);
      gate.resolve();
      assert.equal((await Promise.all(asked)).sort(), [200, 200, 200, 200, 503, 503]);
      assert.is((await another).status, 200);
      assert.is((await get(url + pathOf(0), tokenOf(0))).status, 200, 'there is room again');
    });
  });
}

/** Longer than the buffers of sockets: a client has to read it. */
const large = (MiB: number) => ({
  ...SAMPLE,
  exceptions: [{ id: 'CVE-1', status: 'fixed', justification: 'x'.repeat(MiB * 2 ** 20) } as const],
});

test('a client that reads too slowly is cut off, and its slot is free again', async () => {
  const clock = new FakeClock();
  await serving(
    allowing,
    finding(async () => large(12)),
    async ({ url }) => {
      const { hostname, port } = new URL(url);
      const slow = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const socket = connect(Number(port), hostname);
          socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
          await new Promise((resolve) => socket.once('readable', resolve));
          return socket;
        }),
      );
      assert.is((await get(url + PATH)).status, 503);
      await clock.advance(119_999);
      assert.is((await get(url + PATH)).status, 503);
      await clock.advance(1);
      await until('they are cut off', async () => (await get(url + PATH)).status === 200);
      for (const socket of slow) socket.destroy();
    },
    clock,
  );
});

/** Each takes seconds where the machine is busy. */
const MADE_MS = 60_000;

test('responses of 64 MiB in total are the limit: no other is made until some are read', async () => {
  let made = 0;
  const find = async () => {
    made += 1;
    return large(32);
  };
  await serving(allowing, finding(find), async ({ url }) => {
    const { hostname, port } = new URL(url);
    const slow = [1, 2, 3].map((n) => {
      const socket = connect(Number(port), hostname);
      socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}${n}\r\n\r\n`);
      return socket;
    });
    const other = url + PATH.replace('payments', 'other');
    // To ask for another before would be one more that is large, and slow.
    await until('two are made', () => made >= 2, MADE_MS);
    await until('there is no room', async () => (await get(other, 'other')).status === 503, MADE_MS);
    assert.ok(made <= 3, `${made} were made`);
    for (const socket of slow) socket.destroy();
    await until('there is room', async () => (await get(other, 'other')).status === 200, MADE_MS);
  });
});

test('a report that is too large: 422, with the cure', async () => {
  const find = () => Promise.reject(new ReportTooLarge('the report of a/b has more than 64 MiB: have several'));
  await serving(allowing, finding(find), async ({ url, lines }) => {
    const text = 'the report of a/b has more than 64 MiB: have several\n';
    assert.equal(await get(url + PATH), { status: 422, text, retryAfter: null });
    assert.equal(lines, []);
  });
});

test('a client that disconnects early breaks nothing', () =>
  serving(allowing, found, async ({ url, lines }) => {
    const { hostname, port } = new URL(url);
    const gone = connect(Number(port), hostname);
    gone.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`, () => gone.destroy());
    await new Promise((resolve) => gone.once('close', resolve));
    assert.is((await get(url + PATH)).status, 200);
    assert.equal(lines, []);
  }));

test.run();
