import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanError } from '../../../../src/scan/scan-error.ts';
import { ServerDatabase } from '../../../../src/scan/scanner/database/server-database.ts';
import { type Answerer, loopback } from '../../../kube/loopback.ts';

const never = new AbortController().signal;
const server = suite("a Trivy server's database");

async function asking<T>(
  answer: Answerer,
  use: (database: ServerDatabase, url: string) => Promise<T>,
  answerMs = 30_000,
): Promise<T> {
  const one = await loopback(answer);
  try {
    return await use(new ServerDatabase({ url: new URL(one.url), answerMs }), one.url);
  } finally {
    await one.close();
  }
}

const version = (updatedAt: string) => JSON.stringify({ Version: '0.74.0', VulnerabilityDB: { UpdatedAt: updatedAt } });

server('is known by its time, and a change is reported once', async () => {
  let now = '2026-01-02T03:04:05.6Z';
  await asking(
    (asked, response) => response.end(asked.path === '/version' ? version(now) : ''),
    async (database, url) => {
      let heard = 0;
      database.subscribe(() => {
        heard += 1;
      });
      assert.equal([await database.refresh(never), await database.refresh(never), heard], [true, false, 1]);
      assert.equal(database.current(), { updatedAt: now });
      assert.equal(database.acquire().args, ['--server', url]);
      now = '2026-01-03T03:04:05Z';
      assert.equal([await database.refresh(never), heard], [true, 2]);
      assert.equal(database.current(), { updatedAt: now });
    },
  );
});

for (const [what, answer, why] of [
  ['refuses', (_, response) => response.writeHead(503).end(), 'HTTP status 503'],
  ['never answers', () => {}, 'The operation was aborted due to timeout'],
  ['answers without end', (_, response) => response.end('x'.repeat(1e6)), 'its answer is too long'],
  ['answers something else', (_, response) => response.end('ok'), /Unexpected token/],
  ['has no database', (_, response) => response.end('{"Version":"0.74.0"}'), 'it names no vulnerability database'],
  ['has a database of no time', (_, response) => response.end(version('now')), 'it names no vulnerability database'],
  [
    'sends elsewhere',
    (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    /redirect/,
  ],
  ['breaks off', (_, response) => response.destroy(), /other side closed|socket hang up/],
] as [string, Answerer, string | RegExp][]) {
  server(`that ${what} is a failure which names it, and none is in use`, async () => {
    // Only one that says nothing is waited for to the end.
    const answerMs = what === 'never answers' ? 300 : 30_000;
    const judge = async (database: ServerDatabase, url: string) => {
      const failure: unknown = await database.refresh(never).catch((error) => error);
      assert.instance(failure, ScanError);
      const { reason, message } = failure as ScanError;
      assert.is(reason, 'ScannerFailed');
      const [, said = ''] =
        /^the Trivy server (?:\S+) did not report its version \((.*)\): check --trivy-server$/.exec(message) ?? [];
      assert.ok(message.includes(url), message);
      if (typeof why === 'string') assert.is(said, why);
      else assert.match(said, why);
      assert.throws(
        () => database.acquire(),
        (error: unknown) =>
          error instanceof ScanError && error.reason === 'DatabaseMissing' && error.message === message,
      );
      assert.is(database.problem(), message);
    };
    await asking(answer, judge, answerMs);
  });
}

server('is not waited for longer than its signal', async () => {
  await asking(
    () => {},
    async (database) => {
      const stop = new AbortController();
      const reason = new Error('the operator ends');
      setTimeout(() => stop.abort(reason), 20);
      assert.is(await database.refresh(stop.signal).catch((error) => error), reason);
    },
  );
});

server.run();
