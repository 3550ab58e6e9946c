import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandReader, TooLong } from '../../../../src/scan/scanner/analysis/resp.ts';

const MOST = 1000;
const commands = suite('commands of a Redis client');

const encode = (...args: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${args.length}\r\n`),
    ...args.flatMap((arg) => [Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from('\r\n')]),
  ]);
const read = (...chunks: readonly (string | Buffer)[]): string[][] => {
  const reader = new CommandReader();
  const read = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk), MOST));
  return read.map((command) => command.map(String));
};

for (const [what, bytes, expected] of [
  ['one', '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', [['GET', 'k']]],
  ['two at once', '*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n', [['PING'], ['QUIT']]],
  ['an empty argument', '*2\r\n$3\r\nGET\r\n$0\r\n\r\n', [['GET', '']]],
  ['a line break in an argument', '*1\r\n$4\r\na\r\nb\r\n', [['a\r\nb']]],
  ['no arguments', '*0\r\n*1\r\n$1\r\na\r\n', [[], ['a']]],
  ['an end that is missing', '*2\r\n$3\r\nGET\r\n$5\r\nab', []],
  ['a header that is missing', '*2\r\n$3\r\nGET\r\n$', []],
  ['nothing', '', []],
] as const) {
  commands(`with ${what} are read`, () => {
    assert.equal(read(bytes), expected);
  });
}

for (const [what, bytes] of [
  ['an inline command', 'PING\r\n'],
  ['a length below 0', '*1\r\n$-1\r\n'],
  ['a number of arguments below 0', '*-1\r\n'],
  ['more arguments than any command has', `*17\r\n`],
  ['a length of 12 digits', '*1\r\n$999999999999\r\n'],
  ['a length of 16 digits', '*1\r\n$9999999999999999'],
  ['a length that is no number', '*1\r\n$1e3\r\n'],
  ['an argument longer than its length', '*1\r\n$1\r\nab\r\n'],
  ['an array in an array', '*1\r\n*1\r\n$1\r\na\r\n'],
] as const) {
  commands(`with ${what} are refused`, () => {
    assert.throws(
      () => read(bytes),
      (error: Error) => error instanceof Error,
    );
  });
}

commands('longer than they may be are refused before they have arrived', () => {
  assert.throws(
    () => read('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$997\r\n'),
    (error: Error) => error instanceof TooLong,
  );
  assert.throws(
    () => read('*2\r\n$999\r\n', 'x'.repeat(999), '\r\n$2\r\n'),
    (error: Error) => error instanceof TooLong,
  );
  assert.equal(read(encode(Buffer.alloc(MOST, 'x')))[0]?.[0]?.length, MOST);
});

commands('are the same however they are cut', () => {
  const args = fc.array(fc.uint8Array({ maxLength: 60 }).map(Buffer.from), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(args, { maxLength: 5 }), fc.array(fc.nat(40)), (sent, cuts) => {
      const reader = new CommandReader();
      let rest = Buffer.concat(sent.map((one) => encode(...one)));
      const found: Buffer[][] = [];
      for (const cut of [...cuts, rest.length]) {
        found.push(...reader.push(rest.subarray(0, cut), MOST));
        rest = rest.subarray(cut);
      }
      assert.equal(
        found.map((one) => one.map((arg) => arg.toString('hex'))),
        sent.map((one) => one.map((arg) => arg.toString('hex'))),
      );
    }),
  );
});

commands.run();
