import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NetworkError } from '../../../src/kube/rest/errors.ts';
import { readLines, TooLong } from '../../../src/kube/rest/lines.ts';

const MAX_BYTES = 16;

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function all(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(chunks(...parts), MAX_BYTES)) lines.push(line);
  return lines;
}

const euro = Buffer.from('€');

test('each line end gives one line, however the bytes arrive', async () => {
  assert.equal(await all('a\nb\n'), ['a', 'b']);
  assert.equal(await all('a', 'b', '\n', 'c\nd', '\n'), ['ab', 'c', 'd']);
  assert.equal(await all('a\r\n'), ['a\r']);
  assert.equal(await all('\n\na\n\n'), ['a']);
  assert.equal(await all(), []);
});

test('a character split in two arrives whole', async () => {
  assert.equal(await all(euro.subarray(0, 1), euro.subarray(1), '\n'), ['€']);
});

test('a stream that ends inside a line fails, after the whole lines', async () => {
  const seen: string[] = [];
  try {
    for await (const line of readLines(chunks('a\n{"type":"ADD'), MAX_BYTES)) seen.push(line);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, NetworkError);
  }
  assert.equal(seen, ['a']);
});

test('a line without an end is given up at the bound, however long it would be', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a\n');
    for (;;) {
      sent += 1;
      yield Buffer.from('12345678');
    }
  }
  const seen: string[] = [];
  try {
    for await (const line of readLines(endless(), MAX_BYTES)) seen.push(line);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, TooLong);
  }
  assert.equal([seen, sent], [['a'], 3]);
});

test('the bound is on one line, not on all of them', async () => {
  assert.equal(await all(...Array(10).fill('123456789\n')), Array(10).fill('123456789'));
});

test.run();
