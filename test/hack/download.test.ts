import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Downloader } from '../../hack/binaries/download.ts';
import { temporaryDirectory } from './directory.ts';
import { releaseServer } from './release-server.ts';

const body = 'the binary';
const right = createHash('sha256').update(body).digest('hex');
const wrong = '0'.repeat(64);
const patience = { answer: 1_000, stall: 1_000, total: 20_000 };

interface Outcome {
  error: string | undefined;
  files: string[];
  content: string | undefined;
  seconds: number;
}

async function download(answer: RequestListener, sha256: string): Promise<Outcome> {
  await using server = await releaseServer(answer);
  await using directory = await temporaryDirectory();
  const downloader = new Downloader(patience);
  const target = join(directory.path, 'kube-apiserver');
  const started = performance.now();
  const error = await downloader.file(`${server.url}/file`, sha256, target).then(
    () => undefined,
    (cause: Error) => cause.message.replace(server.url, 'URL'),
  );
  const seconds = (performance.now() - started) / 1000;
  await downloader.close();
  const files = await readdir(directory.path);
  const content = await readFile(target, 'utf8').catch(() => undefined);
  return { error, files, content, seconds };
}

test('a file with the right checksum is written', async () => {
  const { error, content } = await download((_, response) => response.end(body), right);
  assert.is(error, undefined);
  assert.is(content, 'the binary');
});

test('a redirect is followed', async () => {
  const { content } = await download((request, response) => {
    if (request.url === '/file') response.writeHead(302, { location: '/elsewhere' }).end();
    else response.end(body);
  }, right);
  assert.is(content, 'the binary');
});

test('a wrong checksum is refused and nothing is left behind', async () => {
  const { error, files } = await download((_, response) => response.end(body), wrong);
  assert.is(error, `URL/file: its SHA-256 is ${right}, but ${wrong} was expected`);
  assert.equal(files, []);
});

test('a 404 is refused', async () => {
  const { error, files } = await download((_, response) => response.writeHead(404).end('no such release'), right);
  assert.is(error, 'URL/file: HTTP status 404');
  assert.equal(files, []);
});

test('a server that accepts and never responds is given up', async () => {
  const { error, seconds } = await download(() => {}, right);
  assert.is(error, 'URL/file: Headers Timeout Error');
  assert.ok(seconds < 5, `${seconds} s`);
});

test('a body that stalls is given up and nothing is left behind', async () => {
  const stall: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
  };
  const { error, files, seconds } = await download(stall, right);
  assert.is(error, 'URL/file: Body Timeout Error');
  assert.equal(files, []);
  assert.ok(seconds < 5, `${seconds} s`);
});

test('a truncated body is refused and nothing is left behind', async () => {
  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  };
  const { error, files } = await download(cut, right);
  assert.ok(error);
  assert.equal(files, []);
});

test('a host that refuses connections is given up at once', async () => {
  await using directory = await temporaryDirectory();
  const downloader = new Downloader(patience);
  const server = await releaseServer(() => {});
  await server[Symbol.asyncDispose]();
  const started = performance.now();
  const error = await downloader.file(`${server.url}/x`, right, join(directory.path, 'x')).catch((cause) => cause);
  await downloader.close();
  assert.match(error.message, /ECONNREFUSED/);
  assert.ok(performance.now() - started < 1_000);
});

test.run();
