import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { About } from '../../../src/scan/store/entry.ts';
import {
  DamagedFile,
  decodeBody,
  decodeHeader,
  encode,
  NewerFormat,
  OlderFormat,
} from '../../../src/scan/store/frame.ts';
import { imageOf } from './samples.ts';

const about: About = { kind: 'analysis', image: imageOf(1) };
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

async function decode(bytes: Buffer): Promise<Buffer> {
  const { header, length } = decodeHeader(bytes);
  return decodeBody(header, bytes.subarray(length));
}

/** A line with a right checksum, whatever it says. */
const framed = (version: number, json: string, body = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from(`palisade-store ${version} ${sha256(`${version} ${json}`)} ${json}\n`), body]);

test('the format is a readable header line, and gzip', async () => {
  const bytes = await encode(about, Buffer.from('{"bomFormat":"CycloneDX"}'));
  const end = bytes.indexOf('\n');
  const packed = bytes.subarray(end + 1);
  const json = `{"about":{"kind":"analysis","image":{"digest":"sha256:${'1'.repeat(64)}","platform":"linux/amd64"}},"body":{"bytes":${packed.length},"sha256":"${sha256(packed)}","contentBytes":25}}`;
  assert.is(bytes.toString('utf8', 0, end), `palisade-store 2 ${sha256(`2 ${json}`)} ${json}`);
  assert.is(gunzipSync(packed).toString(), '{"bomFormat":"CycloneDX"}');
});

const contents: [what: string, content: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['every byte', Buffer.from(Array.from({ length: 256 }, (_, n) => n))],
  ['lines', Buffer.from('a\nb\n')],
];
for (const [what, content] of contents) {
  test(`${what} is read back unchanged`, async () => {
    assert.equal(await decode(await encode(about, content)), content);
  });
}

test('names beyond ASCII are read back unchanged', async () => {
  const odd: About = { kind: 'scan', namespace: 'größe\u2028\n', name: '\ud800😀', uid: 'u' };
  assert.equal(decodeHeader(await encode(odd, Buffer.alloc(0))).header.about, odd);
});

test('a later format is recognized by its number, whatever else its header contains', () => {
  let thrown: unknown;
  try {
    decodeHeader(framed(3, '<not even JSON>'));
  } catch (error) {
    thrown = error;
  }
  assert.instance(thrown, NewerFormat);
  assert.is((thrown as NewerFormat).format, 3);
});

test('an older format is known by its number, and is not damaged content', () => {
  assert.throws(
    () => decodeHeader(framed(1, '<not even JSON>')),
    (error: Error) => error instanceof OlderFormat && error.message === 'is of format 1, older than format 2',
  );
});

const whole = '{"about":{},"body":{"bytes":0,"sha256":"","contentBytes":0}}';
const broken: [what: string, bytes: Buffer, reason: string][] = [
  ['an empty file', Buffer.alloc(0), 'has no header line'],
  ['a line that is too long', Buffer.alloc(5000, 'x'), 'has no header line'],
  ['a line that ends too late', framed(2, JSON.stringify('x'.repeat(4096))), 'has no header line'],
  ['a gzip', Buffer.from('1f8b08000a', 'hex'), 'is no file of a report store'],
  ['a text', Buffer.from('hello\n'), 'is no file of a report store'],
  [
    'a later format without its checksum',
    Buffer.from(`palisade-store 3 ${'0'.repeat(64)} {}\n`),
    'has a header with a wrong checksum',
  ],
  ['a format before the first', framed(0, whole), 'is no file of a report store'],
];
for (const [what, bytes, reason] of broken) {
  test(`${what} ${reason}`, () => {
    assert.throws(
      () => decodeHeader(bytes),
      (error: Error) => error instanceof DamagedFile && error.message === reason,
    );
  });
}

const outcome = (bytes: Buffer): Promise<unknown> =>
  decode(bytes).catch((error) => (error instanceof DamagedFile ? 'damaged' : assert.unreachable(error.stack)));

const sample = (content: string) => encode({ kind: 'scan', namespace: 'n', name: 'm', uid: 'u' }, Buffer.from(content));

test('a change of any byte is detected', async () => {
  const bytes = await sample('content of some length, or some length of content');
  for (let at = 0; at < bytes.length; at += 1) {
    for (let value = 0; value < 256; value += 1) {
      if (bytes[at] === value) continue;
      const other = Buffer.from(bytes);
      other[at] = value;
      assert.is(await outcome(other), 'damaged', `byte ${at}: ${value}`);
    }
  }
});

test('a truncation at any byte is detected, and so is an additional byte', async () => {
  const bytes = await sample('content');
  for (let length = 0; length < bytes.length; length += 1) {
    assert.is(await outcome(bytes.subarray(0, length)), 'damaged', `length ${length}`);
  }
  assert.is(await outcome(Buffer.concat([bytes, Buffer.alloc(1)])), 'damaged');
});

test('a mixture of two contents is detected, wherever they meet', async () => {
  const [one, other] = [await sample('an older content'), await sample('a newer content!')];
  for (let at = 1; at < one.length; at += 1) {
    const mixed = Buffer.concat([one.subarray(0, at), other.subarray(at)]);
    if (!mixed.equals(one) && !mixed.equals(other)) assert.is(await outcome(mixed), 'damaged', `at ${at}`);
  }
});

test('content that unpacks to more or less than it should is damaged', async () => {
  const bytes = await encode(about, Buffer.alloc(1000, 'x'));
  const { header, length } = decodeHeader(bytes);
  for (const contentBytes of [0, 999, 1001]) {
    const lying = { ...header, body: { ...header.body, contentBytes } };
    const error = await decodeBody(lying, bytes.subarray(length)).catch((cause) => cause);
    assert.instance(error, DamagedFile);
    assert.is(error.message, 'has content that cannot be unpacked');
  }
});

test('a name that fits no header is refused before anything is written', async () => {
  const long: About = { kind: 'scan', namespace: 'n', name: 'x'.repeat(5000), uid: 'u' };
  const error = await encode(long, Buffer.alloc(0)).catch((cause) => cause);
  assert.instance(error, RangeError);
  assert.is(error.message, 'the name of a scan is too long to be stored: 5257 bytes of header');
});

test.run();
